// The jobs that the terminal and the page both show, and how they are measured.

/**
 * Counts what a job's requests do. `onEvent` goes into the options of every call of the job.
 *
 * `serial` is what the same operations would at least have taken one after another: each request as long as the quickest
 * one took, the pauses before retries, and the reading of bodies. The plain sum of what requests took would be too high:
 * joined requests wait for each other's turn on the thread and share the line.
 */
export class Meter {
  requests = 0;
  retries = 0;
  inFlight = 0;

  #answers = 0;
  #quickest = Infinity;
  #beside = 0;
  #hear;

  constructor(hear = () => {}) {
    this.#hear = hear;
  }

  onEvent = (event) => {
    if (event.type === 'request') {
      this.requests++;
      this.inFlight++;
    } else if (event.type === 'response') {
      this.inFlight--;
      if (event.status < 400) {
        this.#answers++;
        this.#quickest = Math.min(this.#quickest, event.took);
      }
    } else if (event.type === 'lost') {
      this.inFlight--;
    } else {
      this.retries++;
      this.#beside += event.after;
    }
    this.#hear(event);
  };

  /** Counts what an operation took beside its requests. */
  add(ms) {
    this.#beside += ms;
  }

  get serial() {
    return (this.#answers && this.#answers * this.#quickest) + this.#beside;
  }

  /** A request that is cut off hears no answer; when its job is over, it is not in flight either. */
  end() {
    this.inFlight = 0;
  }
}

/** What a fan-out settled, apart: values, and the errors with their index. */
export function sort(settled) {
  const values = settled.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  const errors = settled.filter((one) => one.status === 'rejected').map((one) => one.reason);
  return { values, errors };
}

/** Names with numbers of equal width, so that they sort as they count. */
export function names(prefix, count, suffix = '') {
  const width = String(count).length;
  return Array.from({ length: count }, (_, i) => `${prefix}${String(i + 1).padStart(width, '0')}${suffix}`);
}

/** Creates servers, joined. */
export async function createServers(cloud, serverNames, spec, options) {
  return sort(await cloud.createNodes(serverNames.map((name) => ({ ...spec, name })), options));
}

/** States that end a boot, well or not. */
const SETTLED = new Set(['running', 'error', 'terminated', 'stopped', 'suspended']);

/** Watches servers by id until each has booted or failed; tells every state it sees. Gives the states by id. */
export async function watchServers(cloud, ids, { onState = () => {}, interval, ...task }) {
  const states = new Map(ids.map((id) => [id, 'pending']));
  const open = new Set(ids);
  if (open.size === 0) return states;
  for await (const { type, node } of cloud.watch({ interval, ...task })) {
    if (!states.has(node.id)) continue;
    const state = type === 'removed' ? 'terminated' : node.state;
    states.set(node.id, state);
    if (SETTLED.has(state)) open.delete(node.id);
    onState(states);
    if (open.size === 0) break;
  }
  return states;
}

/** Destroys servers, joined. */
export async function destroyServers(cloud, nodes, options) {
  return sort(await cloud.each(nodes, (driver, node) => driver.destroyNode(node), options));
}

/** The bytes of a demonstration file: made from its name, so that what comes back can be checked. */
export function fileBytes(name, size) {
  const line = new TextEncoder().encode(`${name}\n`);
  const bytes = new Uint8Array(size);
  bytes.set(line.subarray(0, size));
  // Doubles what there is: a handful of copies, however long the file.
  for (let at = line.length; at < size; at *= 2) bytes.copyWithin(at, 0, Math.min(at, size - at));
  return bytes;
}

/** Uploads files, joined: each with a fresh driver. */
export async function uploadFiles(bucket, container, fileNames, size, options) {
  const upload = (driver, name) => driver.upload(container, name, fileBytes(name, size), { contentType: 'text/plain' });
  return sort(await bucket.each(fileNames, upload, options));
}

/** Downloads files, so many in flight, reads them and compares them with what was uploaded. */
export async function downloadFiles(bucket, container, fileNames, size, { meter, onFile = () => {}, ...options }) {
  const errors = [];
  let bytes = 0;
  for await (const file of bucket.downloadMany(container, fileNames, options)) {
    try {
      if (file.error) throw file.error;
      const started = performance.now();
      const content = await file.bytes();
      meter.add(performance.now() - started);
      bytes += content.length;
      if (!same(content, fileBytes(file.name, size))) throw new Error(`${file.name} came back with other bytes`);
    } catch (error) {
      errors.push(error);
    }
    onFile({ bytes, failed: errors.length });
  }
  return { bytes, errors };
}

function same(a, b) {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** A moment in words, as people say it. */
export function duration(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export const count = (n) => n.toLocaleString('en');

/** "1 server", "20 servers". */
export const some = (n, what) => `${count(n)} ${what}${n === 1 ? '' : 's'}`;
