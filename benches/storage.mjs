// Storage beside its peers, all against one server on loopback: many small objects, one long stream, one long listing; and
// 5 GiB up and down with the wasm's memory told.

import { fileURLToPath } from 'node:url';

import { Side, median, race, rows, step } from './harness.mjs';
import { KEYS, credentials, region, skyfetch } from './data.mjs';

const MiB = 1 << 20;
const SMALL = { count: 500, size: 4096, bound: 20 };
const PART = 8 * MiB;
const BOUND = 4;
const LONG = Number(process.env.BENCH_LONG ?? 1024) * MiB;
const HUGE = Number(process.env.BENCH_HUGE ?? 5 * 1024) * MiB;

const endpoint = `http://127.0.0.1:${process.env.BENCH_PORT}`;
const bytes = new Uint8Array(SMALL.size).fill(7);
const long = `long-${LONG}`;

/** A stream that is made while it is read. */
function stream(length) {
  const piece = new Uint8Array(MiB).fill(5);
  let made = 0;
  return new ReadableStream({
    pull(controller) {
      if (made >= length) return controller.close();
      controller.enqueue(piece);
      made += piece.byteLength;
    },
  }, { highWaterMark: 0 });
}

/** Parts of a stream, of a size, so many on their way at once: what who has no upload by stream must write himself. */
async function inParts(source, send) {
  const reader = source.getReader();
  const running = new Set();
  const parts = [];
  let [number, filled, part, over] = [0, 0, new Uint8Array(PART), false];
  while (!over) {
    const { done, value } = await reader.read();
    if (value) {
      part.set(value, filled);
      filled += value.byteLength;
    }
    over = done;
    if (filled === PART || (done && filled > 0)) {
      const job = send(++number, part.subarray(0, filled)).then((etag) => (parts.push({ PartNumber: number, ETag: etag }), running.delete(job)));
      running.add(job);
      [part, filled] = [new Uint8Array(PART), 0];
      if (running.size === BOUND) await Promise.race(running);
    }
  }
  await Promise.all(running);
  return parts.sort((a, b) => a.PartNumber - b.PartNumber);
}

async function drained(body) {
  let length = 0;
  for await (const piece of body) length += piece.byteLength;
  return length;
}

const same = (got, wanted) => {
  if (got !== wanted) throw new Error(`${got}, not ${wanted}`);
  return got;
};

/** So many jobs, so many at once. */
async function pool(work) {
  let next = 0;
  const worker = async () => {
    while (next < SMALL.count) await work(`${next++}-${SMALL.size}`);
  };
  await Promise.all(Array.from({ length: SMALL.bound }, worker));
  return SMALL.count;
}

