// Makes one place hold what another holds: two listings are merged by name, and what differs is copied, object by object.

import { SkyfetchError, invalid } from './error.js';
import { bounds, ready } from './load.js';
import type { StoredObject } from './models.js';
import { order } from './order.js';
import { type TaskOptions, split } from './run.js';
import type { Storage } from './storage.js';
import type { ContainerName } from './storage-models.js';

/** A container, or what is below a prefix in it. */
export interface SyncSide {
  storage: Storage;
  container: ContainerName;
  /** What names start with here; the rest is compared to the other side's. Usually ends in `/`. */
  prefix?: string;
}

/** What would be, or was, done to one object. */
export interface SyncChange {
  readonly action: 'copy' | 'delete';
  /** Without the prefix. */
  readonly name: string;
  /** Bytes of the object copied or deleted. */
  readonly size: number;
  /** Why: it is only at the source, differs in size, is newer there, differs as `compare` found; or is only at the target. */
  readonly reason: 'new' | 'size' | 'newer' | 'differs' | 'gone';
}

/** How far it is. */
export interface SyncProgress {
  /** Objects of the source that were compared so far. */
  compared: number;
  copied: number;
  deleted: number;
  failed: number;
  /** Bytes copied. */
  bytes: number;
  /** What ended just now; absent when it was a part of a large object. */
  change?: SyncChange;
}

export interface SyncOptions extends TaskOptions {
  /** Copies and deletes nothing, and says what it would. */
  dryRun?: boolean;
  /** Deletes at the target what the source does not have: at the end, and only if nothing failed before. */
  delete?: boolean;
  /**
   * When an object that is on both sides is copied: when its size differs or it is `newer` at the source by a second (the default; equal
   * entity tags make equal objects whatever the time), when its `size` differs, when its `etag` differs (for stores of one
   * kind), or when your function says so.
   */
  compare?: 'newer' | 'size' | 'etag' | ((from: StoredObject, to: StoredObject) => boolean);
  /** Which names, without the prefix, take part; others are neither copied nor deleted. */
  filter?: (name: string) => boolean;
  /** How many objects are copied at once; 16 by default, 6 in Workers. */
  concurrency?: number;
  /** As in `upload`; at most 4 parts of each object are in memory. */
  partSize?: number;
  /** As in `download`. */
  verify?: boolean;
  onProgress?: (progress: SyncProgress) => void;
}

export interface SyncResult {
  readonly compared: number;
  readonly copied: number;
  readonly deleted: number;
  /** Bytes copied. */
  readonly bytes: number;
  readonly failed: readonly { readonly change: SyncChange; readonly error: Error }[];
  /** What a dry run would do. */
  readonly changes: readonly SyncChange[];
}

/** A listing, an object ahead, whose names are those without the prefix; it says when they are not in order. */
class Listing {
  #objects: AsyncIterator<StoredObject>;
  #last: string | undefined;
  head: { name: string; object: StoredObject } | undefined;

  constructor(readonly side: SyncSide, readonly takes: (name: string) => boolean, task: TaskOptions) {
    const { storage, container, prefix = '' } = side;
    this.#objects = storage.objects(container, { ...task, ...(prefix && { prefix }) })[Symbol.asyncIterator]();
  }

  async next(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#objects.next();
      if (done) return void (this.head = undefined);
      const name = value.name.slice((this.side.prefix ?? '').length);
      if (this.#last !== undefined && order(this.#last, name) >= 0) throw new Disorder();
      this.#last = name;
      // A folder's own entry, as some tools make them, has no name here.
      if (name === '' || !this.takes(name)) continue;
      return void (this.head = { name, object: value });
    }
  }

  async end(): Promise<void> {
    await this.#objects.return?.();
  }
}

/** A listing is not in the order of its names. */
class Disorder extends Error {}

type Pair = [name: string, from: StoredObject | undefined, to: StoredObject | undefined];

