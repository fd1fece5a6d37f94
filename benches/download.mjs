// 500 objects of 64 KiB, 20 at once, from a loopback server that takes 30 ms an answer.

import { fileURLToPath } from 'node:url';

import { Side, median, over, rows, step } from './harness.mjs';
import { credentials, region, skyfetch } from './data.mjs';

const [COUNT, SIZE, DELAY, BOUND] = [500, 65_536, 30, 20];
/** Python's rates are those of fewer objects, lest they take minutes. */
const [SOME, FEW] = [200, 40];

const endpoint = `http://127.0.0.1:${process.env.BENCH_PORT}`;
const names = Array.from({ length: COUNT }, (_, i) => `object-${i}`);

const whole = (bytes) => {
  if (bytes !== SIZE) throw new Error(`${bytes} of ${SIZE} bytes`);
};

export const sides = {
  async skyfetch() {
    const { storage } = await skyfetch();
    const bucket = storage('s3', { ...credentials, region, endpoint });
    return async () => {
      let done = 0;
      for await (const file of bucket.downloadMany('photos', names, { concurrency: BOUND })) {
        if (file.error) throw file.error;
        whole((await file.bytes()).byteLength);
        done++;
      }
      if (done !== COUNT) throw new Error(`${done} of ${COUNT}`);
      return done;
    };
  },
  'bare fetch': () => async () => {
    let [next, done] = [0, 0];
    const worker = async () => {
      while (next < COUNT) {
        whole((await (await fetch(`${endpoint}/photos/${names[next++]}`)).arrayBuffer()).byteLength);
        done++;
      }
    };
    await Promise.all(Array.from({ length: BOUND }, worker));
    return done;
  },
};

export default async function ({ python, rounds = 4 }) {
  const server = new Side('server', process.execPath, [fileURLToPath(new URL('server.mjs', import.meta.url)), SIZE, DELAY]);
  const { port } = await server.ready();
  const libcloud = (name, how, count) => () => Side.python(python, `Python Libcloud, ${name}`, ['download', how, port, count, SIZE]);
  const makers = [
    ...Object.keys(sides).map((name) => () => Side.node('download', name, { BENCH_PORT: port })),
    libcloud('gevent pool of 20', 'gevent', SOME),
    libcloud('20 threads', 'threads', SOME),
    libcloud('one after another', 'alone', FEW),
  ];
  const rates = new Map();
  const requests = new Map();
  await step(`download of ${COUNT} × 64 KiB, ${BOUND} at once`, async (tick) => {
    const running = [];
    for (const make of makers) {
      const side = make();
      try {
        await side.ready();
        running.push(side);
        rates.set(side.name, { rounds: [] });
      } catch (error) {
        rates.set(side.name, { error });
        tick(`\n  ${error.message}\n  `);
      }
    }
    // Our pair is quick and compared closely: it runs in every round, and warms up in one that does not count.
    const late = over(40);
    for (let round = 0; round <= rounds * 2 && !(late() && round > 2); round++) {
      for (const side of round % 2 ? [...running].reverse() : running) {
        if (side.name.startsWith('Python') && (round === 0 || round % 4 !== 2)) continue;
        await server.run(0);
        try {
          const { n, wall } = await side.run(0);
          const { requests: sent } = await server.run(0);
          if (round === 0) continue;
          rates.get(side.name).rounds.push((n / wall) * 1000);
          requests.set(side.name, sent / n);
        } catch (error) {
          rates.set(side.name, { error });
          running.splice(running.indexOf(side), 1);
          tick(`\n  ${error.message}\n  `);
        }
      }
      tick();
    }
    for (const side of running) side.end();
    server.end();
  });
  for (const rate of rates.values()) if (rate.rounds?.length) rate.median = median(rate.rounds);
  const goal = {
    text: '≤ 1.05 × the time of bare fetch, one request an object',
    met: (row) => 1 / row.ratio <= 1.05 && requests.get('skyfetch') === 1,
  };
  const out = rows('download of 64 KiB objects, 20 at once', rates, { unit: 'objects per s', goal });
  out.push({ name: 'requests an object', unit: 'requests', better: 'lower', ours: requests.get('skyfetch') ?? null, peer: requests.get('Python Libcloud, gevent pool of 20') ?? null, peerName: 'Python Libcloud, gevent pool of 20' });
  return out;
}
