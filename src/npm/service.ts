// What the services share: tasks, fan-outs, plain requests.

import type { FanoutOptions, Runner, TaskOptions, TaskStats } from './run.js';
import { AccountRunner, TaskRunner, parse, promised, settle, split, taskOnly } from './run.js';
import { invalid } from './error.js';
import { isReady, ready } from './load.js';

/** An answer to `request`. */
export interface ProviderResponse {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** The body as text. */
  body: string;
}

/** A service of an account, or of one task of it. */
export abstract class ServiceBase {
  /** @internal */
  protected readonly runner: Runner;

  /** @internal */
  constructor(runner: Runner) {
    this.runner = runner;
  }

  /** @internal */
  protected abstract of(runner: Runner): this;

  /** @internal */
  protected run<T>(method: string, args: unknown[], options?: object): Promise<T> {
    return promised(() => this.runner.call(method, args, taskOnly(options)).then(parse<T>));
  }

  /** @internal Runs a method whose own options come last. */
  protected runWith<T>(method: string, args: unknown[], options?: object): Promise<T> {
    return promised(() => {
      const { task, own } = split(options as TaskOptions & Record<string, unknown>);
      return this.runner.call(method, [...args, own], task).then(parse<T>);
    });
  }

  /** @internal */
  protected async *items<T>(method: string, args: unknown[], options?: object): AsyncGenerator<T, void> {
    for await (const page of this.runner.pages(method, args, taskOnly(options))) yield* parse<T[]>(page);
  }

  /**
   * A task: one driver for several steps, which share its deadline, retries and signal. They run one after another,
   * however they are called. `stats()` says what it did.
   */
  task(options: TaskOptions = {}): this & { stats(): TaskStats } {
    if (!(this.runner instanceof AccountRunner)) throw invalid('this is a task already: make another from the account');
    return this.of(new LazyTask(this.runner, options)) as this & { stats(): TaskStats };
  }

  /** @internal Of a task; an account has none. */
  stats(): TaskStats {
    if (!(this.runner instanceof LazyTask)) throw invalid('an account has no statistics: make a task of it');
    return this.runner.stats();
  }

  /**
   * Runs `work` once for each item, each with a fresh driver, so many at once. Settles every item: the results are in the
   * order of the items, as `Promise.allSettled` gives them.
   */
  async each<I, T>(items: Iterable<I>, work: (driver: this, item: I, index: number) => Promise<T> | T, options: FanoutOptions = {}): Promise<PromiseSettledResult<T>[]> {
    const all = [...items];
    const { task } = split(options as FanoutOptions & Record<string, unknown>);
    const tasks: LazyTask[] = [];
    const start = (index: number) => {
      const driver = this.task(task);
      tasks[index] = driver.runner as LazyTask;
      return work(driver, all[index] as I, index) as Promise<T>;
    };
    return settle(all.length, options, start, (index) => {
      tasks[index]?.end();
      delete tasks[index];
    });
  }

  /**
   * Any request to the provider, authenticated and retried like every operation: for what no method covers.
   * `path` starts with `/` and may have a query. Rejects when the answer is no success.
   */
  async request(
    method: string,
    path: string,
    options: TaskOptions & { query?: Record<string, string>; headers?: Record<string, string>; body?: string | Uint8Array | Blob; service?: string } = {},
  ): Promise<ProviderResponse> {
    const { task, own } = split(options as TaskOptions & Record<string, unknown>);
    const { body, ...rest } = own as { body?: string | Uint8Array | Blob };
    // Signatures may cover the body, so it has to be there whole.
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body instanceof Blob ? new Uint8Array(await body.arrayBuffer()) : body;
    return parse(await this.runner.call('request', [method, path, rest], task, bytes));
  }
}

const NOTHING: TaskStats = { requests: 0, retries: 0, paused: 0 };

/** A task that is made at its first operation, so that making it need not be awaited. */
class LazyTask implements Runner {
  #runner: TaskRunner | undefined;
  #options: TaskOptions;
  #stats = NOTHING;

  constructor(readonly account: AccountRunner, options: TaskOptions) {
    this.#options = options;
  }

  #made(): TaskRunner {
    if (!this.#runner) {
      this.#runner = this.account.task(this.#options);
      const { timeout, ...options } = this.#options;
      if (timeout !== undefined) this.#options = { ...options, deadline: Math.min(Number(options.deadline ?? Infinity), Date.now() + timeout) };
    }
    return this.#runner;
  }

  /**
   * Gives back what the task holds, which by the thousand is too much to leave to the collector. Who goes on with it, as a
   * download does that is resumed, gets another of the same deadline.
   */
  end(): void {
    if (!this.#runner) return;
    this.#stats = this.#runner.end() ?? NOTHING;
    this.#runner = undefined;
  }

  call(method: string, args: unknown[], task: TaskOptions, body?: unknown): Promise<unknown> {
    if (!isReady()) return ready().then(() => this.call(method, args, task, body));
    return this.#made().call(method, args, task, body);
  }

  async *pages(method: string, args: unknown[], task: TaskOptions): AsyncGenerator<string, void> {
    if (!isReady()) await ready();
    yield* this.#made().pages(method, args, task);
  }

  task(): TaskRunner {
    throw invalid('this is a task already: make another from the account');
  }

  stats(): TaskStats {
    return this.#runner?.stats() ?? { ...this.#stats };
  }
}
