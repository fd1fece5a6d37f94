import { providers as list } from './glue.js';
import { need, ready } from './load.js';
import type { Provider, StorageProviders } from './models.js';
import { AccountRunner, parse } from './run.js';
import { Storage } from './storage.js';

/** An account's storage service. */
export function storage<P extends keyof StorageProviders>(provider: P, config: StorageProviders[P]): Storage {
  return new Storage(new AccountRunner('storage', provider, config));
}

/** Every provider of this build: its operations and configuration. In browsers, await `ready()` first. */
export function providers(): readonly Provider[] {
  need('providers()');
  return parse<readonly Provider[]>(list());
}

export { ready };
export { SkyfetchError, type ErrorKind } from './error.js';
export type { Container, Extra, GcsConfig, Id, Listing, Provider, S3Config, SandboxConfig, StorageProviders, StoredObject } from './models.js';
export type { UploadBody } from './parts.js';
export type { FanoutOptions, Progress, TaskEvent, TaskOptions, TaskStats } from './run.js';
export type { ProviderResponse } from './service.js';
export type { ContainerName, Download, DownloadOptions, DownloadedFile, ListOptions, ObjectName, ObjectOptions, PendingUpload, Storage, Undeleted, UploadOptions } from './storage.js';
