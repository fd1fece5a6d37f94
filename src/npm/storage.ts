import type { FanoutOptions, Runner, TaskOptions } from './run.js';
import { fanout, freeze, parse, split } from './run.js';
import { SkyfetchError, type ErrorParts } from './error.js';
import { ServiceBase } from './service.js';
import { Parts, type UploadBody, toSized } from './parts.js';
import type { Container, Listing, StoredObject } from './models.js';

/** A container's name, or the container. */
export type ContainerName = string | Pick<Container, 'name'>;
/** An object's name, or the object. */
export type ObjectName = string | Pick<StoredObject, 'name'>;

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

/** What an object is stored with. */
export interface ObjectOptions {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  metadata?: Record<string, string>;
  /** A canned ACL, as `public-read`, where the provider has them. */
  acl?: string;
  storageClass?: string;
  /** Only if the entity tag is this. */
  ifMatch?: string;
  /** `*`: only if there is no such object yet. */
  ifNoneMatch?: string;
}

/** How to upload. */
export interface UploadOptions extends ObjectOptions, TaskOptions {
  /** Bytes a part; a body that is longer, or whose length is not known, goes up in parts. 8 MiB by default, 5 MiB at least. */
  partSize?: number;
  /** How many parts are sent at once; 4 by default. */
  concurrency?: number;
  /** Hears of bytes sent; `total` is absent where it is not known. */
  onProgress?: (progress: { bytes: number; total?: number }) => void;
}

/** Which bytes to download. */
export interface DownloadOptions extends TaskOptions {
  /** Both ends inclusive, as in HTTP; without `start`, the last `suffix` bytes. */
  range?: { start: number; end?: number } | { suffix: number };
  ifMatch?: string;
  ifNoneMatch?: string;
  /** Hears of bytes received. */
  onProgress?: (progress: { bytes: number; total?: number }) => void;
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

/** Storage: containers and the objects in them. Object names round-trip to the letter. */
export class Storage extends ServiceBase {
  /** @internal */
  protected override of(runner: Runner): this {
    return new Storage(runner) as this;
  }

  listContainers(options?: TaskOptions): Promise<readonly Container[]> {
    return this.run('listContainers', [], options);
  }
  getContainer(container: ContainerName, options?: TaskOptions): Promise<Container> {
    return this.run('getContainer', [container], options);
  }
  createContainer(name: string, options?: TaskOptions): Promise<Container> {
    return this.run('createContainer', [name], options);
  }
  /** Deletes a container, which must be empty. */
  deleteContainer(container: ContainerName, options?: TaskOptions): Promise<void> {
    return this.run('deleteContainer', [container], options);
  }

  /** All objects, every page of them. With a `delimiter`, use `list` to see the prefixes. */
  async listObjects(container: ContainerName, options?: ListOptions): Promise<readonly StoredObject[]> {
    return (await this.list(container, options)).objects;
  }
  /** All objects and common prefixes, every page of them. */
  async list(container: ContainerName, options?: ListOptions): Promise<Listing> {
    const { task, own } = split(options as TaskOptions & Record<string, unknown>);
    const text = (await this.runner.call('listObjects', [container, own], task)) as string;
    // A line a page.
    if (!text.includes('\n')) return listing(text);
    const pages = text.split('\n').map(listing);
    return Object.freeze({ objects: Object.freeze(pages.flatMap((p) => p.objects)), prefixes: Object.freeze(pages.flatMap((p) => p.prefixes)) });
  }
  /** All objects, as their pages come. */
  async *objects(container: ContainerName, options?: ListOptions): AsyncGenerator<StoredObject, void> {
    const { task, own } = split(options as TaskOptions & Record<string, unknown>);
    for await (const page of this.runner.pages('listObjects', [container, own], task)) yield* listing(page).objects;
  }
  /** An object without its bytes. */
  getObject(container: ContainerName, name: ObjectName, options?: TaskOptions): Promise<StoredObject> {
    return this.run('getObject', [container, name], options);
  }

  /**
   * Stores an object. A body whose length is known goes up in one request, or in parts when it is longer than `partSize`;
   * a stream goes up in parts, of which `concurrency` are in memory at once. If anything fails, nothing is left behind.
   */
  async upload(container: ContainerName, name: ObjectName, body: UploadBody, options: UploadOptions = {}): Promise<StoredObject> {
    const { task, own } = split(options as TaskOptions & Record<string, unknown>);
    const { partSize = 8 << 20, concurrency, onProgress, ...given } = own as UploadOptions;
    const sized = toSized(body);
    // A blob knows what it is; `fetch` would say so anyway.
    const object = sized instanceof Blob && sized.type && given.contentType === undefined ? { ...given, contentType: sized.type } : given;
    const total = sized instanceof ReadableStream ? undefined : sized instanceof Blob ? sized.size : sized.byteLength;
    const tell = (bytes: number) => onProgress?.(total === undefined ? { bytes } : { bytes, total });
    if (total !== undefined && total <= partSize) {
      const stored = parse<StoredObject>(await this.runner.call('putObject', [container, name, object], task, sized));
      tell(total);
      return stored;
    }
    const parts = new Parts(sized, tell);
    try {
      const plan = { partSize, concurrency, total };
      return parse<StoredObject>(await this.runner.call('upload', [container, name, object, plan], task, parts));
    } catch (error) {
      // The caller's own error, not what was made of it on the way.
      throw parts.failure !== undefined && error instanceof SkyfetchError ? new SkyfetchError({ ...(error as ErrorParts), message: error.message, cause: parts.failure }) : error;
    } finally {
      parts.end();
    }
  }

