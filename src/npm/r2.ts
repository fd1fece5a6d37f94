// A Worker's own R2 bucket, by its binding: no HTTP, no keys.

import { type Bucket, type Buckets, type Bytes, CLASS, type Flow, KEY, type ListQuery, type Only, Refusal, type Stored, type What, own, within } from './bucket.js';

interface R2Headers {
  contentType?: string;
  contentLanguage?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  cacheControl?: string;
}

interface R2Entry {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly uploaded: Date;
  readonly httpMetadata?: R2Headers;
  readonly customMetadata?: Record<string, string>;
  readonly storageClass?: string;
  readonly checksums?: { readonly md5?: ArrayBuffer; readonly sha256?: ArrayBuffer };
  readonly range?: object;
}

interface R2Options {
  httpMetadata?: R2Headers;
  customMetadata?: Record<string, string>;
  storageClass?: string;
  ssecKey?: ArrayBuffer;
}

interface R2Upload {
  readonly uploadId: string;
  uploadPart(number: number, value: Uint8Array<ArrayBuffer> | Blob, options?: { ssecKey?: ArrayBuffer }): Promise<{ readonly etag: string }>;
  abort(): Promise<void>;
  complete(parts: { partNumber: number; etag: string }[]): Promise<R2Entry>;
}

/** What a Worker's `R2Bucket` is, as far as it is used here. */
export interface R2BucketBinding {
  head(key: string): Promise<R2Entry | null>;
  get(key: string, options?: { onlyIf?: { etagMatches?: string; etagDoesNotMatch?: string }; range?: { offset: number; length?: number } | { suffix: number }; ssecKey?: ArrayBuffer }): Promise<R2Entry | (R2Entry & { readonly body: ReadableStream }) | null>;
  put(
    key: string,
    value: ReadableStream | Uint8Array<ArrayBuffer> | Blob,
    options?: R2Options & { onlyIf?: { etagMatches?: string; etagDoesNotMatch?: string }; sha256?: ArrayBuffer },
  ): Promise<R2Entry | null>;
  delete(keys: string | string[]): Promise<void>;
  list(options?: { limit?: number; prefix?: string; cursor?: string; delimiter?: string; startAfter?: string }): Promise<{ objects: R2Entry[]; delimitedPrefixes: string[]; truncated: boolean; cursor?: string }>;
  createMultipartUpload(key: string, options?: R2Options): Promise<R2Upload>;
  resumeMultipartUpload(key: string, uploadId: string): R2Upload;
}

const HEADERS = [['content-type', 'contentType'], ['cache-control', 'cacheControl'], ['content-disposition', 'contentDisposition'], ['content-encoding', 'contentEncoding']] as const;

const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const unbase64 = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;

function stored(entry: R2Entry): Stored {
  const headers: Record<string, string> = {};
  for (const [header, name] of HEADERS) {
    const value = entry.httpMetadata?.[name];
    if (value !== undefined) headers[header] = value;
  }
  const { md5, sha256 } = entry.checksums ?? {};
  return {
    name: entry.key, size: entry.size, etag: entry.etag, modified: entry.uploaded.getTime(), headers, metadata: entry.customMetadata ?? {}, storageClass: entry.storageClass,
    sums: { ...(sha256 && { sha256: base64(sha256) }), ...(md5 && { md5: base64(md5) }) },
  };
}

const secret = (key: string | undefined) => (key === undefined ? {} : { ssecKey: unbase64(key) });

function options({ headers, metadata, storageClass, key }: What): R2Options {
  const http: R2Headers = {};
  for (const [header, name] of HEADERS) if (headers[header] !== undefined) http[name] = headers[header];
  return { httpMetadata: http, customMetadata: metadata, ...(storageClass !== undefined && { storageClass }), ...secret(key) };
}

const only = ({ match, none }: Only) => ({ onlyIf: { ...(match !== undefined && { etagMatches: match }), ...(none !== undefined && { etagDoesNotMatch: none }) } });

/** What R2 stores must have a length; outside Workers, no stream has one. */
async function value(body: Bytes | Flow): Promise<ReadableStream | Uint8Array<ArrayBuffer> | Blob> {
  if (!('stream' in body) || body instanceof Blob) return body as Uint8Array<ArrayBuffer> | Blob;
  return own.FixedLengthStream ? body.stream.pipeThrough(new own.FixedLengthStream(body.size)) : new Response(body.stream).blob();
}

