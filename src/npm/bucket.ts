// Stores without HTTP, behind the S3 driver: its requests are answered here, by the few operations of a `Bucket`. So options,
// errors, retries and uploads in parts are the same code as for every other store.

/** What an object is stored with. */
export interface What {
  /** Media type and headers of downloads, by lower-case name. */
  headers: Record<string, string>;
  metadata: Record<string, string>;
  /** A checksum of the body, in base64: to be checked, and kept. */
  sums: Record<string, string>;
  /** `STANDARD` where nothing else is said. */
  storageClass?: string | undefined;
  /** The caller's own key, in base64. */
  key?: string | undefined;
}

/** An object, without its bytes. */
export interface Stored extends Partial<What> {
  name: string;
  size: number;
  etag: string;
  /** Milliseconds since 1970. */
  modified: number;
}

/** Bytes of requests. */
export type Bytes = Uint8Array | Blob;

/** Bytes of another object. */
export interface Flow {
  stream: ReadableStream<Uint8Array>;
  size: number;
}

/** As in HTTP; both ends inclusive. */
export type Range = { start: number; end: number | undefined } | { suffix: number };

/** Entity tags that an object must, or must not, have; `*` is any. */
export interface Only {
  match: string | undefined;
  none: string | undefined;
}

export interface ListQuery {
  prefix: string;
  delimiter: string;
  /** Only names after this one. */
  after: string;
  /** Where the page before ended. */
  cursor: string | undefined;
  limit: number;
}

export interface Page {
  objects: Stored[];
  prefixes: string[];
  cursor?: string | undefined;
}

/** What a store must be able to do. */
export interface Bucket {
  list(query: ListQuery): Promise<Page>;
  /** Nothing when there is no such object; no body when a condition does not hold. */
  get(name: string, how: { only: Only; range: Range | undefined; key: string | undefined; body: boolean }): Promise<{ stored: Stored; body?: ReadableStream<Uint8Array> | undefined; range?: { start: number; length: number } | undefined } | undefined>;
  /** Nothing when a condition does not hold. */
  put(name: string, body: Bytes | Flow, what: What, only: Only): Promise<Stored | undefined>;
  delete(names: string[]): Promise<void>;
  start(name: string, what: What): Promise<string>;
  /** Gives the part's entity tag. */
  part(name: string, id: string, number: number, body: Bytes, what: What): Promise<string>;
  finish(name: string, id: string, parts: { number: number; etag: string }[]): Promise<Stored>;
  abort(name: string, id: string): Promise<void>;
  uploads?(): Promise<{ name: string; id: string; started: number }[]>;
  parts?(name: string, id: string): Promise<{ number: number; etag: string; size: number; sums: Record<string, string> }[]>;
}

/** A store of buckets. */
export interface Buckets {
  /** Headers beyond the usual that it knows. */
  readonly knows: readonly string[];
  all(): Promise<{ name: string; created?: number | undefined }[]>;
  /** Nothing when there is none. */
  bucket(name: string): Promise<Bucket | undefined>;
  create?(name: string): Promise<void>;
  remove?(name: string): Promise<void>;
  /** What went wrong, in S3's words; nothing when it cannot tell. */
  fault(error: unknown): Refusal | undefined;
}

/** Statuses of S3's error codes. */
const STATUS: Record<string, number> = {
  AccessDenied: 403, BadDigest: 400, BucketAlreadyOwnedByYou: 409, BucketNotEmpty: 409, EntityTooLarge: 400, EntityTooSmall: 400, InternalError: 500, InvalidArgument: 400, InvalidPart: 400,
  InvalidRange: 416, KeyTooLongError: 400, MetadataTooLarge: 400, NoSuchBucket: 404, NoSuchKey: 404, NoSuchUpload: 404, NotImplemented: 501, NotModified: 304, PreconditionFailed: 412, QuotaExceeded: 403,
  ServiceUnavailable: 503, SlowDown: 503,
};

/** A request that is refused, by one of S3's codes. */
export class Refusal extends Error {
  constructor(readonly code: string, message = code) {
    super(message);
  }
}

