// What compiles, and what must not. Run by tsc against the installed package.

import { SkyfetchError, compute, dns, providers, ready, storage } from 'skyfetch';
import type { CreateNode, Node, NodeState, Provider, StoredObject } from 'skyfetch';
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
// @ts-expect-error half of a service account
storage('gcs', { clientEmail: 'a' });
// @ts-expect-error size is missing
await cloud.createNode({ name: 'n', image: 'i' });
// @ts-expect-error no such state
await cloud.waitUntil('n', 'flying');
// @ts-expect-error answers are frozen
nodes[0]!.name = 'x';
// @ts-expect-error no such kind
void (error.kind === 'oops');
