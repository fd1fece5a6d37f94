// What storage takes and gives, besides the models that every service shares.

import type { TaskOptions } from './run.js';
import type { Container, StoredObject } from './models.js';

/** A container's name, or the container. */
export type ContainerName = string | Pick<Container, 'name'>;
/** An object's name, or the object. */
export type ObjectName = string | Pick<StoredObject, 'name'>;

/** How far the bytes of a transfer are. */
export interface ByteProgress {
  bytes: number;
  /** Absent where it is not known. */
  total?: number;
}

/** Which objects to list. */
export interface ListOptions extends TaskOptions {
  /** Only names that start so. */
  prefix?: string;
  /** Groups names up to the first delimiter after the prefix. */
  delimiter?: string;
  /** Only names after this one, in the provider's order. */
  startAfter?: string;
  /** How many names a page has at most. */
  pageSize?: number;
}

/** Algorithms of checksums that uploads take; SHA-1 is Backblaze B2's. */
export type Checksum = 'crc32c' | 'sha256' | 'sha1';

/** What an object is stored with. An option that a provider does not have rejects as `unsupported` before anything is sent. */
export interface ObjectOptions {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  metadata?: Record<string, string>;
  /** Unlike metadata, these can be changed later: see `setTags`. */
  tags?: Record<string, string>;
  /** A canned ACL, as `public-read`, where the provider has them. */
  acl?: string;
  storageClass?: string;
  /** Only if the entity tag is this. */
  ifMatch?: string;
  /** `*`: only if there is no such object yet. */
  ifNoneMatch?: string;
  /** Encryption by the provider, in its own words, as `AES256` or `aws:kms`. */
  encryption?: string;
  /** The id of the key for it in the provider's key store. */
  encryptionKey?: string;
  /** Your own key, which the provider uses and forgets: 32 bytes in base64. */
  customerKey?: string;
}

/** How to upload. */
export interface UploadOptions extends ObjectOptions, TaskOptions {
  /** Bytes a part; a body that is longer, or whose length is not known, goes up in parts. 8 MiB by default, 5 MiB at least. */
  partSize?: number;
  /** How many parts are sent at once; 4 by default. */
  concurrency?: number;
  /** Has the provider check what arrives: a checksum of the body, or of each of its parts, goes with it. */
  checksum?: Checksum;
  /**
   * Carries on an upload in parts that was left, of the same body and `partSize`: its id, or `true` for the last one of this
   * name that `listUploads` gives, if there is one. Parts that it has (of the same length, and checksum if one is asked for)
   * are not sent again.
   */
  resume?: boolean | string | Pick<PendingUpload, 'id'>;
  /** Leaves what went up when the upload fails or is cancelled, to be carried on later. It costs until it is, or is aborted. */
  keepParts?: boolean;
  /** The length of a stream, where you know it: it must be just that. */
  size?: number;
  /** Hears of the upload's id as soon as it goes up in parts. */
  onStart?: (upload: Pick<PendingUpload, 'id' | 'name'>) => void;
  /**
   * Hears of bytes that are stored, part by part; of those that go up in one request while they go in Node, Bun and Workers,
   * and elsewhere, or with a `fetch` of your own, when they are stored. A repeated request begins again.
   */
  onProgress?: (progress: ByteProgress) => void;
}

/** Which object to look at. */
export interface GetOptions extends TaskOptions {
  ifMatch?: string;
  ifNoneMatch?: string;
  /** Of this version, not the current one. */
  version?: string;
  /** Your own key that it is encrypted with: 32 bytes in base64. */
  customerKey?: string;
}

/** Which bytes to download. */
export interface DownloadOptions extends GetOptions {
  /** Both ends inclusive, as in HTTP; without `start`, the last `suffix` bytes. */
  range?: { start: number; end?: number } | { suffix: number };
  /**
   * Compares the bytes, while they stream, to the checksum that the provider keeps (`sha256`, `crc32c` or `md5` in `extra`):
   * the stream fails as `malformed` at its end when they differ. Rejects as `unsupported` where there is none.
   */
  verify?: boolean;
  /**
   * Carries a body on that breaks off, from where it broke, as often as `retries` says. (`bytes()`, `text()` and `json()`
   * begin again in any case.)
   */
  resume?: boolean;
  /** Hears of bytes received. */
  onProgress?: (progress: ByteProgress) => void;
}

/** How to copy to another store. */
export interface CopyToOptions extends Omit<UploadOptions, 'size' | 'resume' | 'keepParts' | 'onStart'>, Pick<DownloadOptions, 'version' | 'verify'> {
  /** The key that the source is encrypted with; `customerKey` is the target's. */
  fromCustomerKey?: string;
}

/** An object and its bytes. The body must be read or cancelled. */
export interface Download extends Omit<StoredObject, 'size'> {
  /** The whole object's length, even when a range was asked for. */
  readonly size: number;
  /** The length of `body`, where it is known. */
  readonly length: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** What `downloadMany` gives for each name, as it is there. */
export type DownloadedFile = { readonly name: string; readonly index: number } & (
  | (Omit<Download, 'name'> & { readonly error?: undefined })
  | { readonly error: Error; readonly body?: undefined }
);

/** One object that could not be deleted. */
export interface Undeleted {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** An upload in parts that is not complete. */
export interface PendingUpload {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string | null;
}

/** A part of such an upload. */
export interface UploadedPart {
  /** From 1. */
  readonly number: number;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** As `crc32c=BASE64`, where one is kept. */
  readonly checksum: string | null;
}

/** One version of an object. */
export interface ObjectVersion {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Whether it is the current one. */
  readonly latest: boolean;
  /** Whether it only says that the object was deleted. */
  readonly deleted: boolean;
}

/** Which pages of other origins may use a container from a browser, and how. */
export interface CorsRule {
  /** As `https://example.com`, or `*`. */
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Request headers that may be sent, or `*`. */
  readonly headers?: readonly string[];
  /** Response headers that scripts may read. */
  readonly expose?: readonly string[];
  /** How many seconds a browser may remember the answer. */
  readonly maxAge?: number | null;
}

/** What a presigned URL is for. */
export interface PresignOptions extends TaskOptions {
  method?: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Seconds; 3,600 by default. */
  expiresIn?: number;
  /** The media type that an upload by this URL must declare. */
  contentType?: string;
}