class R2Bucket implements Bucket {
  constructor(readonly binding: R2BucketBinding) {}

  async list({ prefix, delimiter, after, cursor, limit }: ListQuery) {
    const page = await this.binding.list({ limit, ...(prefix && { prefix }), ...(delimiter && { delimiter }), ...(after && { startAfter: after }), ...(cursor !== undefined && { cursor }) });
    return { objects: page.objects.map(stored), prefixes: page.delimitedPrefixes, cursor: page.truncated ? page.cursor : undefined };
  }

  async get(name: string, { only: when, range, key, body }: Parameters<Bucket['get']>[1]) {
    if (!body) {
      const entry = await this.binding.head(name);
      return entry ? { stored: stored(entry) } : undefined;
    }
    const part = range && ('suffix' in range ? range : { offset: range.start, ...(range.end !== undefined && { length: range.end - range.start + 1 }) });
    const entry = await this.binding.get(name, { ...only(when), ...(part && { range: part }), ...secret(key) });
    if (!entry) return undefined;
    return { stored: stored(entry), body: 'body' in entry ? entry.body : undefined, range: range && 'body' in entry ? within(range, entry.size) : undefined };
  }

  async put(name: string, body: Bytes | Flow, what: What, when: Only) {
    const { sha256, ...others } = what.sums;
    if (Object.keys(others).length > 0) throw new Refusal('NotImplemented', 'R2 checks objects by SHA-256 only');
    const entry = await this.binding.put(name, await value(body), { ...options(what), ...only(when), ...(sha256 !== undefined && { sha256: unbase64(sha256) }) });
    return entry ? stored(entry) : undefined;
  }

  async delete(names: string[]) {
    await this.binding.delete(names);
  }

  async start(name: string, what: What) {
    return (await this.binding.createMultipartUpload(name, options(what))).uploadId;
  }

  async part(name: string, id: string, number: number, body: Bytes, what: What) {
    if (Object.keys(what.sums).length > 0) throw new Refusal('NotImplemented', "R2's binding checks no parts");
    return (await this.binding.resumeMultipartUpload(name, id).uploadPart(number, body as Uint8Array<ArrayBuffer>, secret(what.key))).etag;
  }

  async finish(name: string, id: string, parts: { number: number; etag: string }[]) {
    return stored(await this.binding.resumeMultipartUpload(name, id).complete(parts.map(({ number, etag }) => ({ partNumber: number, etag }))));
  }

  async abort(name: string, id: string) {
    await this.binding.resumeMultipartUpload(name, id).abort();
  }
}

/** The numbers that R2's errors end in. <https://developers.cloudflare.com/r2/api/error-codes/> */
const CODES: Record<string, string> = {
  10001: 'InternalError', 10003: 'AccessDenied', 10006: 'NoSuchBucket', 10007: 'NoSuchKey', 10011: 'EntityTooSmall', 10012: 'MetadataTooLarge', 10020: 'KeyTooLongError', 10024: 'NoSuchUpload', 10025: 'InvalidPart',
  10029: 'InvalidArgument', 10031: 'PreconditionFailed', 10037: 'BadDigest', 10039: 'InvalidRange', 10042: 'AccessDenied', 10043: 'ServiceUnavailable', 10048: 'InvalidPart', 10058: 'SlowDown', 100100: 'EntityTooLarge',
};

/** The one bucket of a binding, as a container of any name that the account gives it. */
export class Bound implements Buckets {
  readonly knows = [CLASS, ...KEY];

  constructor(readonly binding: R2BucketBinding, readonly name: string) {}

  async all() {
    return [{ name: this.name }];
  }

  async bucket(name: string) {
    return name === this.name ? new R2Bucket(this.binding) : undefined;
  }

  fault(error: unknown): Refusal | undefined {
    const message = error instanceof Error ? error.message : '';
    const code = CODES[/\((\d+)\)$/.exec(message)?.[1] ?? ''];
    return code === undefined ? undefined : new Refusal(code, message);
  }
}
