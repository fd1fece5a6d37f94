// Objects in memory, or in a directory that the runtime gives, as a browser's own file system (OPFS).

import { type Bucket, type Buckets, type Bytes, type Flow, type ListQuery, type Only, Refusal, type Stored, type What, holds, within } from './bucket.js';
import { order } from './order.js';
import type { sumOf } from './sums.js';

type SumOf = typeof sumOf;
type Algorithm = Parameters<SumOf>[0];

/** What is said of a file besides its bytes. */
interface About extends Partial<What> {
  etag: string;
  modified: number;
}

interface File {
  about: About;
  bytes: Blob;
}

/** A folder of files and folders, by any names. */
interface Folder {
  names(): Promise<string[]>;
  get(name: string): Promise<File | undefined>;
  put(name: string, file: File): Promise<void>;
  delete(name: string): Promise<void>;
  folders(): Promise<string[]>;
  /** Nothing when there is none and it is not to be made. */
  folder(name: string, make?: boolean): Promise<Folder | undefined>;
  /** Removes a folder with all that is in it. */
  drop(name: string): Promise<void>;
}

class Memory implements Folder {
  #files = new Map<string, File>();
  #folders = new Map<string, Memory>();

  async names() {
    return [...this.#files.keys()];
  }
  async get(name: string) {
    return this.#files.get(name);
  }
  async put(name: string, file: File) {
    this.#files.set(name, file);
  }
  async delete(name: string) {
    this.#files.delete(name);
  }
  async folders() {
    return [...this.#folders.keys()];
  }
  async folder(name: string, make = false) {
    if (make && !this.#folders.has(name)) this.#folders.set(name, new Memory());
    return this.#folders.get(name);
  }
  async drop(name: string) {
    this.#folders.delete(name);
  }
}

/**
 * A name as file systems take it, whatever they make of case, dots and length: `_41` for `A`, and so for all but small
 * letters and digits; in pieces, which nest. A piece that more come after starts with `d`, the last with `f`; with `c` when
 * it is a folder.
 */
function encode(name: string, last: 'f' | 'c'): string[] {
  let text = '';
  for (const byte of new TextEncoder().encode(name)) {
    const plain = (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57);
    text += plain ? String.fromCharCode(byte) : `_${byte.toString(16).padStart(2, '0')}`;
  }
  const pieces = text.match(/.{1,120}/g) ?? [''];
  return pieces.map((piece, i) => (i < pieces.length - 1 ? 'd' : last) + piece);
}

function decode(text: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '_') bytes.push(parseInt(text.slice(i + 1, (i += 2) + 1), 16));
    else bytes.push(text.charCodeAt(i));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

const missing = (error: unknown): undefined => {
  if ((error as DOMException)?.name === 'NotFoundError') return undefined;
  throw error;
};

/** How many bytes at a file's end are looked at for what is said of it. */
const TAIL = 1024;

/**
 * A directory's files hold the bytes, then what is said of them as JSON, then the length of that in eight digits: so a file
 * is replaced with all that belongs to it, or not at all.
 */
class Directory implements Folder {
  constructor(readonly handle: FileSystemDirectoryHandle) {}

  async #pieces(kind: 'f' | 'c'): Promise<string[]> {
    const found: string[] = [];
    const look = async (handle: FileSystemDirectoryHandle, before: string) => {
      for await (const [name, entry] of handle.entries()) {
        if (name[0] === kind) found.push(decode(before + name.slice(1)));
        else if (name[0] === 'd') await look(entry as FileSystemDirectoryHandle, before + name.slice(1));
      }
    };
    await look(this.handle, '');
    return found;
  }
  names() {
    return this.#pieces('f');
  }
  folders() {
    return this.#pieces('c');
  }

  /** The directory that a name's last piece is in, and that piece. */
  async #place(name: string, kind: 'f' | 'c', create: boolean): Promise<[FileSystemDirectoryHandle, string]> {
    const pieces = encode(name, kind);
    let at = this.handle;
    for (const piece of pieces.slice(0, -1)) at = await at.getDirectoryHandle(piece, { create });
    return [at, pieces.at(-1)!];
  }

  async get(name: string): Promise<File | undefined> {
    try {
      const [at, piece] = await this.#place(name, 'f', false);
      const file = await (await at.getFileHandle(piece)).getFile();
      const end = async (length: number) => new Uint8Array(await file.slice(Math.max(0, file.size - length)).arrayBuffer());
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      let tail = await end(TAIL);
      const length = Number(text(tail.subarray(-8))) + 8;
      if (length > tail.length) tail = await end(length);
      const about = JSON.parse(text(tail.subarray(tail.length - length, -8))) as About;
      return { about, bytes: file.slice(0, file.size - length) };
    } catch (error) {
      return missing(error);
    }
  }

  async put(name: string, { about, bytes }: File) {
    const [at, piece] = await this.#place(name, 'f', true);
    const handle = await at.getFileHandle(piece, { create: true });
    if (!handle.createWritable) throw new Refusal('NotImplemented', 'this browser cannot write files in a stream: it has no createWritable');
    const said = new Blob([JSON.stringify(about)]);
    const stream = await handle.createWritable();
    try {
      await stream.write(new Blob([bytes, said, String(said.size).padStart(8, '0')]));
    } catch (error) {
      await stream.abort().catch(() => {});
      throw error;
    }
    await stream.close();
  }

  async delete(name: string) {
    await this.#place(name, 'f', false).then(([at, piece]) => at.removeEntry(piece)).catch(missing);
  }

  async folder(name: string, create = false) {
    try {
      const [at, piece] = await this.#place(name, 'c', create);
      return new Directory(await at.getDirectoryHandle(piece, { create }));
    } catch (error) {
      return missing(error);
    }
  }

  async drop(name: string) {
    await this.#place(name, 'c', false).then(([at, piece]) => at.removeEntry(piece, { recursive: true })).catch(missing);
  }
}

/** The file that says when a container was made; and in an upload, what the object will be. No object has this name. */
const SAID = '';

class LocalBucket implements Bucket {
  /** Who waits to change an object, so that conditions hold when it is changed. */
  #turns = new Map<string, Promise<unknown>>();
  /** The names of a listing that goes on. */
  #listed: string[] | undefined;