/** Each name, with what each side has of it. Only a page of each listing is in memory, if they are in order. */
async function* merged(from: SyncSide, to: SyncSide, takes: (name: string) => boolean, task: TaskOptions): AsyncGenerator<Pair, void> {
  const [a, b] = [new Listing(from, takes, task), new Listing(to, takes, task)];
  try {
    await Promise.all([a.next(), b.next()]);
    while (a.head || b.head) {
      const before = !a.head ? 1 : !b.head ? -1 : order(a.head.name, b.head.name);
      yield [(before <= 0 ? a : b).head!.name, before <= 0 ? a.head!.object : undefined, before >= 0 ? b.head!.object : undefined];
      await Promise.all([before <= 0 && a.next(), before >= 0 && b.next()]);
    }
  } finally {
    await Promise.all([a.end(), b.end()]);
  }
}

/** The same of listings in any order, which have to be in memory. */
async function* gathered(from: SyncSide, to: SyncSide, takes: (name: string) => boolean, task: TaskOptions): AsyncGenerator<Pair, void> {
  const list = async ({ storage, container, prefix = '' }: SyncSide) => {
    const found = new Map<string, StoredObject>();
    for await (const object of storage.objects(container, { ...task, ...(prefix && { prefix }) })) {
      const name = object.name.slice(prefix.length);
      if (name !== '' && takes(name)) found.set(name, object);
    }
    return found;
  };
  const [a, b] = await Promise.all([list(from), list(to)]);
  for (const [name, object] of a) yield [name, object, b.get(name)];
  for (const [name, object] of b) if (!a.has(name)) yield [name, undefined, object];
}

/** Why an object is to be copied; nothing when it is the same. */
function differs(from: StoredObject, to: StoredObject, compare: NonNullable<SyncOptions['compare']>): SyncChange['reason'] | undefined {
  if (typeof compare === 'function') return compare(from, to) ? 'differs' : undefined;
  if (from.size !== to.size) return 'size';
  if (compare === 'size') return undefined;
  const same = from.etag !== null && from.etag === to.etag;
  if (compare === 'etag') return same ? undefined : 'differs';
  // Some stores keep whole seconds.
  const second = ({ lastModified }: StoredObject) => Math.floor(Date.parse(lastModified ?? '') / 1000);
  return !same && second(from) > second(to) ? 'newer' : undefined;
}

const nameOf = (container: ContainerName) => (typeof container === 'string' ? container : container.name);

function check(from: SyncSide, to: SyncSide, { compare = 'newer', concurrency = 1 }: SyncOptions): void {
  const [a, b] = [from.prefix ?? '', to.prefix ?? ''];
  if (from.storage === to.storage && nameOf(from.container) === nameOf(to.container) && (a.startsWith(b) || b.startsWith(a))) {
    throw invalid('source and target lie in each other: what is copied would be listed, and copied again');
  }
  if (typeof compare !== 'function' && !['newer', 'size', 'etag'].includes(compare)) throw invalid('option "compare" must be "newer", "size", "etag" or a function');
  if (!Number.isInteger(concurrency) || concurrency < 1) throw invalid('option "concurrency" must be a whole number, at least 1');
}

/**
 * Makes `to` hold what `from` holds. The two may be of any providers; between them each object is a stream. Every object is
 * tried, whatever fails: `failed` says what did. Run again, it does what is left to do.
 *
 * Rejects when a listing fails, or the signal fires; what was copied until then is there.
 */
