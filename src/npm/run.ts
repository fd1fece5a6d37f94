// From a method to the core and back.

import { Account, Cancel, Fanout, type Pages, type Task } from './glue.js';
import { SkyfetchError, asError, invalid } from './error.js';
import { bounds, isReady, ready } from './load.js';
import { life, live, release, settled } from './trap.js';
import { send as told } from './told.js';
import { afterTurn, breathe, turn } from './turn.js';

/** What happened in a task; given to `onEvent`. */
export interface TaskEvent {
  type: 'request' | 'response' | 'lost' | 'retry';
  provider: string;
  operation: string;
  method: string;
  /** Origin and path; never the query. */
  url: string;
  /** Which attempt, from 1. */
  attempt: number;
  /** The HTTP status; 0 in a retry after a lost connection. */
  status?: number;
  /** Milliseconds from request to answer, or until it was lost or given up. */
  took?: number;
  /** Milliseconds until the retry. */
  after?: number;
}

/** What every asynchronous method takes last. */
export interface TaskOptions {
  /** Cancels the operation, and aborts its request in flight. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until the operation must be over, pauses and retries included. */
  timeout?: number | undefined;
  /** When the operation must be over. */
  deadline?: Date | number | undefined;
  /** Milliseconds that one attempt may take; 60,000 by default. */
  attemptTimeout?: number | undefined;
  /** How often a failed request may be repeated; 4 times by default. */
  retries?: number | undefined;
  /** Hears of every request; of its answer, or that none came; of retries. */
  onEvent?: ((event: TaskEvent) => void) | undefined;
}

/** What a task did so far. */
export interface TaskStats {
  /** Requests sent, retries and log-ins among them. */
  requests: number;
  /** Requests sent again. */
  retries: number;
  /** Milliseconds spent in pauses. */
  paused: number;
}

/** How far a fan-out is. */
export interface Progress {
  /** Items settled, failed ones among them. */
  done: number;
  failed: number;
  total: number;
}

/** How a fan-out runs. */
export interface FanoutOptions extends TaskOptions {
  /** How many items run at once; 16 by default, 6 in Workers. */
  concurrency?: number | undefined;
  /** Hears of every item that settles. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

export type Service = 'compute' | 'storage' | 'dns';
type Options = TaskOptions & Record<string, unknown>;

let cancels = { of: life, all: new WeakMap<AbortSignal, Cancel>() };

/** @internal The core's side of a signal: one for each, however many calls share it. */
export function cancelOf(signal: AbortSignal | undefined): Cancel | undefined {
  if (signal === undefined) return undefined;
  if (!(signal instanceof AbortSignal)) throw invalid('option "signal" must be an AbortSignal');
  if (cancels.of !== life) cancels = { of: life, all: new WeakMap() };
  const { of: born, all } = cancels;
  const known = all.get(signal);
  if (known) return known.share();
  // The core holds on to a signal of ours: were it the caller's, neither would ever be collected.
  const own = new AbortController();
  const made = new Cancel(own.signal);
  const fire = () => {
    // The reason that goes to our signal remembers, by its stack, the caller's: nothing may lead back from there.
    all.delete(signal);
    if (born === life) made.cancel();
    own.abort(signal.reason);
  };
  if (signal.aborted) {
    fire();
    return made;
  }
  all.set(signal, made);
  signal.addEventListener('abort', fire, { once: true });
  return made.share();
}

const NONE: TaskOptions = Object.freeze({});

/** Splits a method's options into those of the task and those of the operation. */
export function split(options: Options | undefined): { task: TaskOptions; own: Record<string, unknown> } {
  if (options === undefined) return { task: NONE, own: {} };
  const { signal, timeout, deadline, attemptTimeout, retries, onEvent, ...own } = options;
  return { task: { signal, timeout, deadline, attemptTimeout, retries, onEvent }, own };
}

/** The options of a method that has none of its own; a stray one is a mistake. */
export function taskOnly(options: object | undefined): TaskOptions {
  const { task, own } = split(options as Options | undefined);
  for (const name in own) if (own[name] !== undefined) throw invalid(`unknown option "${name}": there are signal, timeout, deadline, attemptTimeout, retries and onEvent`);
  return task;
}

/** Plain data as the core takes it. */
function text(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw invalid('an argument is no plain data: it refers to itself, or holds a bigint');
  }
}

