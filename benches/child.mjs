// A side of a family in its own process: `node --expose-gc child.mjs FAMILY SIDE`. Nothing is imported here that a side
// might import, so that its start can be measured.

import { now } from './clock.mjs';

const [, , family, name] = process.argv;
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/** Repeats an operation for `ms` of its own time; on a busy machine that takes longer, but at most four times so long. */
async function loop(operation, ms) {
  globalThis.gc?.();
  let n = 0;
  const [started, began] = [performance.now(), now()];
  for (let until = started + ms; ; ) {
    // An operation that did several says how many.
    let done = operation();
    if (done instanceof Promise) done = await done;
    n += typeof done === 'number' ? done : 1;
    const time = performance.now();
    if (time < until) continue;
    const own = now() - began;
    if (own >= ms || time - started >= 4 * ms) return { n, ms: own, wall: time - started };
    until = Math.min(time + ms - own, started + 4 * ms);
  }
}

try {
  const { sides } = await import(`./${family}.mjs`);
  // What a side gives is the operation to repeat, or numbers: then it is done.
  const made = await sides[name]();
  if (typeof made !== 'function') {
    say(made);
    process.exit();
  }
  say({ ready: true });
  let rest = '';
  for await (const chunk of process.stdin) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) say(await loop(made, JSON.parse(line).ms));
  }
} catch (error) {
  say({ error: error?.stack ?? String(error) });
  process.exit(1);
}
