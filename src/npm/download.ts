// What a download gives: an object, its bytes as a stream, and what a caller may ask of that stream.

import { SkyfetchError } from './error.js';
import type { StoredObject } from './models.js';
import { parse, pause } from './run.js';
import type { Download, DownloadOptions } from './storage-models.js';
import { KNOWN, sum } from './sums.js';

/** What the core gives. */
export interface RawDownload {
  object: string;
  body: ReadableStream<Uint8Array> | null;
  length: number | null;
}

type Range = NonNullable<DownloadOptions['range']>;

/** How a download goes on. */
interface How {
  range: Range | undefined;
  verify: boolean | undefined;
  resume: boolean | undefined;
  onProgress: DownloadOptions['onProgress'] | undefined;
  signal: AbortSignal | undefined;
  /** Asks for the object, or a part of it, again. */
  again: (range: Range | undefined) => Promise<RawDownload>;
  retries: number;
}

const broken = (cause: unknown, signal: AbortSignal | undefined) =>
  signal?.aborted
    ? new SkyfetchError({ kind: 'cancelled', message: 'the task was cancelled', cause })
    : new SkyfetchError({ kind: 'transport', message: 'the download broke off', cause });

export class Downloaded implements Download {
  declare readonly name: string;
  declare readonly container: string;
  declare readonly size: number;
  declare readonly etag: string | null;
  declare readonly lastModified: string | null;
  declare readonly contentType: string | null;
  declare readonly metadata: Readonly<Record<string, string>>;
  declare readonly extra: Readonly<Record<string, unknown>>;
  readonly body: ReadableStream<Uint8Array>;
  readonly length: number | undefined;
  #how: How;
  /** The checksum to compare the bytes to. */
  #known: (typeof KNOWN)[number] | undefined;

  constructor(raw: RawDownload, how: How) {
    Object.assign(this, parse<StoredObject>(raw.object));
    this.length = raw.length ?? undefined;
    this.#how = how;
    // A checksum of checksums, as S3 keeps for some uploads in parts, ends in the number of parts.
    this.#known = how.verify ? KNOWN.find((name) => /^[A-Za-z0-9+/]+=*$/.test(String(this.extra[name] ?? ''))) : undefined;
    if (how.verify && !this.#known) {
      raw.body?.cancel().catch(() => {});
      throw new SkyfetchError({ kind: 'unsupported', message: 'there is no checksum of this object to verify it by' });
    }
    this.body = this.#watched(raw);
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.#whole());
  }
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.#whole());
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** All bytes; a body that breaks off is asked for again. */
  async #whole(): Promise<ArrayBuffer> {
    let body = this.body;
    for (let tries = 0; ; tries++) {
      const response = new Response(body);
      try {
        const bytes = await response.arrayBuffer();
        if (this.length === undefined || bytes.byteLength === this.length) return bytes;
        throw new TypeError(`the body has ${bytes.byteLength} of ${this.length} bytes`);
      } catch (error) {
        body = this.#watched(await this.#retry(tries, this.#how.range, error));
      }
    }
  }

  /** The same object's bytes once more, unless that was tried often enough. */
  async #retry(tries: number, range: Range | undefined, error: unknown): Promise<RawDownload> {
    const { retries, signal, again } = this.#how;
    if (error instanceof SkyfetchError) throw error;
    if (tries >= retries || signal?.aborted) throw broken(error, signal);
    await pause(Math.min(50 * 2 ** tries, 5_000) * Math.random(), signal);
    const raw = await again(range);
    const { etag, size } = parse<StoredObject>(raw.object);
    if (etag === this.etag && size === this.size) return raw;
    await raw.body?.cancel();
    throw new SkyfetchError({ kind: 'conflict', message: 'the object changed while it was downloaded', cause: error });
  }

  #watched(raw: RawDownload): ReadableStream<Uint8Array> {
    const { resume, verify, onProgress } = this.#how;
    let body = raw.body ?? new Response(new Uint8Array()).body!;
    if (resume && this.length !== undefined) body = this.#unbroken(body, this.length);
    return verify || onProgress ? body.pipeThrough(this.#watch()) : body;
  }

  /** A body that is carried on where it breaks. */
  #unbroken(body: ReadableStream<Uint8Array>, length: number): ReadableStream<Uint8Array> {
    const { range } = this.#how;
    const start = !range ? 0 : 'start' in range ? range.start : this.size - length;
    let reader = body.getReader();
    let got = 0;
    let tries = 0;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      for (;;) {
        try {
          const { done, value } = await reader.read();
          if (value) {
            got += value.byteLength;
            tries = 0;
            return controller.enqueue(value);
          }
          if (done && got >= length) return controller.close();
          throw new TypeError(`the body has ${got} of ${length} bytes`);
        } catch (error) {
          // All that was missing was the end.
          if (got >= length) return controller.close();
          const raw = await this.#retry(tries++, { start: start + got, end: start + length - 1 }, error);
          reader = raw.body!.getReader();
        }
      }
    };
    return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
  }

  /** Tells of the bytes, and compares their checksum when the last was seen. */
  #watch(): TransformStream<Uint8Array, Uint8Array> {
    const { onProgress } = this.#how;
    const total = this.length;
    const known = this.#known;
    const check = known && sum(known);
    let bytes = 0;
    return new TransformStream({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        check?.add(chunk);
        onProgress?.(total === undefined ? { bytes } : { bytes, total });
        controller.enqueue(chunk);
      },
      flush: (controller) => {
        if (!known || check!.end() === this.extra[known]) return;
        controller.error(new SkyfetchError({ kind: 'malformed', message: `the bytes are not those of the object: their ${known} differs` }));
      },
    });
  }
}
