// A caller's body, cut into parts that can be sent twice. The bytes stay in JavaScript.

import { invalid } from './error.js';

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
    /** Hears of all bytes sent so far. */
    readonly sent: (bytes: number) => void,
  ) {
    if (source instanceof ReadableStream) this.#reader = source.getReader();
  }

  /** The next part, of `size` bytes unless it is the last; nothing after that. */
  async next(size: number): Promise<Uint8Array | Blob | undefined> {
    const { source } = this;
    if (source instanceof Blob || source instanceof Uint8Array) {
      const from = this.#at;
      const length = source instanceof Blob ? source.size : source.byteLength;
      if (from >= length) return undefined;
      this.#at = Math.min(from + size, length);
      return source instanceof Blob ? source.slice(from, this.#at) : source.subarray(from, this.#at);
    }
    const part = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      if (this.#rest.byteLength === 0) {
        const { done, value } = await this.#reader!.read().catch((reason: unknown) => {
          this.failure = reason;
          throw reason;
        });
        if (done) break;
        if (!(value instanceof Uint8Array)) throw invalid('the stream must give bytes (Uint8Array); pipe text through a TextEncoderStream');
        this.#rest = value as Uint8Array<ArrayBuffer>;
        continue;
      }
      const chunk = this.#rest.subarray(0, size - filled);
      part.set(chunk, filled);
      filled += chunk.byteLength;
      this.#rest = this.#rest.subarray(chunk.byteLength);
    }
    return filled === 0 ? undefined : part.subarray(0, filled);
  }

  /** Lets go of the stream: what was not read is cancelled. */
  end(): void {
    this.#reader?.cancel().catch(() => {});
  }
}
