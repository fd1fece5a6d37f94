// Turns of the event loop: of many operations that are called at once, so many start in one turn, so that timers, input and
// answers get theirs in between.

/** How many start in one turn. Workers have no limit: there, who waits could be left to the turn of another request. */
export const slice = { size: 64 };

let started = 0;
let first = 0;
let waiting: (() => void)[] = [];

/** Waits for a turn; nothing when there is no need to. */
export function turn(): Promise<void> | undefined {
  if (started < slice.size) {
    start();
    return undefined;
  }
  return new Promise((resolve) => waiting.push(resolve));
}

/** Waits for the next turn, where turns are limited. */
export function breathe(): Promise<void> | undefined {
  return slice.size === Infinity ? undefined : new Promise(soon);
}

function start(): void {
  if (++started === slice.size) soon(next);
}

function next(): void {
  started = 0;
  while (first < waiting.length && started < slice.size) {
    start();
    waiting[first++]!();
  }
  if (first === waiting.length) [waiting, first] = [[], 0];
}

let port: MessagePort | undefined;
const due: (() => void)[] = [];

/** Runs a function in a turn of its own: without the four milliseconds that browsers make of `setTimeout`. */
function soon(run: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void };
  if (setImmediate) return setImmediate(run);
  if (typeof MessageChannel !== 'function') return void setTimeout(run);
  if (!port) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => due.shift()?.();
    port = channel.port2;
  }
  due.push(run);
  port.postMessage(null);
}
