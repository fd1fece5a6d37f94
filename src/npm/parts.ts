// A caller's body, cut into parts that can be sent twice. The bytes stay in JavaScript.

import { invalid } from './error.js';
import { sumOf } from './sums.js';
import type { Checksum } from './storage-models.js';

/** What can be uploaded. */
export type UploadBody = string | ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array>;

/** A body as bytes, blob or stream. */
export function toSized(body: UploadBody): Uint8Array | Blob | ReadableStream<Uint8Array> {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof Blob || body instanceof ReadableStream) return body;
  throw invalid('a body must be a string, ArrayBuffer, typed array, Blob or ReadableStream of bytes');
}

/** A body's bytes, all of them. */
export const toBytes = async (body: Uint8Array | Blob): Promise<Uint8Array> => (body instanceof Blob ? new Uint8Array(await body.arrayBuffer()) : body);

/** What is known of a body, and who hears of it. */
interface About {
  total: number | undefined;
  checksum: Checksum | undefined;
  /** Hears of all bytes sent so far. */
  sent: (bytes: number) => void;
  /** Hears of the upload's id. */
  started: (id: string) => void;
}

/** Cuts a body; the core asks for the next part when there is room for one. */
export class Parts {
  #at = 0;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #rest = new Uint8Array();
  /** The checksum of the part that came last, as `crc32c=BASE64`, where one is wanted. */
  checksum: string | undefined;
  /** Why the caller's stream failed. */
  failure: unknown;

  constructor(
    readonly source: Uint8Array | Blob | ReadableStream<Uint8Array>,
    readonly about: About,
  ) {
    if (source instanceof ReadableStream) this.#reader = source.getReader();
  }

  sent(bytes: number): void {
    this.about.sent(bytes);
  }

  started(id: string): void {
    this.about.started(id);
  }

  /** The next part, of `size` bytes unless it is the last; nothing after that. */
  async next(size: number): Promise<Uint8Array | Blob | undefined> {
    const part = await this.#cut(size);
    const { checksum } = this.about;
    if (checksum === undefined || part === undefined) return part;
    const bytes = await toBytes(part);
    this.checksum = await sumOf(checksum, bytes);
    return bytes;
  }

  async #cut(size: number): Promise<Uint8Array | Blob | undefined> {
    const { source } = this;
    const from = this.#at;
    if (source instanceof Blob || source instanceof Uint8Array) {
      const length = source instanceof Blob ? source.size : source.byteLength;
      if (from >= length) return undefined;
      this.#at = Math.min(from + size, length);
      return source instanceof Blob ? source.slice(from, this.#at) : source.subarray(from, this.#at);
    }
    const total = this.about.total ?? Infinity;
    const part = new Uint8Array(Math.min(size, total - from));
    let filled = 0;
    while (filled < part.byteLength && (await this.#more())) {
      const chunk = this.#rest.subarray(0, part.byteLength - filled);
      part.set(chunk, filled);
      filled += chunk.byteLength;
      this.#rest = this.#rest.subarray(chunk.byteLength);
    }
    this.#at += filled;
    if (this.#at === total && (await this.#more())) throw invalid('the stream is longer than its size was said to be');
    return filled === 0 ? undefined : part.subarray(0, filled);
  }

  /** Whether bytes are there that were not taken yet. */
  async #more(): Promise<boolean> {
    while (this.#rest.byteLength === 0) {
      const { done, value } = await this.#reader!.read().catch((reason: unknown) => {
        this.failure = reason;
        throw reason;
      });
      if (done) return false;
      if (!(value instanceof Uint8Array)) throw invalid('the stream must give bytes (Uint8Array); pipe text through a TextEncoderStream');
      this.#rest = value as Uint8Array<ArrayBuffer>;
    }
    return true;
  }

  /** Lets go of the stream: what was not read is cancelled. */
  end(): void {
    this.#reader?.cancel().catch(() => {});
  }
}
