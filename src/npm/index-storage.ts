import { bound } from './bindings.js';
import type { StorageProviders } from './models.js';
import { AccountRunner } from './run.js';
import { Storage } from './storage.js';

/** An account's storage service. */
export function storage<P extends keyof StorageProviders>(provider: P, config: StorageProviders[P]): Storage {
  return new Storage(new AccountRunner('storage', provider, bound(provider, config)));
}

export * from './about.js';
export { sync, type SyncChange, type SyncOptions, type SyncProgress, type SyncResult, type SyncSide } from './sync.js';
export type { UploadBody } from './parts.js';
export type { R2BucketBinding } from './r2.js';
export type { Storage } from './storage.js';
export type * from './storage-models.js';