function numbers({ timeout, deadline, attemptTimeout, retries }: TaskOptions): string {
  if (timeout === undefined && deadline === undefined && attemptTimeout === undefined && retries === undefined) return '';
  const all = { timeout, deadline: deadline instanceof Date ? deadline.getTime() : deadline, attemptTimeout, retries };
  for (const [name, value] of Object.entries(all)) if (Number.isNaN(value)) throw invalid(`option "${name}" must be a number`); // JSON would say null, which is none
  return text(all);
}

/** An answer, when it is its turn to be read. */
function inTurn(response: Response): Response | Promise<Response> {
  return turn()?.then(() => response) ?? response;
}

/** A caller's own `fetch`, whose answers the core can trust to be answers. */
function checked(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (typeof response?.status === 'number' && typeof response.headers?.entries === 'function' && typeof response.arrayBuffer === 'function') return inTurn(response);
    throw new TypeError('field "fetch" is a function that gave no Response');
  };
}

/** Where operations go: an account, or one task of it. What cannot be called at all throws. */
export interface Runner {
  call(method: string, args: unknown[], task: TaskOptions, body?: unknown): Promise<unknown>;
  pages(method: string, args: unknown[], task: TaskOptions): AsyncGenerator<string, void>;
  task(options: TaskOptions): TaskRunner;
}

/** An account: every operation gets a task and a driver of its own. */
export class AccountRunner implements Runner {
  #make: () => Account;
  #account: Account | undefined;
  #life = 0;

