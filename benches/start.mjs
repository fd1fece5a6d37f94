// From the import to two clients that can send, for EC2 and S3, each time in a fresh process; and on to the moment in which
// the first signed request is handed to HTTP (in Node, that loads fetch's own classes too).

import { now } from './clock.mjs';
import { Side, fresh, median } from './harness.mjs';
import { credentials, dist, region } from './data.mjs';

const ROUNDS = 15;

/** A stub that says when it was first called, and never answers. */
function stub() {
  let called;
  const sent = new Promise((resolve) => (called = resolve));
  return {
    sent,
    fetch: () => {
      called(now());
      return new Promise(() => {});
    },
  };
}

async function timed(open, send) {
  const { sent, fetch } = stub();
  // The process's own handles are still warming up: a turn, so that nothing else is counted.
  await new Promise(setImmediate);
  const began = now();
  const clients = await open(fetch);
  const ready = now();
  Promise.resolve(send(clients)).catch(() => {});
  return { ready: ready - began, sent: (await sent) - began };
}

export const sides = {
  skyfetch: () =>
    timed(
      async (fetch) => {
        const { compute, storage } = await import(new URL('node.js', dist));
        return [storage('s3', { ...credentials, region, fetch }), compute('ec2', { ...credentials, region, fetch })];
      },
      ([, cloud]) => cloud.listNodes(),
    ),
  aws4fetch: () =>
    timed(
      async (fetch) => {
        globalThis.fetch = fetch;
        const { AwsClient } = await import('aws4fetch');
        return [new AwsClient({ ...credentials, service: 's3', region }), new AwsClient({ ...credentials, service: 'ec2', region })];
      },
      ([, ec2]) => ec2.fetch('https://ec2.eu-west-1.amazonaws.com/', { method: 'POST', body: 'Action=DescribeInstances&Version=2016-11-15' }),
    ),
  'AWS SDK s3 + ec2': () =>
    timed(
      async (fetch) => {
        const [{ S3Client }, { EC2Client, DescribeInstancesCommand }] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/client-ec2')]);
        const requestHandler = { handle: fetch, metadata: {} };
        const client = new EC2Client({ credentials, region, requestHandler });
        return [new S3Client({ credentials, region, requestHandler }), client, new DescribeInstancesCommand({})];
      },
      ([, ec2, command]) => ec2.send(command),
    ),
};

export default async function ({ python }) {
  const makers = [...Object.keys(sides).map((name) => () => Side.node('start', name)), () => Side.python(python, 'Python Libcloud', ['start'])];
  const said = await fresh('import to first request, fresh processes', makers, ROUNDS);
  const rows = [];
  for (const [what, name, goal] of [
    ['ready', 'import to ready to send, Node', { text: '≤ 12 ms', met: (row) => row.ours <= 12 }],
    ['sent', 'import to the first signed request, Node', undefined],
  ]) {
    const times = (side) => said.get(side)?.all.map((numbers) => numbers[what]);
    const ours = times('skyfetch')?.length ? median(times('skyfetch')) : null;
    let first = true;
    for (const [peerName, { all }] of said) {
      if (peerName === 'skyfetch') continue;
      const peer = all.length ? median(times(peerName)) : null;
      const ratio = ours && peer ? median(times(peerName).map((ms, i) => ms / times('skyfetch')[i])) : null;
      rows.push({ name, unit: 'ms', better: 'lower', ours, peer, peerName, ratio, ...(first && goal ? { goal } : {}) });
      first = false;
    }
  }
  return rows;
}