  constructor(readonly folder: Folder, readonly sumOf: SumOf) {}

  async #turn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(work, work);
    this.#turns.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }

  async list({ prefix, delimiter, after, cursor, limit }: ListQuery) {
    const names = (cursor !== undefined && this.#listed) || (await this.folder.names()).filter((name) => name !== SAID).sort(order);
    this.#listed = names;
    // A cursor is the last name, or the last prefix, all of whose names are done.
    const [past, from] = cursor === undefined ? [after, ''] : cursor.startsWith('n') ? [cursor.slice(1), ''] : ['', cursor.slice(1)];
    const prefixes: string[] = [];
    const found: string[] = [];
    let more: string | undefined;
    let last = '';
    for (const name of names) {
      if (!name.startsWith(prefix) || (past !== '' && order(name, past) <= 0) || (from !== '' && (name.startsWith(from) || order(name, from) < 0))) continue;
      const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
      const group = cut < 0 ? undefined : name.slice(0, cut + delimiter.length);
      if (group !== undefined && prefixes.at(-1) === group) continue;
      if (prefixes.length + found.length === limit) {
        more = last;
        break;
      }
      if (group !== undefined) prefixes.push(group);
      else found.push(name);
      last = group === undefined ? `n${name}` : `p${group}`;
    }
    if (more === undefined) this.#listed = undefined;
    const objects = await Promise.all(found.map(async (name) => this.#stored(name, await this.folder.get(name))));
    return { objects: objects.filter((one) => one !== undefined), prefixes, cursor: more };
  }

  #stored(name: string, file: File | undefined): Stored | undefined {
    return file && { ...file.about, name, size: file.bytes.size };
  }

  async get(name: string, { only, range, body }: Parameters<Bucket['get']>[1]) {
    const file = await this.folder.get(name);
    const stored = this.#stored(name, file);
    if (!stored) return undefined;
    if (!body || !holds(only, stored.etag)) return { stored };
    const part = range && within(range, stored.size);
    const bytes = part ? file!.bytes.slice(part.start, part.start + part.length) : file!.bytes;
    return { stored, body: bytes.stream() as ReadableStream<Uint8Array>, range: part };
  }

  async #file(body: Bytes | Flow, what: Partial<What>): Promise<File> {
    const bytes = body instanceof Blob ? body : body instanceof Uint8Array ? new Blob([body as Uint8Array<ArrayBuffer>]) : await new Response(body.stream).blob();
    for (const [algorithm, sum] of Object.entries(what.sums ?? {})) {
      if ((await this.sumOf(algorithm as Algorithm, new Uint8Array(await bytes.arrayBuffer()))) !== `${algorithm}=${sum}`) throw new Refusal('BadDigest', `the ${algorithm} differs`);
    }
    return { bytes, about: { ...what, etag: crypto.randomUUID().replaceAll('-', ''), modified: Date.now() } };
  }

  /** Writes an object, unless it is in another state than was asked for. */
  put(name: string, body: Bytes | Flow, what: What, only: Only) {
    return this.#turn(name, async () => {
      if ((only.match ?? only.none) !== undefined && !holds(only, (await this.folder.get(name))?.about.etag)) return undefined;
      const file = await this.#file(body, what);
      await this.folder.put(name, file);
      return this.#stored(name, file);
    });
  }

