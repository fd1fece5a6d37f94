// Providers that are reached by an object of the runtime's, not by HTTP: it is taken out of the configuration here, and what
// the core is given in its place is a `fetch` that this object answers.

import { invalid } from './error.js';
import type { R2BucketBinding } from './r2.js';
import { sumOf } from './sums.js';

type Config = Record<string, unknown>;
type Fetch = typeof globalThis.fetch;
type Open = (stores: typeof import('./stores.js')) => Fetch;

function local({ directory, ...rest }: Config): [Open, Config] {
  if (directory !== undefined && typeof (directory as FileSystemDirectoryHandle | null)?.getDirectoryHandle !== 'function') {
    throw invalid('field "directory" must be a FileSystemDirectoryHandle, as navigator.storage.getDirectory() gives');
  }
  return [(stores) => stores.local(directory as FileSystemDirectoryHandle | undefined, sumOf), rest];
}

function r2({ bucket, ...rest }: Config): [Open, Config] {
  if (typeof (bucket as R2BucketBinding | null)?.createMultipartUpload !== 'function') throw invalid('field "bucket" must be the binding of an R2 bucket, as env.BUCKET');
  return [(stores) => stores.r2(bucket as R2BucketBinding, String(rest['name'] ?? 'bucket')), { ...rest, bucket: 'bound' }];
}

/** A configuration as the core takes it. */
export function bound<C extends object>(provider: string, config: C): C {
  const bind = { local, 'r2-binding': r2 }[provider];
  if (!bind || typeof config !== 'object' || config === null) return config;
  if ('fetch' in config && config.fetch !== undefined) throw invalid(`${provider} sends nothing: it takes no "fetch"`);
  const [open, rest] = bind(config as Config);
  let opened: Promise<Fetch> | undefined;
  const fetch: Fetch = async (url, init) => {
    opened ??= import('./stores.js').then(open, (reason: unknown) => {
      // It may be there the next time.
      opened = undefined;
      throw reason;
    });
    return (await opened)(url, init);
  };
  return { ...rest, fetch } as unknown as C;
}
