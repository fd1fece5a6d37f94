// Sides are child processes that wait to be told "run": so no side shares a heap, a JIT or a patched global with another,
// and rounds of all sides can be interleaved.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** How long the sides ran, and how much of that they queued for a CPU. */
export const noise = { wall: 0, queued: 0 };

const say = (text) => process.stderr.write(text);

/** One side of a comparison, in a process of its own. */
export class Side {
  #child;
  #answers;
  #complaints = '';

  /** A side that a family's `sides` names, or, by a Python, one of peer.py. */
  constructor(name, command, args, env = {}) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#child.stderr.on('data', (data) => (this.#complaints = (this.#complaints + data).slice(-2000)));
    this.#child.stdin.on('error', () => {});
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  static node(family, name, env) {
    return new Side(name, process.execPath, ['--expose-gc', here('child.mjs'), family, name], env);
  }

  static python(python, name, args = []) {
    return new Side(name, python, [here('peer.py'), ...args]);
  }

  /** The next line it says. */
  async #answer() {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} ended early: ${this.#complaints.trim().split('\n').slice(-6).join('\n')}`);
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`${this.name}: ${answer.error}`);
    return answer;
  }

  /** Waits until it is set up; its own check of its results passed then. */
  ready() {
    return this.#answer();
  }

  run(ms) {
    this.#child.stdin.write(`${JSON.stringify({ ms })}\n`);
    return this.#answer();
  }

  end() {
    this.#child.stdin.end();
    this.#child.kill();
  }
}

/** Runs `work`, and says what it is about. */
export async function step(title, work) {
  const started = performance.now();
  say(`· ${title} `);
  try {
    return await work((mark = '.') => say(mark));
  } finally {
    say(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  }
}

/**
 * Operations per second of each side: the median of interleaved rounds, and those of each round. A side that cannot be
 * run is given as its error, and the others go on.
 */
export async function race(title, sides, { rounds = 7, ms = 250, warm = 500 } = {}) {
  return step(title, async (tick) => {
    const late = over(BUDGET);
    const rates = new Map();
    const running = [];
    for (const make of sides) {
      const side = make();
      try {
        await side.ready();
        await side.run(warm);
        running.push(side);
        rates.set(side.name, { rounds: [] });
      } catch (error) {
        rates.set(side.name, { error });
        tick(`\n  ${error.message}\n  `);
        side.end();
      }
    }
    try {
      for (let round = 0; round < rounds && !(late() && round >= LEAST); round++) {
        for (const side of round % 2 ? [...running].reverse() : running) {
          const { n, ms: took, wall } = await side.run(ms);
          noise.wall += wall;
          noise.queued += wall - took;
          rates.get(side.name).rounds.push((n / took) * 1000);
        }
        tick();
      }
    } finally {
      for (const side of running) side.end();
    }
    for (const rate of rates.values()) if (rate.rounds) rate.median = median(rate.rounds);
    return rates;
  });
}

/** On a busy machine rounds take long: after so many seconds no more are begun, once there are this many. */
const [BUDGET, LEAST] = [25, 3];

/** Says whether so many seconds have passed since. */
export function over(seconds) {
  const until = performance.now() + seconds * 1000;
  return () => performance.now() > until;
}

/**
 * Rows of ours against each peer; the ratio is the median of the rounds' ratios, for both saw the same noise. `own` are
 * further sides of ours, each a row by itself.
 */
export function rows(name, rates, { ours = 'skyfetch', own = {}, unit = 'per s', goal } = {}) {
  const mine = rates.get(ours);
  const base = { unit, better: 'higher', ours: mine?.median ?? null, peer: null, peerName: null, ratio: null };
  const out = [];
  for (const [peerName, rate] of rates) {
    if (peerName === ours || peerName in own) continue;
    const ratio = mine?.median && rate.median ? median(rate.rounds.map((r, i) => (mine.rounds[i] ?? mine.median) / r)) : null;
    out.push({ ...base, name, peer: rate.median ?? null, peerName, ratio, ...(out.length === 0 && goal ? { goal } : {}) });
  }
  for (const [side, what] of Object.entries(own)) out.push({ ...base, name: `${name}, ${what}`, ours: rates.get(side)?.median ?? null });
  return out;
}

/** Fresh processes, one after the other and interleaved: all the numbers that each said. */
export async function fresh(title, sides, rounds, budget = 40) {
  return step(title, async (tick) => {
    const said = new Map();
    const late = over(budget);
    for (let round = 0; round < rounds && !(late() && round > 0); round++) {
      for (const make of round % 2 ? [...sides].reverse() : sides) {
        const side = make();
        const entry = said.get(side.name) ?? { all: [] };
        said.set(side.name, entry);
        if (entry.error) {
          side.end();
          continue;
        }
        try {
          entry.all.push(await side.ready());
        } catch (error) {
          entry.error = error;
          tick(`\n  ${error.message}\n  `);
        } finally {
          side.end();
        }
      }
      tick();
    }
    return said;
  });
}
