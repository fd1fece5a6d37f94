// After a trap a wasm instance is dead. None is known to be reachable; should one be, then the calls that were on their way
// fail, and the next call finds a new instance. The build puts `guard` between the glue and the instance.

import { SkyfetchError, asError } from './error.js';

type Exports = Record<string, unknown>;

let death: SkyfetchError | undefined;
let revive: (() => void) | undefined;
const pending = new Set<(reason: unknown) => void>();

/** Counts instances: a handle of one is nothing to the next. */
export let life = 0;

function lost(cause?: unknown): SkyfetchError {
  const message = 'skyfetch stopped by a fault of its own, and starts again with the next call: what was on its way may have been carried out. Please report this';
  return new SkyfetchError({ kind: 'transport', message, cause });
}

/** An instance's exports, so that a trap in one ends them all. */
export function guard(exports: Exports, again: () => void): Exports {
  revive = again;
  const own = life;
  const guarded: Exports = {};
  for (const [name, value] of Object.entries(exports)) {
    guarded[name] = typeof value === 'function' ? watched(name, value as (...args: unknown[]) => unknown, own) : value;
  }
  return guarded;
}

function watched(name: string, run: (...args: unknown[]) => unknown, own: number): unknown {
  // Who calls a closure is the runtime itself, which has no use for an error; the glue looks for one in what it gives.
  const quiet = name.includes('closure');
  return (...args: unknown[]) => {
    if (!death && own === life) {
      try {
        return run(...args);
      } catch (thrown) {
        if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown;
        die(thrown);
      }
    }
    if (quiet) return [];
    throw death ?? lost();
  };
}

function die(cause: unknown): void {
  death = lost(cause);
  for (const reject of pending) reject(death);
  pending.clear();
}

/** Sees to it that there is an instance that lives. */
export function live(): void {
  if (!death) return;
  death = undefined;
  life++;
  revive?.();
}

/** What the core promises, with its errors as they are shown; rejected when the instance dies. */
export function settled(start: () => Promise<unknown>, provider = '', operation = ''): Promise<unknown> {
  return new Promise((resolve, reject) => {
    try {
      const promise = start();
      pending.add(reject);
      promise.then(
        (value) => {
          pending.delete(reject);
          resolve(value);
        },
        (thrown: unknown) => {
          pending.delete(reject);
          reject(asError(thrown, provider, operation));
        },
      );
    } catch (thrown) {
      reject(asError(thrown, provider, operation));
    }
  });
}

/** Frees a handle, if its instance lives. */
export function release(handle: { free(): void }, born: number): void {
  if (!death && born === life) handle.free();
}