  constructor(readonly service: Service, readonly provider: string, config: object) {
    if (typeof provider !== 'string') throw invalid('the provider must be a name, as "ec2"');
    if (typeof config !== 'object' || config === null) throw invalid(`the configuration of "${provider}" must be an object`);
    const { fetch, ...fields } = config as { fetch?: typeof globalThis.fetch };
    if (fetch !== undefined && typeof fetch !== 'function') throw invalid('field "fetch" must be a function');
    const send = fetch ? checked(fetch) : (url: string, init: RequestInit) => told(url, init).then(inTurn);
    this.#make = () => {
      try {
        return new Account(provider, text(fields), send, service);
      } catch (thrown) {
        throw asError(thrown);
      }
    };
    if (isReady()) this.#now();
  }

  /** The account, in the instance that lives. */
  #now(): Account {
    live();
    if (this.#account && this.#life === life) return this.#account;
    this.#life = life;
    return (this.#account = this.#make());
  }

  call(method: string, args: unknown[], task: TaskOptions, body?: unknown): Promise<unknown> {
    if (!isReady()) return ready().then(() => this.call(method, args, task, body));
    return afterTurn(() => settled(() => this.#now().call(this.service, method, text(args), body, numbers(task), cancelOf(task.signal), task.onEvent), this.provider, method));
  }

  async *pages(method: string, args: unknown[], task: TaskOptions): AsyncGenerator<string, void> {
    if (!isReady()) await ready();
    yield* this.task(task).pages(method, args, {});
  }

  /** A task; for when the package is ready. */
  task(options: TaskOptions): TaskRunner {
    const account = this.#now();
    try {
      return new TaskRunner(this.service, account.task(numbers(options), cancelOf(options.signal), options.onEvent), this);
    } catch (thrown) {
      throw asError(thrown);
    }
  }
}

/** One task: its operations share deadline, retries and statistics, and run one after another. */
export class TaskRunner implements Runner {
  #task: Task;
  #life = life;

  /** @internal */
  constructor(readonly service: Service, task: Task, readonly account: AccountRunner) {
    this.#task = task;
  }

  #refuse(task: TaskOptions): void {
    if (Object.values(task).some((value) => value !== undefined)) {
      throw invalid('signal, timeout and the like belong to the task: give them to task()');
    }
  }

  async call(method: string, args: unknown[], task: TaskOptions, body?: unknown): Promise<unknown> {
    this.#refuse(task);
    return afterTurn(() => settled(() => this.#alive().call(this.service, method, text(args), body), this.account.provider, method));
  }

  #alive(): Task {
    if (this.#life !== life) throw invalid('this task ended with a fault of skyfetch itself: make another from the account');
    return this.#task;
  }

  async *pages(method: string, args: unknown[], task: TaskOptions): AsyncGenerator<string, void> {
    this.#refuse(task);
    const pages: Pages = this.#alive().pages(this.service, method, text(args));
    const born = life;
    try {
      for (;;) {
        const page = (await settled(() => pages.next(), this.account.provider, method)) as string | undefined;
        if (page === undefined) return;
        yield page;
      }
    } finally {
      release(pages, born);
    }
  }

  task(): TaskRunner {
    throw invalid('this is a task already: make another from the account');
  }

  stats(): TaskStats {
    return JSON.parse(this.#alive().stats()) as TaskStats;
  }

  /** Gives the handle back, and says what the task did, if its instance lives; what runs goes on. */
  end(): TaskStats | undefined {
    try {
      return this.stats();
    } catch {
      return undefined;
    } finally {
      release(this.#task, this.#life);
    }
  }
}

/** What a function promises; what it throws is a rejection. (An `async` function would hold twice as much while it waits.) */
export function promised<T>(start: () => Promise<T>): Promise<T> {
  try {
    return start();
  } catch (thrown) {
    return Promise.reject(thrown as Error);
  }
}

/** Answers are plain frozen data. */
export function parse<T>(json: unknown): T {
  return freeze(JSON.parse(json as string)) as T;
}

/** @internal Plain data, frozen through and through. */
export function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Most parts are no objects, and there are many: those are not called for.
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') freeze(item);
  } else {
    for (const key in value) if (typeof (value as Record<string, unknown>)[key] === 'object') freeze((value as Record<string, unknown>)[key]);
  }
  return Object.freeze(value);
}

/** One item of a fan-out, settled. */
export type Settled<T> = { index: number } & ({ ok: true; value: T } | { ok: false; error: unknown });

/** Runs a job an item, so many at once, and gives each as it settles. */
export async function* fanout<T>(total: number, options: FanoutOptions, start: (index: number) => Promise<T>): AsyncGenerator<Settled<T>, void> {
  const { concurrency = bounds.concurrency, onProgress } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) throw invalid('option "concurrency" must be a whole number, at least 1');
  await ready();
  live();
  const born = life;
  const jobs = new Fanout(total, concurrency, start, breathe, cancelOf(options.signal));
  let failed = 0;
  try {
    for (let done = 1; ; done++) {
      const next = (await settled(() => jobs.next())) as [number, boolean, unknown] | undefined;
      if (next === undefined) return;
      const [index, ok, value] = next;
      if (!ok) failed++;
      onProgress?.({ done, failed, total });
      yield ok ? { index, ok, value: value as T } : { index, ok, error: asError(value) };
    }
  } finally {
    release(jobs, born);
  }
}

/** All items of a fan-out, in input order; as `Promise.allSettled` gives them. `ended` hears of each that settles. */
export async function settle<T>(total: number, options: FanoutOptions, start: (index: number) => Promise<T>, ended?: (index: number) => void): Promise<PromiseSettledResult<T>[]> {
  const results = new Array<PromiseSettledResult<T>>(total);
  for await (const item of fanout(total, options, start)) {
    ended?.(item.index);
    results[item.index] = item.ok ? { status: 'fulfilled', value: item.value } : { status: 'rejected', reason: item.error };
  }
  return results;
}

/** A pause that ends early, and fails, when the signal fires. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new SkyfetchError({ kind: 'cancelled', message: 'the task was cancelled' }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
