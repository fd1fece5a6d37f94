// Providers that are reached by an object of the runtime's, not by HTTP: it is taken out of the configuration here, and what
// the core is given in its place is a `fetch` that this object answers.

import { type Buckets, serve } from './bucket.js';
import { invalid } from './error.js';
import { Local } from './local.js';
import { Bound, type R2BucketBinding } from './r2.js';

type Config = Record<string, unknown>;

function local({ directory, ...rest }: Config): [Buckets, Config] {
  if (directory !== undefined && typeof (directory as FileSystemDirectoryHandle | null)?.getDirectoryHandle !== 'function') {
    throw invalid('field "directory" must be a FileSystemDirectoryHandle, as navigator.storage.getDirectory() gives');
  }
  return [new Local(directory as FileSystemDirectoryHandle | undefined), rest];
}

function r2({ bucket, ...rest }: Config): [Buckets, Config] {
  if (typeof (bucket as R2BucketBinding | null)?.createMultipartUpload !== 'function') throw invalid('field "bucket" must be the binding of an R2 bucket, as env.BUCKET');
  const name = rest['name'] ?? 'bucket';
  return [new Bound(bucket as R2BucketBinding, String(name)), { ...rest, bucket: 'bound' }];
}

/** A configuration as the core takes it. */
export function bound<C extends object>(provider: string, config: C): C {
  const bind = { local, 'r2-binding': r2 }[provider];
  if (!bind || typeof config !== 'object' || config === null) return config;
  if ('fetch' in config && config.fetch !== undefined) throw invalid(`${provider} sends nothing: it takes no "fetch"`);
  const [buckets, rest] = bind(config as Config);
  return { ...rest, fetch: serve(buckets) } as unknown as C;
}
