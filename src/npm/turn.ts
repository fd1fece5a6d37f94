// Turns of the event loop: of many operations that are called at once, or whose answers come at once, so many go on in one
// turn as a few milliseconds allow, so that timers, input and others' answers get theirs in between.

// As they are now: who tests a program with timers that stand still must not be left waiting.
const { MessageChannel, queueMicrotask, setImmediate, setTimeout } = globalThis as typeof globalThis & { setImmediate?: (run: () => void) => void };
const now = performance.now.bind(performance);

/** Whether turns are limited. In Workers they are not: there, who waits could be left to the turn of another request. */
export const turns = { limited: true };

/** How long work goes on in a turn, in milliseconds. */
const BUDGET = 2;
/** How many go on before anybody looks at the clock: calls that come one by one never wait. */
const FEW = 8;

/** Some who wait, and are let in together: a promise for each would be most of what waiting costs. */
interface Batch {
  size: number;
  promise: Promise<void>;
  enter: () => void;
}

let count = 0;
let began = 0;
let waiting: Batch[] = [];
let first = 0;

/** Waits for a turn; nothing when there is no need to. */
export function turn(): Promise<void> | undefined {
  if (!turns.limited) return undefined;
  if (count < FEW) {
    if (++count === FEW) begin();
    return undefined;
  }
  if (waiting.length === 0) queueMicrotask(admit);
  let last = waiting[waiting.length - 1];
  if (first === waiting.length || last!.size === FEW) waiting.push((last = batch()));
  last!.size++;
  return last!.promise;
}

function batch(): Batch {
  let enter!: () => void;
  const promise = new Promise<void>((resolve) => (enter = resolve));
  return { size: 0, promise, enter };
}

/** Runs a function when it is its turn. */
export function afterTurn<T>(run: () => Promise<T>): Promise<T> {
  return turn()?.then(run) ?? run();
}

/** Waits for the next turn, where turns are limited. */
export function breathe(): Promise<void> | undefined {
  return turns.limited ? new Promise(soon) : undefined;
}

/** Begins a turn, and sees to it that another follows. */
function begin(): void {
  began = now();
  soon(next);
}

function next(): void {
  if (waiting.length === 0) {
    count = 0;
  } else {
    begin();
    admit();
  }
}

/** Lets in who waits, a few at once, while there is time: what they do, they do before the next are let in. */
function admit(): void {
  if (first === waiting.length) {
    [waiting, first] = [[], 0];
  } else if (now() - began < BUDGET) {
    waiting[first++]!.enter();
    queueMicrotask(admit);
  }
}

let port: MessagePort | undefined;
const due: (() => void)[] = [];

/** Runs a function in a turn of its own: without the four milliseconds that browsers make of `setTimeout`. */
function soon(run: () => void): void {
  if (setImmediate) return void setImmediate(run);
  if (!MessageChannel) return void setTimeout(run);
  if (!port) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => due.shift()?.();
    port = channel.port2;
  }
  due.push(run);
  port.postMessage(null);
}
