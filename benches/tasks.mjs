// 10,000 joined tasks in one instance: what one costs while all are waiting, and for how long they keep the event loop.

import { now } from './clock.mjs';
import { Side, fresh, median, race, rows } from './harness.mjs';
import { credentials, instanceId, nodeName, region, skyfetch } from './data.mjs';

const TASKS = 10_000;
/** Answers come over this many milliseconds, as from a network: not all in one turn of the loop. */
const SPREAD = 1_000;

const answer = new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
    <reservationSet><item><reservationId>r-1</reservationId><instancesSet><item>
        <instanceId>${instanceId(0)}</instanceId>
        <imageId>ami-1</imageId>
        <instanceState><code>16</code><name>running</name></instanceState>
        <instanceType>m5d.large</instanceType>
        <launchTime>2026-01-15T10:42:17.000Z</launchTime>
        <placement><availabilityZone>eu-west-1a</availabilityZone></placement>
        <tagSet><item><key>Name</key><value>${nodeName(0)}</value></item></tagSet>
    </item></instancesSet></item></reservationSet>
</DescribeInstancesResponse>
`);
const respond = () => new Response(answer, { headers: { 'content-type': 'text/xml' } });

/** The memory of every wasm instance made after this. */
function watchWasm() {
  const memories = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (module, imports) {
    const made = new Instance(module, imports);
    for (const value of Object.values(made.exports)) if (value instanceof WebAssembly.Memory) memories.push(value);
    return made;
  };
  return () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}

/** The longest time that passed between two turns of the event loop. */
function watchLoop() {
  let [last, longest, on] = [now(), 0, true];
  const turn = () => {
    const time = now();
    longest = Math.max(longest, time - last);
    last = time;
    if (on) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    on = false;
    return Math.max(longest, now() - last);
  };
}

/** Runs `all` (every task at once, settled) with answers that wait until each was asked for; bytes a task, all told. */
async function memory(wasm, all) {
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let asked = 0;
  let reached;
  const everyone = new Promise((resolve) => (reached = resolve));
  const wait = async () => {
    if (++asked === TASKS) reached();
    await gate;
    return respond();
  };
  const used = () => {
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    return { heap: heapUsed, external, wasm: wasm() };
  };
  const before = used();
  const done = all(wait);
  await everyone;
  await new Promise((resolve) => setTimeout(resolve, 50));
  const held = used();
  open();
  await done;
  const grown = Object.fromEntries(Object.keys(held).map((part) => [part, (held[part] - before[part]) / TASKS]));
  // V8 counts wasm memories as external; a runtime that does not is not let off.
  return { ...grown, bytes: grown.heap + Math.max(grown.external, grown.wasm) };
}

/** Runs `all` with answers that come one after another; the loop's longest gap, and that of the time before the first answer. */
async function gap(all) {
  let n = 0;
  const later = () => new Promise((resolve) => setTimeout(() => resolve(respond()), 30 + (n++ * SPREAD) / TASKS));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const stop = watchLoop();
  await all(later);
  return stop();
}

/** A side: warmed up by some tasks, then measured twice. `open(fetch)` gives what runs so many tasks. */
const measured = (open) => async () => {
  const wasm = watchWasm();
  let fetch = async () => respond();
  const run = await open(() => fetch());
  for (let i = 0; i < 2; i++) await run(500);
  const through = (stub) => {
    fetch = stub;
    return run(TASKS);
  };
  const { heap, external, wasm: grown, bytes } = await memory(wasm, through);
  const longest = await gap(through);
  return { heap, external, wasm: grown, bytes, longest };
};

const settled = (results) => {
  if (results.length < 500 || results.some((r) => (r.value ?? r).name !== nodeName(0))) throw new Error('a task gave no node');
};

const cloud = async (fetch) => (await skyfetch()).compute('ec2', { ...credentials, region, fetch });

/** No client at all: a URL, headers and a signal for each call, and its text. */
async function bare(fetch) {
  const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
  const text = await (await fetch('https://ec2.eu-west-1.amazonaws.com/', { headers, signal: new AbortController().signal })).text();
  return { name: /<value>(.*)<\/value>/.exec(text)[1] };
}

/** One operation through a stub that answers at once. */
const quick = async () => {
  const one = await cloud(async () => respond());
  return () => one.getNode(instanceId(0));
};

export const sides = {
  'Promise.all': measured(async (fetch) => {
    const one = await cloud(fetch);
    return async (count) => settled(await Promise.all(Array.from({ length: count }, () => one.getNode(instanceId(0)))));
  }),
  each: measured(async (fetch) => {
    const one = await cloud(fetch);
    return async (count) => settled(await one.each(Array(count).fill(instanceId(0)), (driver, id) => driver.getNode(id), { concurrency: count }));
  }),
  'bare fetch': measured((fetch) => async (count) => settled(await Promise.all(Array.from({ length: count }, () => bare(fetch))))),
  // The same, so many in one turn of the loop: what the runtime itself needs.
  'bare fetch, 32 a turn': measured((fetch) => async (count) => {
    const all = [];
    while (all.length < count) {
      for (let i = 0; i < 32 && all.length < count; i++) all.push(bare(fetch));
      await new Promise(setImmediate);
    }
    settled(await Promise.all(all));
  }),
  async fresh() {
    const call = await quick();
    if ((await call()).name !== nodeName(0)) throw new Error('no node');
    return async () => (await Promise.all(Array.from({ length: 64 }, call))).length;
  },
  'fresh, one after another': quick,
  async 'AWS SDK client-ec2, a client a task'() {
    const { EC2Client, DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
    const requestHandler = { handle: async () => ({ response: { statusCode: 200, headers: { 'content-type': 'text/xml' }, body: answer } }), metadata: {} };
    const one = async () => {
      const { Reservations } = await new EC2Client({ credentials, region, requestHandler }).send(new DescribeInstancesCommand({ InstanceIds: [instanceId(0)] }));
      if (Reservations[0].Instances[0].Tags[0].Value !== nodeName(0)) throw new Error('no node');
    };
    return async () => (await Promise.all(Array.from({ length: 64 }, one))).length;
  },
};

export default async function ({ python, folder }) {
  const said = await fresh('10,000 joined tasks', ['Promise.all', 'each', 'bare fetch', 'bare fetch, 32 a turn'].map((name) => () => Side.node('tasks', name)), 3, 20);
  const of = (side, what) => (said.get(side)?.all.length ? median(said.get(side).all.map((numbers) => numbers[what])) : null);
  const out = [];
  for (const side of ['Promise.all', 'each']) {
    const row = (what, unit, scale, peerName, goal) => {
      const [ours, peer] = [of(side, what), of(peerName, what)];
      return { unit, better: 'lower', ours: ours && ours / scale, peer: peer && peer / scale, peerName, ratio: ours && peer && peer / ours, goal };
    };
    out.push({ name: `10,000 joined tasks (${side}), memory a task`, ...row('bytes', 'kB', 1000, 'bare fetch', { text: '< 10 kB', met: (r) => r.ours < 10 }) });
    out.push({ name: `10,000 joined tasks (${side}), longest gap of the loop`, ...row('longest', 'ms', 1, 'bare fetch, 32 a turn', { text: '< 10 ms', met: (r) => r.ours < 10 }) });
  }
  const file = folder('one-node.xml', answer);
  const rates = await race('fresh drivers', [
    ...['fresh', 'fresh, one after another', 'AWS SDK client-ec2, a client a task'].map((name) => () => Side.node('tasks', name)),
    () => Side.python(python, 'Python Libcloud, a driver a task', ['fresh', file]),
  ]);
  return [...out, ...rows('fresh drivers, each with one call', rates, { ours: 'fresh', own: { 'fresh, one after another': 'one after another' } })];
}
