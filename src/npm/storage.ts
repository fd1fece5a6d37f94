import type { FanoutOptions, Runner, TaskOptions } from './run.js';
import { fanout, parse, split } from './run.js';
import { SkyfetchError, type ErrorParts, invalid } from './error.js';
import { ServiceBase } from './service.js';
import { Parts, type UploadBody, toBytes, toSized } from './parts.js';
import { Downloaded, type RawDownload } from './download.js';
import { copyTo } from './copy.js';
import { listing } from './listing.js';
import { sumOf } from './sums.js';
import { told } from './told.js';
import type { Container, Listing, StoredObject } from './models.js';
import type {
  ContainerName, CopyToOptions, CorsRule, Download, DownloadOptions, DownloadedFile, GetOptions, ListOptions, ObjectName, ObjectOptions, ObjectVersion, PendingUpload, PresignOptions, Undeleted,
  UploadOptions, UploadedPart,
} from './storage-models.js';

type Loose = TaskOptions & Record<string, unknown>;

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
    const { task, own } = split(options as Loose);
    const text = (await this.runner.call('listObjects', [container, own], task)) as string;
    // A line a page.
    if (!text.includes('\n')) return listing(text);
    const pages = text.split('\n').map(listing);
    return Object.freeze({ objects: Object.freeze(pages.flatMap((p) => p.objects)), prefixes: Object.freeze(pages.flatMap((p) => p.prefixes)) });
  }
  /** All objects, as their pages come. */
  async *objects(container: ContainerName, options?: ListOptions): AsyncGenerator<StoredObject, void> {
    const { task, own } = split(options as Loose);
    for await (const page of this.runner.pages('listObjects', [container, own], task)) yield* listing(page).objects;
  }
  /** An object without its bytes. */
  getObject(container: ContainerName, name: ObjectName, options?: GetOptions): Promise<StoredObject> {
    return this.runWith('getObject', [container, name], options);
  }

  /**
   * Stores an object. A body whose length is known goes up in one request, or in parts when it is longer than `partSize`;
   * a stream goes up in parts, of which `concurrency` are in memory at once. If anything fails, nothing is left behind,
   * unless `keepParts` says so.
   */
  async upload(container: ContainerName, name: ObjectName, body: UploadBody, options: UploadOptions = {}): Promise<StoredObject> {
    const { task, own } = split(options as Loose);
    const { partSize = 8 << 20, concurrency, checksum, resume, keepParts, size, onStart, onProgress, ...given } = own as UploadOptions;
    if (checksum !== undefined && !['crc32c', 'sha256', 'sha1'].includes(checksum)) throw invalid('option "checksum" must be "crc32c", "sha256" or "sha1"');
    const sized = toSized(body);
    // A blob knows what it is; `fetch` would say so anyway.
    const object = sized instanceof Blob && sized.type && given.contentType === undefined ? { ...given, contentType: sized.type } : given;
    const total = sized instanceof ReadableStream ? size : sized instanceof Blob ? sized.size : sized.byteLength;
    const tell = (bytes: number) => onProgress?.(total === undefined ? { bytes } : { bytes, total });
    if (!(sized instanceof ReadableStream) && total! <= partSize && !resume) {
      const sum = checksum && (await sumOf(checksum, await toBytes(sized)));
      const stored = parse<StoredObject>(await this.runner.call('putObject', [container, name, { ...object, checksum: sum }], task, onProgress && total! > 0 ? told(sized, tell) : sized));
      tell(total!);
      return stored;
    }
    const parts = new Parts(sized, { total, checksum, sent: tell, started: (id) => onStart?.({ id, name: typeof name === 'string' ? name : name.name }) });
    try {
      const id = resume === true ? await this.#left(container, name, task) : typeof resume === 'object' ? resume.id : resume || undefined;
      const plan = { partSize, concurrency, total, resume: id, keep: keepParts };
      return parse<StoredObject>(await this.runner.call('upload', [container, name, { ...object, checksum }, plan], task, parts));
    } catch (error) {
      // The caller's own error, not what was made of it on the way.
      throw parts.failure !== undefined && error instanceof SkyfetchError ? new SkyfetchError({ ...(error as ErrorParts), message: error.message, cause: parts.failure }) : error;
    } finally {
      parts.end();
    }
  }

  /** The last upload of this name that was left. */
  async #left(container: ContainerName, name: ObjectName, task: TaskOptions): Promise<string | undefined> {
    const of = typeof name === 'string' ? name : name.name;
    const left = (await this.listUploads(container, task)).filter((upload) => upload.name === of);
    return left.sort((a, b) => Date.parse(a.createdAt ?? '') - Date.parse(b.createdAt ?? '')).at(-1)?.id;
  }

  /** An object's bytes, as a stream that the wasm never touches. */
  async download(container: ContainerName, name: ObjectName, options: DownloadOptions = {}): Promise<Download> {
    const { task, own } = split(options as Loose);
    const { range, verify, resume, onProgress, ...rest } = own as DownloadOptions;
    if (verify && range) throw invalid('a checksum is that of the whole object: verify or range, not both');
    let until = task.deadline;
    if (task.timeout !== undefined) until = Math.min(Date.now() + task.timeout, Number(until ?? Infinity));
    const ask = async (part: object | undefined, task: TaskOptions) => (await this.runner.call('download', [container, name, { ...rest, ...part }], task)) as RawDownload;
    // Later requests have what is left of the time.
    const again = (part: object | undefined) => ask(part, { ...task, timeout: undefined, deadline: until });
    return new Downloaded(await ask(range, task), { range, verify, resume, onProgress, again, retries: task.retries ?? 4, signal: task.signal ?? undefined });
  }

  /**
   * Downloads many objects, so many at once, and gives each as soon as it is there: with its body, or with its `error`.
   * One failure loses no other. The next download starts when the loop takes an item, so memory stays bounded.
   */
  async *downloadMany(container: ContainerName, names: Iterable<ObjectName>, options: FanoutOptions & Pick<DownloadOptions, 'verify' | 'resume' | 'customerKey'> = {}): AsyncGenerator<DownloadedFile, void> {
    const all = [...names];
    const { task, own } = split(options as Loose);
    const { concurrency, onProgress, ...how } = own;
    for await (const item of fanout(all.length, options, (i) => this.download(container, all[i]!, { ...task, ...how }))) {
      const given = all[item.index]!;
      const name = typeof given === 'string' ? given : given.name;
      if (item.ok) yield Object.assign(item.value, { index: item.index }) as DownloadedFile;
      else yield { name, index: item.index, error: item.error as Error };
    }
  }

  /** Deletes an object, or one version of it. */
  deleteObject(container: ContainerName, name: ObjectName, options?: TaskOptions & { version?: string }): Promise<void> {
    return this.runWith('deleteObject', [container, name], options);
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
    const { task, own } = split(options as Loose);
    const args = [container, name, toContainer, toName, Object.keys(own).length > 0 ? own : undefined];
    return this.run('copyObject', args, task);
  }
  /**
   * Copies an object to any other store, as a stream: only the parts on their way are in memory. Media type, headers of
   * downloads and metadata go with it, unless the options give others.
   */
  copyTo(container: ContainerName, name: ObjectName, to: Storage, toContainer: ContainerName, toName: ObjectName = name, options: CopyToOptions = {}): Promise<StoredObject> {
    return copyTo(this, container, name, to, toContainer, toName, options);
  }

  /** Uploads in parts that were neither completed nor aborted. */
  listUploads(container: ContainerName, options?: TaskOptions): Promise<readonly PendingUpload[]> {
    return this.run('listUploads', [container], options);
  }
  /** The parts that such an upload has. */
  listParts(container: ContainerName, upload: Pick<PendingUpload, 'id' | 'name'>, options?: TaskOptions): Promise<readonly UploadedPart[]> {
    return this.run('listParts', [container, upload.name, upload.id], options);
  }
  /** Abandons an upload and frees its parts. */
  abortUpload(container: ContainerName, upload: Pick<PendingUpload, 'id' | 'name'>, options?: TaskOptions): Promise<void> {
    return this.run('abortUpload', [container, upload.name, upload.id], options);
  }

  /** Versions of a container's objects, the newest first for each name. */
  listVersions(container: ContainerName, options?: ListOptions): Promise<readonly ObjectVersion[]> {
    return this.runWith('listVersions', [container], options);
  }
  getTags(container: ContainerName, name: ObjectName, options?: TaskOptions): Promise<Readonly<Record<string, string>>> {
    return this.run('getTags', [container, name], options);
  }
  /** Replaces an object's tags; none removes them. */
  setTags(container: ContainerName, name: ObjectName, tags: Record<string, string>, options?: TaskOptions): Promise<void> {
    return this.run('setTags', [container, name, tags], options);
  }
  /** A container's rules for pages of other origins. */
  getCors(container: ContainerName, options?: TaskOptions): Promise<readonly Required<CorsRule>[]> {
    return this.run('getCors', [container], options);
  }
  /** Replaces these rules; none removes them. */
  setCors(container: ContainerName, rules: readonly CorsRule[], options?: TaskOptions): Promise<void> {
    return this.run('setCors', [container, rules], options);
  }

  /** Where a delivery network, or anybody, finds a container. */
  getContainerCdnUrl(container: ContainerName, options?: TaskOptions): Promise<string> {
    return this.run('getContainerCdnUrl', [container], options);
  }
  /** Where a delivery network, or anybody, finds an object. */
  getObjectCdnUrl(container: ContainerName, name: ObjectName, options?: TaskOptions): Promise<string> {
    return this.run('getObjectCdnUrl', [container, name], options);
  }
  /** Has a delivery network serve a container. */
  enableContainerCdn(container: ContainerName, options?: TaskOptions): Promise<void> {
    return this.run('enableContainerCdn', [container], options);
  }
  /** A URL that works without credentials for `expiresIn` seconds (3,600). Nothing is sent. */
  presign(container: ContainerName, name: ObjectName, options?: PresignOptions): Promise<string> {
    return this.runWith('presign', [container, name], options);
  }
}