  /** An object's bytes, as a stream that the wasm never touches. */
  async download(container: ContainerName, name: ObjectName, options: DownloadOptions = {}): Promise<Download> {
    const { task, own } = split(options as TaskOptions & Record<string, unknown>);
    const { range, onProgress, ...rest } = own as DownloadOptions;
    return new Downloaded((await this.runner.call('download', [container, name, { ...rest, ...range }], task)) as RawDownload, onProgress);
  }

  /**
   * Downloads many objects, so many at once, and gives each as soon as it is there: with its body, or with its `error`.
   * One failure loses no other. The next download starts when the loop takes an item, so memory stays bounded.
   */
  async *downloadMany(container: ContainerName, names: Iterable<ObjectName>, options: FanoutOptions = {}): AsyncGenerator<DownloadedFile, void> {
    const all = [...names];
    const { task } = split(options as TaskOptions & Record<string, unknown>);
    for await (const item of fanout(all.length, options, (i) => this.download(container, all[i]!, task))) {
      const given = all[item.index]!;
      const name = typeof given === 'string' ? given : given.name;
      if (item.ok) yield Object.assign(item.value, { index: item.index }) as DownloadedFile;
      else yield { name, index: item.index, error: item.error as Error };
    }
  }

  deleteObject(container: ContainerName, name: ObjectName, options?: TaskOptions): Promise<void> {
    return this.run('deleteObject', [container, name], options);
  }
  /** Deletes many objects; gives those that could not be deleted. */
  deleteObjects(container: ContainerName, names: readonly ObjectName[], options?: TaskOptions): Promise<readonly Undeleted[]> {
    return this.run('deleteObjects', [container, names], options);
  }
  /**
   * Copies an object inside the provider, with its metadata. Options that say anything of metadata, media type or headers
   * of downloads replace all of these.
   */
  copyObject(container: ContainerName, name: ObjectName, toContainer: ContainerName, toName: ObjectName, options?: ObjectOptions & TaskOptions): Promise<StoredObject> {
    const { task, own } = split(options as TaskOptions & Record<string, unknown>);
    const args = [container, name, toContainer, toName, Object.keys(own).length > 0 ? own : undefined];
    return this.run('copyObject', args, task);
  }
  /** Uploads in parts that were neither completed nor aborted. */
  listUploads(container: ContainerName, options?: TaskOptions): Promise<readonly PendingUpload[]> {
    return this.run('listUploads', [container], options);
  }
  /** Abandons an upload and frees its parts. */
  abortUpload(container: ContainerName, upload: PendingUpload, options?: TaskOptions): Promise<void> {
    return this.run('abortUpload', [container, upload.name, upload.id], options);
  }
  /** A URL that works without credentials for `expiresIn` seconds (3,600). Nothing is sent. */
  presign(container: ContainerName, name: ObjectName, options?: TaskOptions & { method?: 'GET' | 'HEAD' | 'PUT' | 'DELETE'; expiresIn?: number; contentType?: string }): Promise<string> {
    return this.runWith('presign', [container, name], options);
  }
}

type Row = [name: string, size: number, etag: string | null, lastModified: string | null, extra: Record<string, unknown> | string, contentType?: string | null, metadata?: Record<string, string>];
const NONE = Object.freeze({});

/** A page of a listing. Its objects come as rows, which are read in a third of the time. */
function listing(text: string): Listing {
  const { container, objects, prefixes } = JSON.parse(text) as { container: string; objects: Row[]; prefixes: string[] };
  const all = objects.map(([name, size, etag, lastModified, extra, contentType = null, metadata]) =>
    Object.freeze({
      name, container, size, etag, lastModified, contentType,
      metadata: metadata ? Object.freeze(metadata) : NONE,
      // A storage class alone: what every object of S3's has.
      extra: typeof extra === 'string' ? Object.freeze({ last_modified: lastModified, storage_class: extra }) : (freeze(extra) as Record<string, unknown>),
    }),
  );
  return Object.freeze({ objects: Object.freeze(all), prefixes: Object.freeze(prefixes) });
}

interface RawDownload {
  object: string;
  body: ReadableStream<Uint8Array> | null;
  length: number | null;
}

class Downloaded implements Download {
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

  constructor(raw: RawDownload, onProgress: DownloadOptions['onProgress']) {
    Object.assign(this, parse<StoredObject>(raw.object));
    this.length = raw.length ?? undefined;
    const body = raw.body ?? new Response(new Uint8Array()).body!;
    this.body = onProgress ? body.pipeThrough(counter(this.length, onProgress)) : body;
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await new Response(this.body).arrayBuffer());
  }
  text(): Promise<string> {
    return new Response(this.body).text();
  }
  json(): Promise<unknown> {
    return new Response(this.body).json();
  }
}

function counter(total: number | undefined, tell: NonNullable<DownloadOptions['onProgress']>): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      tell(total === undefined ? { bytes } : { bytes, total });
      controller.enqueue(chunk);
    },
  });
}