/** What each peer does: stores and gets one small object, a long one, and lists. */
const peers = {
  async skyfetch() {
    const { storage } = await skyfetch();
    const bucket = storage('s3', { ...credentials, region, endpoint });
    return {
      put: async () => {
        const names = Array.from({ length: SMALL.count }, (_, i) => `${i}-${SMALL.size}`);
        const settled = await bucket.each(names, (driver, name) => driver.upload('photos', name, bytes), { concurrency: SMALL.bound });
        return settled.filter((one) => one.status === 'fulfilled').length;
      },
      get: async () => {
        const names = Array.from({ length: SMALL.count }, (_, i) => `${i}-${SMALL.size}`);
        let done = 0;
        for await (const file of bucket.downloadMany('photos', names, { concurrency: SMALL.bound })) done += (await file.bytes()).byteLength === SMALL.size ? 1 : 0;
        return done;
      },
      up: async () => (await bucket.upload('photos', long, stream(LONG), { partSize: PART, concurrency: BOUND })).size,
      down: async () => drained((await bucket.download('photos', long)).body),
      list: async () => (await bucket.listObjects('photos')).length,
    };
  },
  async 'AWS SDK client-s3'() {
    const { S3Client, ...S3 } = await import('@aws-sdk/client-s3');
    const client = new S3Client({ credentials, region, endpoint, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const at = (Key) => ({ Bucket: 'photos', Key });
    return {
      put: () => pool((name) => client.send(new S3.PutObjectCommand({ ...at(name), Body: bytes }))),
      get: () => pool(async (name) => same((await (await client.send(new S3.GetObjectCommand(at(name)))).Body.transformToByteArray()).byteLength, SMALL.size)),
      async up() {
        const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand(at(long)));
        const Parts = await inParts(stream(LONG), async (PartNumber, Body) => (await client.send(new S3.UploadPartCommand({ ...at(long), UploadId, PartNumber, Body }))).ETag);
        await client.send(new S3.CompleteMultipartUploadCommand({ ...at(long), UploadId, MultipartUpload: { Parts } }));
        return LONG;
      },
      down: async () => drained((await client.send(new S3.GetObjectCommand(at(long)))).Body.transformToWebStream()),
      async list() {
        let count = 0;
        for await (const page of S3.paginateListObjectsV2({ client }, { Bucket: 'photos' })) count += page.Contents.length;
        return count;
      },
    };
  },
  async s3mini() {
    const { S3mini } = await import('s3mini');
    const client = new S3mini({ ...credentials, region, endpoint: `${endpoint}/photos`, requestSizeInBytes: PART });
    return {
      put: () => pool((name) => client.putObject(name, bytes)),
      get: () => pool(async (name) => same((await client.getObjectArrayBuffer(name)).byteLength, SMALL.size)),
      up: async () => (await client.putAnyObject(long, stream(LONG), 'application/octet-stream', undefined, undefined, LONG), LONG),
      down: async () => drained((await client.getObjectResponse(long)).body),
      list: async () => (await client.listObjects()).length,
    };
  },
  async aws4fetch() {
    const { AwsClient } = await import('aws4fetch');
    const client = new AwsClient({ ...credentials, service: 's3', region });
    const send = async (path, init) => {
      const answer = await client.fetch(`${endpoint}/photos${path}`, init);
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer;
    };
    const { XMLParser } = await import('fast-xml-parser');
    const parser = new XMLParser({ parseTagValue: false });
    return http(send, (page) => {
      const { Contents, NextContinuationToken } = parser.parse(page).ListBucketResult;
      return [Contents.length, NextContinuationToken ?? ''];
    });
  },
  /** No signature, no XML read: the limit. */
  async 'bare fetch'() {
    const count = (page) => [page.split('<Key>').length - 1, /<NextContinuationToken>([^<]+)/.exec(page)?.[1] ?? ''];
    return http((path, init) => fetch(`${endpoint}/photos${path}`, init), count);
  },
};

function http(send, read) {
  return {
    put: () => pool(async (name) => (await send(`/${name}`, { method: 'PUT', body: bytes })).arrayBuffer()),
    get: () => pool(async (name) => same((await (await send(`/${name}`)).arrayBuffer()).byteLength, SMALL.size)),
    async up() {
      await (await send(`/${long}?uploads=`, { method: 'POST' })).text();
      const parts = await inParts(stream(LONG), async (number, body) => {
        const answer = await send(`/${long}?partNumber=${number}&uploadId=u-1`, { method: 'PUT', body });
        await answer.arrayBuffer();
        return answer.headers.get('etag');
      });
      const xml = parts.map((p) => `<Part><PartNumber>${p.PartNumber}</PartNumber><ETag>${p.ETag}</ETag></Part>`).join('');
      await (await send(`/${long}?uploadId=u-1`, { method: 'POST', body: `<CompleteMultipartUpload>${xml}</CompleteMultipartUpload>` })).text();
      return LONG;
    },
    down: async () => drained((await send(`/${long}`)).body),
    async list() {
      let [count, token] = [0, ''];
      do {
        const [found, next] = read(await (await send(`?list-type=2${token && `&continuation-token=${token}`}`)).text());
        count += found;
        token = next;
      } while (token);
      return count;
    },
  };
}

/** 5 GiB up, then down: how fast, and what the wasm's memory and the process had at most. */
async function huge() {
  let memory;
  const { Instance } = WebAssembly;
  // The package shows nobody its memory, so it is seen where it is made.
  WebAssembly.Instance = class extends Instance {
    constructor(...given) {
      super(...given);
      memory = this.exports.memory;
    }
  };
  const { storage } = await skyfetch();
  const bucket = storage('s3', { ...credentials, region, endpoint });
  const name = `huge-${HUGE}`;
  // What a first transfer takes once and for all.
  await bucket.upload('photos', 'first', stream(3 * PART), { partSize: PART, concurrency: BOUND });
  const before = memory.buffer.byteLength;
  let resident = 0;
  const watch = setInterval(() => (resident = Math.max(resident, process.memoryUsage.rss())), 50);
  const timed = async (work) => {
    const started = performance.now();
    same(await work(), HUGE);
    return { rate: HUGE / MiB / ((performance.now() - started) / 1000), wasm: memory.buffer.byteLength };
  };
  const up = await timed(async () => (await bucket.upload('photos', name, stream(HUGE), { partSize: PART, concurrency: BOUND })).size);
  const down = await timed(async () => drained((await bucket.download('photos', name)).body));
  clearInterval(watch);
  return { before, up, down, resident };
}

const COUNTS = { put: SMALL.count, get: SMALL.count, up: LONG, down: LONG, list: KEYS };
const operation = (name) => async () => {
  const task = process.env.BENCH_TASK;
  const does = (await peers[name]())[task];
  // Of streams, MiB are counted.
  const unit = task === 'up' || task === 'down' ? MiB : 1;
  return async () => same(await does(), COUNTS[task]) / unit;
};
export const sides = { ...Object.fromEntries(Object.keys(peers).map((name) => [name, operation(name)])), huge };

export default async function () {
  const server = new Side('server', process.execPath, [fileURLToPath(new URL('store.mjs', import.meta.url))]);
  const { port } = await server.ready();
  const env = { BENCH_PORT: port };
  const versus = (title, task, how) => race(title, Object.keys(peers).map((name) => () => Side.node('storage', name, { ...env, BENCH_TASK: task })), how);
  try {
    const put = await versus(`upload of ${SMALL.count} × 4 KiB, ${SMALL.bound} at once`, 'put', { rounds: 5, ms: 500 });
    const get = await versus(`download of ${SMALL.count} × 4 KiB, ${SMALL.bound} at once`, 'get', { rounds: 5, ms: 500 });
    const up = await versus(`upload of a stream of ${LONG / MiB} MiB`, 'up', { rounds: 3, ms: 1, warm: 1 });
    const down = await versus(`download of ${LONG / MiB} MiB as a stream`, 'down', { rounds: 3, ms: 1, warm: 1 });
    const list = await versus(`listing of ${KEYS.toLocaleString('en')} keys`, 'list', { rounds: 3, ms: 1, warm: 1 });
    const far = await step(`${HUGE / MiB / 1024} GiB up and down through streams`, async () => {
      const side = Side.node('storage', 'huge', env);
      try {
        return await side.ready();
      } finally {
        side.end();
      }
    });
    const beside = (rates) => median(rates.get('skyfetch').rounds.map((rate, i) => rate / (rates.get('bare fetch').rounds[i] ?? Infinity)));
    const fast = (rates, least) => ({ text: `≥ ${least} of bare fetch`, met: () => beside(rates) >= least });
    const memory = (name, ours, goal) => ({ name, unit: 'MiB', better: 'lower', ours: ours / MiB, peer: null, peerName: null, ...(goal && { goal }) });
    return [
      ...rows('upload of 4 KiB objects, 20 at once', put, { unit: 'objects per s' }),
      ...rows('download of 4 KiB objects, 20 at once', get, { unit: 'objects per s' }),
      ...rows(`upload of a ${LONG / MiB} MiB stream, 4 parts at once`, up, { unit: 'MiB per s', goal: fast(up, 0.9) }),
      ...rows(`download of ${LONG / MiB} MiB as a stream`, down, { unit: 'MiB per s', goal: fast(down, 0.95) }),
      ...rows(`listObjects of ${KEYS.toLocaleString('en')} keys`, list, { unit: 'keys per s' }),
      { name: `${HUGE / MiB / 1024} GiB up through a stream`, unit: 'MiB per s', better: 'higher', ours: far.up.rate, peer: null, peerName: null },
      { name: `${HUGE / MiB / 1024} GiB down through a stream`, unit: 'MiB per s', better: 'higher', ours: far.down.rate, peer: null, peerName: null },
      memory('wasm memory before that', far.before),
      memory('wasm memory after that', Math.max(far.up.wasm, far.down.wasm), { text: 'flat: at most 1 MiB more', met: (row) => row.ours * MiB - far.before <= MiB }),
      memory('whole process at most', far.resident),
    ];
  } finally {
    server.end();
  }
}
