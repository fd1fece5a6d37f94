// How the wasm gets in: each entry says, once; everybody else asks `loaded` or `need`.

import { SkyfetchError } from './error.js';
import { live } from './trap.js';

let start: (() => void | Promise<unknown>) | undefined;
let loading: Promise<unknown> | undefined;
let done = false;

/** How many operations a fan-out runs at once by default: Workers have six connections. */
export const bounds = { concurrency: 16 };

/** Says how to load; called by an entry. */
export function use(loader: () => void | Promise<unknown>): void {
  start = loader;
}

/** Loads at once, where the runtime lets it. */
export function useNow(loader: () => void): void {
  loader();
  done = true;
}

/** Resolves when the package is ready. Every asynchronous method waits for it by itself. */
export async function ready(): Promise<void> {
  if (done) return;
  if (!start) throw new SkyfetchError({ kind: 'invalid', message: "call init(wasm) first: 'skyfetch/slim' comes without its wasm" });
  loading ??= Promise.resolve(start());
  try {
    await loading;
    done = true;
  } catch (cause) {
    // The next call tries again: the network may be back.
    loading = undefined;
    throw new SkyfetchError({ kind: 'transport', message: 'skyfetch.wasm could not be loaded: serve it beside the script, or import skyfetch/inline', cause });
  }
}

export function isReady(): boolean {
  return done;
}

/** For what is synchronous. */
export function need(what: string): void {
  if (!done) throw new SkyfetchError({ kind: 'invalid', message: `${what} was called before skyfetch was loaded: await ready() first` });
  live();
}