  async delete(names: string[]) {
    await Promise.all(names.map((name) => this.#turn(name, () => this.folder.delete(name))));
  }

  async #uploads() {
    return (await this.folder.folder('uploads', true))!;
  }

  async #upload(name: string, id: string): Promise<Folder> {
    const upload = await (await this.#uploads()).folder(id);
    const about = (await upload?.get(SAID))?.about as (About & { of?: string }) | undefined;
    if (!upload || about?.of !== name) throw new Refusal('NoSuchUpload', 'there is no such upload');
    return upload;
  }

  async start(name: string, what: What) {
    const id = crypto.randomUUID();
    const { about } = await this.#file(new Uint8Array(), { ...what, sums: {} });
    const upload = (await (await this.#uploads()).folder(id, true))!;
    await upload.put(SAID, { bytes: new Blob(), about: { ...about, of: name } as About });
    return id;
  }

  async part(name: string, id: string, number: number, body: Bytes, { sums }: What) {
    const upload = await this.#upload(name, id);
    const part = await this.#file(body, { sums });
    await upload.put(String(number), part);
    return part.about.etag;
  }

  finish(name: string, id: string, parts: { number: number; etag: string }[]) {
    return this.#turn(name, async () => {
      const upload = await this.#upload(name, id);
      const files = await Promise.all(parts.map((part) => upload.get(String(part.number))));
      if (files.some((file, i) => file?.about.etag !== parts[i]!.etag)) throw new Refusal('InvalidPart', 'a part is not there, or is another one');
      const { headers, metadata } = (await upload.get(SAID))!.about;
      const file = await this.#file(new Blob(files.map((file) => file!.bytes)), { headers: headers ?? {}, metadata: metadata ?? {} });
      await this.folder.put(name, file);
      await (await this.#uploads()).drop(id);
      return this.#stored(name, file)!;
    });
  }

  async abort(name: string, id: string) {
    await this.#upload(name, id);
    await (await this.#uploads()).drop(id);
  }

  async uploads() {
    const all = await this.#uploads();
    const found = await Promise.all((await all.folders()).map(async (id) => ({ id, about: (await (await all.folder(id))?.get(SAID))?.about as (About & { of: string }) | undefined })));
    const there = found.filter(({ about }) => about).map(({ id, about }) => ({ id, name: about!.of, started: about!.modified }));
    return there.sort((a, b) => order(a.name, b.name) || a.started - b.started);
  }

  async parts(name: string, id: string) {
    const upload = await this.#upload(name, id);
    const numbers = (await upload.names()).filter((n) => n !== SAID).map(Number).sort((a, b) => a - b);
    const files = await Promise.all(numbers.map((number) => upload.get(String(number))));
    return files.flatMap((file, i) => (file ? [{ number: numbers[i]!, etag: file.about.etag, size: file.bytes.size, sums: file.about.sums ?? {} }] : []));
  }
}

/** Containers in memory, or in a directory. */
export class Local implements Buckets {
  readonly knows = [];
  #root: Folder;
  #open = new Map<string, LocalBucket>();

  constructor(directory: FileSystemDirectoryHandle | undefined, readonly sumOf: SumOf) {
    this.#root = directory ? new Directory(directory) : new Memory();
  }

  async all() {
    const names = (await this.#root.folders()).sort(order);
    return Promise.all(names.map(async (name) => ({ name, created: (await (await this.#root.folder(name))?.get(SAID))?.about.modified })));
  }

  async bucket(name: string) {
    const folder = await this.#root.folder(name);
    if (!folder) return void this.#open.delete(name);
    // One for all who ask, for they take turns.
    if (!this.#open.has(name)) this.#open.set(name, new LocalBucket(folder, this.sumOf));
    return this.#open.get(name);
  }

  async create(name: string) {
    if (await this.#root.folder(name)) throw new Refusal('BucketAlreadyOwnedByYou', 'there is such a container already');
    const folder = (await this.#root.folder(name, true))!;
    await folder.put(SAID, { bytes: new Blob(), about: { etag: '', modified: Date.now() } });
  }

  async remove(name: string) {
    const names = await (await this.#root.folder(name))!.names();
    if (names.some((one) => one !== SAID)) throw new Refusal('BucketNotEmpty', 'the container is not empty');
    await this.#root.drop(name);
    this.#open.delete(name);
  }

  fault(error: unknown): Refusal | undefined {
    const { name, message } = error as DOMException;
    const code = { QuotaExceededError: 'QuotaExceeded', NotAllowedError: 'AccessDenied', SecurityError: 'AccessDenied', NoModificationAllowedError: 'ServiceUnavailable', NotReadableError: 'ServiceUnavailable' }[name];
    return code === undefined ? undefined : new Refusal(code, message);
  }
}
