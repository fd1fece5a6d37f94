import { providers as list } from './glue.js';
import { Accounts } from './all.js';
import { Compute } from './compute.js';
import { Dns } from './dns.js';
import { invalid } from './error.js';
import { bound } from './bindings.js';
import { need, ready } from './load.js';
import type { ComputeProviders, DnsProviders, Provider, StorageProviders } from './models.js';
import { AccountRunner, parse } from './run.js';
import { Storage } from './storage.js';

/** An account's compute service. In browsers, what is wrong with the configuration is told by the first operation. */
export function compute<P extends keyof ComputeProviders>(provider: P, config: ComputeProviders[P]): Compute {
  return new Compute(new AccountRunner('compute', provider, config));
}

/** Compute accounts at any providers, as one: `compute.all([aws, rackspace]).nodes()`. */
compute.all = (accounts: Iterable<Compute>): Accounts => {
  const all = [...accounts];
  for (const account of all) if (!(account instanceof Compute)) throw invalid('compute.all takes accounts, as compute() makes them');
  return new Accounts(all);
};

/** An account's storage service. */
export function storage<P extends keyof StorageProviders>(provider: P, config: StorageProviders[P]): Storage {
  return new Storage(new AccountRunner('storage', provider, bound(provider, config)));
}

/** An account's DNS service. */
export function dns<P extends keyof DnsProviders>(provider: P, config: DnsProviders[P]): Dns {
  return new Dns(new AccountRunner('dns', provider, config));
}

/** Every provider of this build: its services, operations and configuration. In browsers, await `ready()` first. */
export function providers(): readonly Provider[] {
  need('providers()');
  return parse<readonly Provider[]>(list());
}

export { ready };
export { sync, type SyncChange, type SyncOptions, type SyncProgress, type SyncResult, type SyncSide } from './sync.js';
export { SkyfetchError, type ErrorKind } from './error.js';
export type { Accounts, AllOptions, Found } from './all.js';
export type { Compute, NodeChange } from './compute.js';
export type { DesiredRecord, Dns, DnsPlan } from './dns.js';
export type * from './models.js';
export type { UploadBody } from './parts.js';
export type { R2BucketBinding } from './r2.js';
export type { FanoutOptions, Progress, TaskEvent, TaskOptions, TaskStats } from './run.js';
export type { ProviderResponse } from './service.js';
export type { Storage } from './storage.js';
export type * from './storage-models.js';