const escape = (text: string) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!);
const plain = (xml: string) => xml.replace(/&(lt|gt|amp|#13);/g, (_, name: string) => ({ lt: '<', gt: '>', amp: '&', '#13': '\r' })[name]!);
const tag = (name: string, content: string | number) => `<${name}>${content}</${name}>`;
/** Texts of an element, wherever it stands. */
const texts = (xml: string, name: string) => [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((found) => plain(found[1]!));
const xml = (name: string, content: string) => new Response(tag(name, content), { headers: { 'content-type': 'application/xml' } });
const time = (ms: number) => new Date(ms).toISOString();
const bare = (etag: string | null) => etag?.replace(/^"|"$/g, '') || undefined;
const done = (status = 200, headers = {}) => new Response(null, { status, headers });

/** Headers of requests that say nothing that must be kept or done. */
const QUIET = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-copy-source', 'x-amz-metadata-directive', 'x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type', 'x-amz-sdk-checksum-algorithm'];
const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-encoding'];
const META = 'x-amz-meta-';
const CHECKSUM = 'x-amz-checksum-';
export const CLASS = 'x-amz-storage-class';
/** The headers of the caller's own key. */
export const KEY = ['x-amz-server-side-encryption-customer-algorithm', 'x-amz-server-side-encryption-customer-key', 'x-amz-server-side-encryption-customer-key-md5'];

/** One request, taken apart. */
class Ask {
  readonly method: string;
  readonly bucket: string;
  readonly name: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Bytes;
  readonly signal: AbortSignal;

  constructor(url: string, init: RequestInit, knows: readonly string[]) {
    const [path, query] = url.replace(/^\w+:\/\/[^/]*\//, '').split('?') as [string, string | undefined];
    const slash = path.indexOf('/');
    this.method = init.method!;
    this.bucket = decodeURIComponent(slash < 0 ? path : path.slice(0, slash));
    this.name = slash < 0 ? '' : decodeURIComponent(path.slice(slash + 1));
    this.query = new URLSearchParams(query);
    this.headers = init.headers as Headers;
    this.body = (init.body as Bytes | undefined) ?? new Uint8Array();
    this.signal = init.signal!;
    for (const header of this.headers.keys()) {
      if (header.startsWith('x-amz-') && ![META, CHECKSUM].some((start) => header.startsWith(start)) && !QUIET.includes(header) && !knows.includes(header)) throw new Refusal('NotImplemented', `this store has no ${header}`);
    }
  }

  get what(): What {
    const what: What = { headers: {}, metadata: {}, sums: {} };
    for (const [name, value] of this.headers) {
      if (KEPT.includes(name)) what.headers[name] = value;
      else if (name.startsWith(META)) what.metadata[name.slice(META.length)] = value;
      else if (name.startsWith(CHECKSUM) && !QUIET.includes(name)) what.sums[name.slice(CHECKSUM.length)] = value;
    }
    what.storageClass = this.headers.get(CLASS) ?? undefined;
    what.key = this.headers.get(KEY[1]!) ?? undefined;
    return what;
  }

  get only(): Only {
    return { match: bare(this.headers.get('if-match')), none: bare(this.headers.get('if-none-match')) };
  }

  get range(): Range | undefined {
    const [, start, end] = /^bytes=(\d*)-(\d*)$/.exec(this.headers.get('range') ?? '') ?? [];
    if (start === undefined) return undefined;
    return start === '' ? { suffix: Number(end) } : { start: Number(start), end: end === '' ? undefined : Number(end) };
  }

  async text(): Promise<string> {
    return new Response(this.body as BodyInit).text();
  }
}

/** Whether an object's tag is as it must be. */
export const holds = ({ match, none }: Only, etag: string | undefined): boolean =>
  (match === undefined || (etag !== undefined && (match === '*' || match === etag))) && (none === undefined || etag === undefined || (none !== '*' && none !== etag));

/** Where a range lies in an object. */
export function within(range: Range, size: number): { start: number; length: number } {
  const start = 'suffix' in range ? Math.max(0, size - range.suffix) : range.start;
  const end = Math.min(size, ('suffix' in range ? size : (range.end ?? size)) + ('suffix' in range || range.end === undefined ? 0 : 1));
  if (start >= end) throw new Refusal('InvalidRange', 'the object ends before the range starts');
  return { start, length: end - start };
}

function describe(stored: Stored): Headers {
  const headers = new Headers({ etag: `"${stored.etag}"`, 'last-modified': new Date(stored.modified).toUTCString(), ...stored.headers });
  for (const [name, value] of Object.entries(stored.metadata ?? {})) {
    // What others stored may have letters that headers cannot carry.
    const ascii = /^[\t -~]*$/.test(value) ? value : `=?UTF-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(value)))}?=`;
    if (/^[\w.-]+$/.test(name)) headers.set(META + name, ascii);
  }
  for (const [name, value] of Object.entries(stored.sums ?? {})) headers.set(CHECKSUM + name, value);
  if (stored.storageClass) headers.set(CLASS, stored.storageClass);
  return headers;
}

type Pass = TransformStream<Uint8Array, Uint8Array>;
/** Workers' own streams, which pass bytes on without waking any script. */
export const own = globalThis as { IdentityTransformStream?: new () => Pass; FixedLengthStream?: new (length: number) => Pass };

/** A body that ends with a signal, as that of a real answer does. */
function until(signal: AbortSignal, body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  if (own.IdentityTransformStream) return body.pipeThrough(new own.IdentityTransformStream(), { signal });
  const reader = body.getReader();
  let stop = () => {};
  const over = () => signal.removeEventListener('abort', stop);
  return new ReadableStream({
    start(controller) {
      stop = () => {
        controller.error(signal.reason);
        reader.cancel(signal.reason).catch(() => {});
      };
      signal.addEventListener('abort', stop, { once: true });
    },
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        over();
        throw error;
      });
      if (signal.aborted) return;
      if (!done) return controller.enqueue(value);
      over();
      controller.close();
    },
    cancel(reason) {
      over();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

async function read(bucket: Bucket, ask: Ask): Promise<Response> {
  const { only, range, what: { key } } = ask;
  const wanted = ask.method === 'GET';
  const found = await bucket.get(ask.name, { only, range: wanted ? range : undefined, key, body: wanted });
  if (!found) throw new Refusal('NoSuchKey', 'there is no such object');
  const { stored, body } = found;
  if (!holds(only, stored.etag)) return holds({ ...only, none: undefined }, stored.etag) ? done(304) : refuse(new Refusal('PreconditionFailed', 'the object is another one'));
  const headers = describe(stored);
  const part = range && wanted ? found.range : undefined;
  headers.set('content-length', String(part?.length ?? stored.size));
  if (part) headers.set('content-range', `bytes ${part.start}-${part.start + part.length - 1}/${stored.size}`);
  return new Response(wanted && body ? until(ask.signal, body) : null, { status: part ? 206 : 200, headers });
}

const stand = (stored: Stored | undefined): Stored => {
  if (stored) return stored;
  throw new Refusal('PreconditionFailed', 'the object is in another state than was asked for');
};

async function copy(buckets: Buckets, bucket: Bucket, ask: Ask, from: string): Promise<Response> {
  const slash = from.indexOf('/');
  const source = await buckets.bucket(from.slice(0, slash));
  const found = await source?.get(decodeURIComponent(from.slice(slash + 1)), { only: { match: undefined, none: undefined }, range: undefined, key: undefined, body: true });
  if (!found) throw new Refusal('NoSuchKey', 'there is no such object');
  const { headers = {}, metadata = {}, storageClass } = found.stored;
  const given = ask.what;
  const what = ask.headers.get('x-amz-metadata-directive') === 'REPLACE' ? given : { headers, metadata, sums: {}, storageClass: given.storageClass ?? storageClass };
  const stored = stand(await bucket.put(ask.name, found.body ? { stream: found.body, size: found.stored.size } : new Uint8Array(), what, ask.only));
  return xml('CopyObjectResult', tag('ETag', `"${stored.etag}"`) + tag('LastModified', time(stored.modified)));
}

/** Names go percent-encoded, as the driver asks for: XML loses some letters. */
async function list(bucket: Bucket, { query }: Ask): Promise<Response> {
  const limit = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const cursor = query.get('continuation-token') ?? undefined;
  const page = await bucket.list({ prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '', after: query.get('start-after') ?? '', cursor, limit });
  const entry = (o: Stored) => tag('Contents', tag('Key', encodeURIComponent(o.name)) + tag('LastModified', time(o.modified)) + tag('ETag', `"${o.etag}"`) + tag('Size', o.size));
  const next = page.cursor === undefined ? '' : tag('NextContinuationToken', escape(page.cursor));
  const prefixes = page.prefixes.map((prefix) => tag('CommonPrefixes', tag('Prefix', encodeURIComponent(prefix))));
  return xml('ListBucketResult', tag('EncodingType', 'url') + tag('IsTruncated', String(next !== '')) + next + page.objects.map(entry).join('') + prefixes.join(''));
}

async function onBucket(buckets: Buckets, ask: Ask): Promise<Response> {
  const { method, query } = ask;
  if (method === 'PUT' && buckets.create && query.size === 0) return await buckets.create(ask.bucket), done();
  const bucket = await buckets.bucket(ask.bucket);
  if (!bucket) throw new Refusal('NoSuchBucket', 'there is no such bucket');
  if (method === 'HEAD') return done();
  if (method === 'DELETE' && buckets.remove && query.size === 0) return await buckets.remove(ask.bucket), done(204);
  if (method === 'GET' && query.has('list-type')) return list(bucket, ask);
  if (method === 'GET' && query.has('uploads') && bucket.uploads) {
    const upload = (u: { name: string; id: string; started: number }) => tag('Upload', tag('Key', encodeURIComponent(u.name)) + tag('UploadId', u.id) + tag('Initiated', time(u.started)));
    return xml('ListMultipartUploadsResult', tag('EncodingType', 'url') + (await bucket.uploads()).map(upload).join(''));
  }
  if (method === 'POST' && query.has('delete')) return await bucket.delete(texts(await ask.text(), 'Key')), xml('DeleteResult', '');
  throw new Refusal('NotImplemented', 'this store has no such operation');
}

async function onObject(buckets: Buckets, ask: Ask): Promise<Response> {
  const { method, query, name } = ask;
  const bucket = await buckets.bucket(ask.bucket);
  if (!bucket) throw new Refusal('NoSuchBucket', 'there is no such bucket');
  const id = query.get('uploadId');
  if (id !== null) {
    if (method === 'PUT') return done(200, { etag: `"${await bucket.part(name, id, Number(query.get('partNumber')), ask.body, ask.what)}"` });
    if (method === 'DELETE') return await bucket.abort(name, id), done(204);
    if (method === 'POST') {
      const text = await ask.text();
      const etags = texts(text, 'ETag');
      const stored = await bucket.finish(name, id, texts(text, 'PartNumber').map((number, i) => ({ number: Number(number), etag: bare(etags[i]!)! })));
      return xml('CompleteMultipartUploadResult', tag('ETag', `"${stored.etag}"`));
    }
    if (bucket.parts) {
      const sums = (all: Record<string, string>) => Object.entries(all).map(([algorithm, sum]) => tag(`Checksum${algorithm.toUpperCase()}`, sum));
      const parts = (await bucket.parts(name, id)).map((p) => tag('Part', tag('PartNumber', p.number) + tag('ETag', `"${p.etag}"`) + tag('Size', p.size) + sums(p.sums).join('')));
      return xml('ListPartsResult', parts.join(''));
    }
  } else if (query.has('uploads')) return xml('InitiateMultipartUploadResult', tag('UploadId', await bucket.start(name, ask.what)));
  else if (query.size === 0) {
    const from = ask.headers.get('x-amz-copy-source');
    if (method === 'GET' || method === 'HEAD') return read(bucket, ask);
    if (method === 'DELETE') return await bucket.delete([name]), done(204);
    if (from !== null) return copy(buckets, bucket, ask, from);
    const stored = stand(await bucket.put(name, ask.body, ask.what, ask.only));
    return new Response(null, { headers: describe(stored) });
  }
  throw new Refusal('NotImplemented', 'this store has no such operation');
}

function refuse({ code, message }: Refusal): Response {
  return new Response(tag('Error', tag('Code', code) + tag('Message', escape(message))), { status: STATUS[code] ?? 500 });
}

/** A `fetch` that these buckets answer. */
export function serve(buckets: Buckets): typeof globalThis.fetch {
  return async (url, init = {}) => {
    init.signal?.throwIfAborted();
    try {
      const ask = new Ask(String(url), init, buckets.knows);
      if (ask.name !== '') return await onObject(buckets, ask);
      if (ask.bucket !== '') return await onBucket(buckets, ask);
      const bucket = (b: { name: string; created?: number | undefined }) => tag('Bucket', tag('Name', b.name) + (b.created === undefined ? '' : tag('CreationDate', time(b.created))));
      return xml('ListAllMyBucketsResult', tag('Buckets', (await buckets.all()).map(bucket).join('')));
    } catch (error) {
      if (error instanceof Refusal) return refuse(error);
      return refuse(buckets.fault(error) ?? new Refusal('InternalError', error instanceof Error ? error.message : String(error)));
    }
  };
}
