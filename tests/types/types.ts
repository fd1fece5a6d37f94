// What compiles, and what must not. Run by tsc against the installed package.

import { SkyfetchError, compute, dns, providers, ready, storage, sync } from 'skyfetch';
import type { CreateNode, Node, NodeState, ObjectVersion, Provider, R2BucketBinding, StoredObject, SyncResult, UploadedPart } from 'skyfetch';
import { storage as storageOnly } from 'skyfetch/storage';
import { init } from 'skyfetch/slim';

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): T | undefined => undefined;

const cloud = compute('rackspace', { username: 'u', apiKey: 'k', region: 'DFW' });
const nodes = await cloud.listNodes({ signal: new AbortController().signal, timeout: 1_000 });
is<Is<typeof nodes, readonly Node[]>>();
is<Is<(typeof nodes)[number]['state'], NodeState>>();
const spec: CreateNode = { name: 'n', image: 'i', size: { id: 's' } };
is<Is<Awaited<ReturnType<typeof cloud.createNodes>>, PromiseSettledResult<Node>[]>>();
await cloud.createNodes([spec], { concurrency: 8, onProgress: ({ done, failed, total }) => void (done + failed + total) });
for await (const change of cloud.watch({ interval: 2_000 })) void (change.type === 'removed' && change.node.id);
const results = await cloud.each(['a'], async (driver, item: string) => (await driver.getNode(item)).publicIps);
is<Is<typeof results, PromiseSettledResult<readonly string[]>[]>>();
const task = cloud.task({ deadline: new Date() });
void task.stats().requests;
await task.listSizes();

const bucket = storage('s3', { accessKeyId: 'a', secretAccessKey: 'b', region: 'r', pathStyle: true });
is<Is<Awaited<ReturnType<typeof bucket.upload>>, StoredObject>>();
for await (const file of bucket.downloadMany('c', ['a'], { concurrency: 20 })) {
  if (file.error === undefined) is<Is<typeof file.body, ReadableStream<Uint8Array>>>();
  else void file.name;
}
const { body } = await bucket.download('c', 'a', { range: { start: 0, end: 9 } });
is<Is<typeof body, ReadableStream<Uint8Array>>>();
storage('gcs', { credentials: { client_email: 'a', private_key: 'k', project_id: 'p' }, location: 'EU' });
storage('gcs', { endpoint: 'http://127.0.0.1:9023', projectId: 'p' });
storage('azure-blobs', { account: 'a', accountKey: 'k' });
storage('azure-blobs', { account: 'a', tenantId: 't', clientId: 'c', clientSecret: 's', endpoint: 'https://a.blob.core.windows.net' });
storage('backblaze-b2', { applicationKeyId: 'i', applicationKey: 'k' });
storage('oss', { accessKeyId: 'a', secretAccessKey: 's', region: 'cn-hangzhou' });
const put = await bucket.upload('c', 'a', new Blob(), { checksum: 'crc32c', tags: { a: 'b' }, customerKey: 'k', keepParts: true, resume: true, onStart: ({ id }) => void id });
await bucket.upload('c', put, new ReadableStream<Uint8Array>(), { size: 5, resume: { id: 'u' } });
void (await bucket.download('c', 'a', { verify: true, resume: true, version: 'v', customerKey: 'k' })).text();
is<Is<Awaited<ReturnType<typeof bucket.listVersions>>, readonly ObjectVersion[]>>();
is<Is<Awaited<ReturnType<typeof bucket.listParts>>, readonly UploadedPart[]>>();
await bucket.deleteObject('c', 'a', { version: 'v' });
await bucket.setTags('c', 'a', { ...(await bucket.getTags('c', 'a')), more: 'x' });
await bucket.setCors('c', [...(await bucket.getCors('c')), { origins: ['*'], methods: ['GET'] }]);
const url: string = await bucket.getObjectCdnUrl('c', 'a');
storage('r2', { accessKeyId: 'a', secretAccessKey: 'b', accountId: 'c' });
storage('minio', { accessKeyId: 'a', secretAccessKey: 'b', endpoint: 'http://127.0.0.1:9000' });
storage('digitalocean-spaces', { accessKeyId: 'a', secretAccessKey: 'b', region: 'nyc3' });
storage('gcs-s3', { accessKeyId: 'a', secretAccessKey: 'b' });
const memory = storage('local', {});
storage('local', { directory: await navigator.storage.getDirectory() });
const worker = storage('r2-binding', { bucket: {} as R2BucketBinding, name: 'photos' });
await bucket.copyTo('c', 'a', memory, 'c', url, { verify: true, contentType: 'text/plain', onProgress: ({ bytes, total }) => void (bytes + (total ?? 0)) });
const synced = await sync({ storage: bucket, container: 'c', prefix: 'a/' }, { storage: worker, container: 'photos' }, { delete: true, dryRun: true, compare: (from, to) => from.etag !== to.etag, onProgress: ({ change }) => void change?.reason });
is<Is<typeof synced, SyncResult>>();
const names = dns('powerdns', { endpoint: 'http://127.0.0.1:8081', apiKey: 'k' });
await names.apply(await names.plan('example.org', [{ name: 'www', type: 'A', data: '192.0.2.1' }], { prune: true }));
is<Is<ReturnType<typeof providers>, readonly Provider[]>>();
storageOnly('sandbox', {});
init(new Uint8Array());
await ready();
const error = new SkyfetchError({ kind: 'invalid', message: '' });
is<Is<typeof error.status, number | undefined>>();

// @ts-expect-error no such provider
compute('nowhere', {});
// @ts-expect-error powerdns has no compute
compute('powerdns', { endpoint: '', apiKey: '' });
// @ts-expect-error apiKey is missing
compute('rackspace', { username: 'u', region: 'DFW' });
// @ts-expect-error no such field
compute('ec2', { accessKeyId: '', secretAccessKey: '', region: '', colour: 'red' });
// @ts-expect-error a project by name and by id
compute('openstack', { authUrl: '', username: '', password: '', project: 'a', projectId: 'b' });
// @ts-expect-error where it is, is missing
storage('ceph-rgw', { accessKeyId: 'a', secretAccessKey: 'b', region: 'r' });
// @ts-expect-error a region, not an account
storage('scaleway', { accessKeyId: 'a', secretAccessKey: 'b', accountId: 'c' });
// @ts-expect-error half of a service account
storage('gcs', { clientEmail: 'a' });
// @ts-expect-error a key and a token
storage('azure-blobs', { account: 'a', accountKey: 'k', token: 't' });
// @ts-expect-error no way to authenticate
storage('azure-blobs', { account: 'a' });
// @ts-expect-error size is missing
await cloud.createNode({ name: 'n', image: 'i' });
// @ts-expect-error no such state
await cloud.waitUntil('n', 'flying');
// @ts-expect-error answers are frozen
nodes[0]!.name = 'x';
// @ts-expect-error no such kind
void (error.kind === 'oops');
// @ts-expect-error no such checksum
await bucket.upload('c', 'a', 'x', { checksum: 'md5' });
// @ts-expect-error nothing is sent
storage('local', { fetch });
// @ts-expect-error no such action
void (synced.changes[0]!.action === 'move');