export async function sync(from: SyncSide, to: SyncSide, options: SyncOptions = {}): Promise<SyncResult> {
  check(from, to, options);
  const { task, own } = split(options as TaskOptions & Record<string, unknown>);
  // One end for all of it, not one for each request.
  if (task.timeout !== undefined) task.deadline = Math.min(Date.now() + task.timeout, Number(task.deadline ?? Infinity));
  task.timeout = undefined;
  const { dryRun, delete: deletes, compare = 'newer', filter = () => true, concurrency = bounds.concurrency, onProgress, ...how } = own as SyncOptions;
  await ready();
  const now = { compared: 0, copied: 0, deleted: 0, bytes: 0 };
  const failed: { change: SyncChange; error: Error }[] = [];
  const changes: SyncChange[] = [];
  const gone: SyncChange[] = [];
  const running = new Set<Promise<void>>();
  let stop: unknown;
  const tell = (change?: SyncChange) => onProgress?.({ ...now, failed: failed.length, ...(change && { change }) });

  const copy = async (change: SyncChange) => {
    const { name, size } = change;
    let told = 0;
    const onProgress = ({ bytes }: { bytes: number }) => {
      now.bytes += bytes - told;
      told = bytes;
      if (bytes < size) tell();
    };
    const [source, target] = [(from.prefix ?? '') + name, (to.prefix ?? '') + name];
    try {
      if (from.storage !== to.storage || !(await copiedWithin(source, target))) await from.storage.copyTo(from.container, source, to.storage, to.container, target, { ...task, ...how, onProgress });
      now.bytes += size - told;
      now.copied += 1;
    } catch (error) {
      now.bytes -= told;
      if (task.signal?.aborted) stop ??= error;
      else failed.push({ change, error: error as Error });
    }
    tell(change);
  };

  /** Whether the provider itself could copy the object. */
  const copiedWithin = async (source: string, target: string): Promise<boolean> => {
    try {
      await from.storage.copyObject(from.container, source, to.container, target, task);
      return true;
    } catch (error) {
      if (error instanceof SkyfetchError && error.kind === 'unsupported') return false;
      throw error;
    }
  };

  const look = async (pairs: AsyncGenerator<Pair, void>) => {
    for await (const [name, source, target] of pairs) {
      if (stop) break;
      if (!source) {
        gone.push({ action: 'delete', name, size: target!.size, reason: 'gone' });
        continue;
      }
      now.compared += 1;
      const reason = target ? differs(source, target, compare) : 'new';
      if (!reason) continue;
      const change: SyncChange = { action: 'copy', name, size: source.size, reason };
      if (dryRun) {
        changes.push(change);
        continue;
      }
      while (running.size >= concurrency) await Promise.race(running);
      const job: Promise<void> = copy(change).finally(() => running.delete(job));
      running.add(job);
    }
  };

  try {
    try {
      await look(merged(from, to, filter, task));
    } catch (error) {
      if (!(error instanceof Disorder)) throw error;
      // From the start; what was copied by now is the same.
      await Promise.all(running);
      gone.length = failed.length = changes.length = now.compared = 0;
      await look(gathered(from, to, filter, task));
    }
  } finally {
    await Promise.all(running);
  }
  if (stop) throw stop;
  if (deletes && dryRun) changes.push(...gone);
  else if (deletes && failed.length === 0) await remove(gone);
  return Object.freeze({ ...now, failed, changes });

  async function remove(all: SyncChange[]): Promise<void> {
    for (let at = 0; at < all.length; at += 1000) {
      const batch = all.slice(at, at + 1000);
      const left = await remover(batch);
      for (const [i, change] of batch.entries()) {
        const error = left[i];
        if (error) failed.push({ change, error });
        else now.deleted += 1;
        tell(change);
      }
    }
  }

  /** Deletes a batch, together where the provider can; gives an error for each that could not be deleted. */
  async function remover(batch: SyncChange[]): Promise<(Error | undefined)[]> {
    const names = batch.map((change) => (to.prefix ?? '') + change.name);
    try {
      const left = new Map((await to.storage.deleteObjects(to.container, names, task)).map((one) => [one.name, one]));
      return names.map((name) => left.get(name) && new SkyfetchError({ kind: 'unavailable', message: left.get(name)!.message, code: left.get(name)!.code, operation: 'deleteObjects' }));
    } catch (error) {
      if (!(error instanceof SkyfetchError) || error.kind !== 'unsupported') throw error;
    }
    const settled = await to.storage.each(names, (driver, name) => driver.deleteObject(to.container, name), { ...task, concurrency });
    return settled.map((one) => (one.status === 'rejected' ? (one.reason as Error) : undefined));
  }
}
