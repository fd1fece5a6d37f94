// Lists of 1,000, from the call to frozen results; the answer is given by a stub, the same bytes in a fresh Response each time.

import { Side, race, rows } from './harness.mjs';
import { check, credentials, ec2List, keyName, keystone, keystoneToken, nodeName, openstackList, region, s3List, skyfetch } from './data.mjs';

const bytes = (text) => new TextEncoder().encode(text);

/** AWS answers in chunks, with no length. */
const xml = (body) => async () => new Response(body, { headers: { 'content-type': 'application/xml' } });

/** What the AWS SDK calls in place of HTTP: the cheapest answer that it takes. */
const handler = (body) => ({
  handle: async () => ({ response: { statusCode: 200, headers: { 'content-type': 'application/xml' }, body } }),
  metadata: {},
});

/** An operation that is looked at closely once, and counted ever after. */
async function checked(list, names, wanted) {
  check(names(await list()), wanted);
  return async () => {
    const count = names(await list()).length;
    if (count !== 1000) throw new Error(`${count} of 1,000`);
  };
}

const s3 = {
  async skyfetch() {
    const { storage } = await skyfetch();
    const bucket = storage('s3', { ...credentials, region, fetch: xml(bytes(s3List())) });
    return checked(() => bucket.listObjects('photos'), (objects) => objects.map((o) => o.name), keyName);
  },
  async 'AWS SDK client-s3'() {
    const { S3Client, ListObjectsV2Command } = await import('@aws-sdk/client-s3');
    const client = new S3Client({ credentials, region, requestHandler: handler(bytes(s3List())) });
    return checked(() => client.send(new ListObjectsV2Command({ Bucket: 'photos' })), (answer) => answer.Contents.map((o) => o.Key), keyName);
  },
  async s3mini() {
    const { S3mini } = await import('s3mini');
    const client = new S3mini({ ...credentials, region, endpoint: 'https://photos.s3.eu-west-1.amazonaws.com', fetch: xml(bytes(s3List())) });
    return checked(() => client.listObjects(), (objects) => objects.map((o) => o.Key), keyName);
  },
  async 'unstorage (keys only)'() {
    globalThis.fetch = xml(bytes(s3List()));
    const { default: driver } = await import('unstorage/drivers/s3');
    const bucket = driver({ ...credentials, region, endpoint: 'https://s3.eu-west-1.amazonaws.com', bucket: 'photos' });
    return checked(() => bucket.getKeys(), (keys) => keys, keyName);
  },
};

const ec2 = {
  async skyfetch() {
    const { compute } = await skyfetch();
    const cloud = compute('ec2', { ...credentials, region, fetch: xml(bytes(ec2List())) });
    return checked(() => cloud.listNodes(), (nodes) => nodes.map((n) => n.name), nodeName);
  },
  async 'AWS SDK client-ec2'() {
    const { EC2Client, DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
    const client = new EC2Client({ credentials, region, requestHandler: handler(bytes(ec2List())) });
    const names = (answer) => answer.Reservations.flatMap((r) => r.Instances).map((i) => i.Tags.find((t) => t.Key === 'Name').Value);
    return checked(() => client.send(new DescribeInstancesCommand({ MaxResults: 1000 })), names, nodeName);
  },
  async 'aws4fetch + fast-xml-parser'() {
    globalThis.fetch = xml(bytes(ec2List()));
    const [{ AwsClient }, { XMLParser }] = await Promise.all([import('aws4fetch'), import('fast-xml-parser')]);
    const client = new AwsClient({ ...credentials, service: 'ec2', region });
    const parser = new XMLParser({ isArray: (name) => name === 'item', parseTagValue: false });
    const list = async () => {
      const answer = await client.fetch('https://ec2.eu-west-1.amazonaws.com/', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: 'Action=DescribeInstances&Version=2016-11-15&MaxResults=1000',
      });
      const { reservationSet } = parser.parse(await answer.text()).DescribeInstancesResponse;
      return reservationSet.item.flatMap((r) => r.instancesSet.item);
    };
    return checked(list, (nodes) => nodes.map((n) => n.tagSet.item.find((t) => t.key === 'Name').value), nodeName);
  },
};

/** Keystone once, then Nova. Nova says how long its answers are. */
const nova = (body) => async (input) =>
  String(input.url ?? input).includes('/auth/tokens')
    ? keystoneToken()
    : new Response(body, { headers: { 'content-type': 'application/json', 'content-length': String(body.length) } });

const openstack = {
  async skyfetch() {
    const { compute } = await skyfetch();
    const cloud = compute('openstack', { authUrl: keystone.url, username: 'ada', password: 'secret', project: 'demo', fetch: nova(bytes(openstackList())) });
    return checked(() => cloud.listNodes(), (nodes) => nodes.map((n) => n.name), nodeName);
  },
  // Not a peer but the floor: nothing mapped, nothing frozen.
  async 'bare JSON.parse'() {
    const fetch = nova(bytes(openstackList()));
    return checked(async () => JSON.parse(await (await fetch('https://nova.example/v2.1/servers/detail')).text()).servers, (nodes) => nodes.map((n) => n.name), nodeName);
  },
};

const prefixed = (prefix, group) => Object.fromEntries(Object.entries(group).map(([name, side]) => [`${prefix}:${name}`, side]));
export const sides = { ...prefixed('s3', s3), ...prefixed('ec2', ec2), ...prefixed('openstack', openstack) };

const node = (group) => (name) => () => Object.assign(Side.node('list', `${group}:${name}`), { name });

export default async function ({ python, folder }) {
  const libcloud = (provider, body) => () => Side.python(python, 'Python Libcloud', ['list', provider, folder(provider, body)]);
  const at = (least) => ({ text: `≥ ${least} per s`, met: (row) => row.ours >= least });
  const objects = await race('listObjects of 1,000 keys', Object.keys(s3).map(node('s3')));
  const xmlNodes = await race('listNodes of 1,000 from XML', [...Object.keys(ec2).map(node('ec2')), libcloud('ec2', ec2List())], { rounds: 5, ms: 400 });
  const jsonNodes = await race('listNodes of 1,000 from JSON', [...Object.keys(openstack).map(node('openstack')), libcloud('openstack', openstackList())], { rounds: 7, ms: 300 });
  return [
    ...rows('listObjects of 1,000 keys', objects, { goal: at(600) }),
    ...rows('listNodes of 1,000 from XML (EC2)', xmlNodes, { goal: at(45) }),
    ...rows('listNodes of 1,000 from JSON (OpenStack)', jsonNodes, { goal: at(150) }),
  ];
}
