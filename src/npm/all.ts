// Many accounts as one: what each has, as it comes, whatever becomes of the others.

import type { Compute } from './compute.js';
import { invalid } from './error.js';
import { bounds } from './load.js';
import type { Node } from './models.js';
import type { TaskOptions } from './run.js';

/** A node and whose it is, or why an account could not tell all of its nodes. */
export type Found = {
  readonly account: Compute;
  /** The account's place in the list. */
  readonly index: number;
} & ({ readonly node: Node; readonly error?: undefined } | { readonly node?: undefined; readonly error: Error });

/** Options of a list over many accounts. */
export interface AllOptions extends TaskOptions {
  /** How many accounts are asked at once; 16 by default, 6 in Workers. */
  concurrency?: number | undefined;
}

/** Compute accounts at any providers. */
export class Accounts {
  /** @internal */
  constructor(readonly accounts: readonly Compute[]) {}

  /**
   * The nodes of all accounts, page by page as they come, each with its account. An account that fails gives its error in
   * the place of what it could not list; the others go on.
   */
  async *nodes(options: AllOptions = {}): AsyncGenerator<Found, void> {
    const { concurrency = bounds.concurrency, ...task } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1) throw invalid('option "concurrency" must be a whole number, at least 1');
    // Who leaves the loop early needs no more answers.
    const left = new AbortController();
    task.signal = task.signal ? AbortSignal.any([task.signal, left.signal]) : left.signal;
    const waiting = this.accounts.map((account) => ({ account, list: account.nodes(task) }));
    const running = new Map<number, Promise<{ at: number; found: Found | undefined }>>();
    let next = 0;
    const ask = (at: number, { account, list }: (typeof waiting)[number]) =>
      running.set(
        at,
        list.next().then(
          ({ done, value }) => ({ at, found: done ? undefined : { account, index: at, node: value as Node } }),
          (error: Error) => ({ at, found: { account, index: at, error } }),
        ),
      );
    try {
      for (;;) {
        while (next < waiting.length && running.size < concurrency) {
          ask(next, waiting[next]!);
          next++;
        }
        if (running.size === 0) return;
        const { at, found } = await Promise.race(running.values());
        running.delete(at);
        if (found?.node) ask(at, waiting[at]!);
        if (found) yield found;
      }
    } finally {
      left.abort();
    }
  }

  /** All nodes of all accounts: an entry an account, in their order, with its nodes or its error. */
  async listNodes(options: AllOptions = {}): Promise<readonly ({ account: Compute; nodes: readonly Node[]; error: Error | undefined })[]> {
    const all = this.accounts.map((account) => ({ account, nodes: [] as Node[], error: undefined as Error | undefined }));
    for await (const { index, node, error } of this.nodes(options)) {
      const entry = all[index]!;
      if (node) entry.nodes.push(node);
      else entry.error = error;
    }
    return all;
  }
}
