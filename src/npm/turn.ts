// Turns of the event loop: of many operations that are called at once, or whose answers come at once, so many go on in one
// turn as a few milliseconds allow, so that timers, input and others' answers get theirs in between.

/** Whether turns are limited. In Workers they are not: there, who waits could be left to the turn of another request. */
export const turns = { limited: true };

/** How long work goes on in a turn, in milliseconds. */
const BUDGET = 4;
/** How many may go on before anybody looks at the clock: calls that come one by one never do. */
const FREE = 8;
/** How many may go on at most: what they do, they do for the most part later in the turn. */
const MOST = 32;

let count = 0;
let began = 0;
let waiting: (() => void)[] = [];
let first = 0;

/** Waits for a turn; nothing when there is no need to. */
export function turn(): Promise<void> | undefined {
  if (!turns.limited) return undefined;
  if (waiting.length === 0 && !over()) return undefined;
  return new Promise((resolve) => waiting.push(resolve));
}

/** Waits for the next turn, where turns are limited. */
export function breathe(): Promise<void> | undefined {
  return turns.limited ? new Promise(soon) : undefined;
}

/** Whether this turn has had its time; counts one more that goes on in it. */
function over(): boolean {
  if (count === 0) began = performance.now();
  if (++count <= FREE) {
    if (count === FREE) soon(next);
    return false;
  }
  return count > MOST || performance.now() - began > BUDGET;
}

function next(): void {
  count = 0;
  admit();
}

/** Lets in who waits, one after another: what one does takes its time before the next is let in. */
function admit(): void {
  if (first === waiting.length) {
    [waiting, first] = [[], 0];
  } else if (!over()) {
    waiting[first++]!();
    queueMicrotask(admit);
  }
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
