import { Dns } from './dns.js';
import type { DnsProviders } from './models.js';
import { AccountRunner } from './run.js';

/** An account's DNS service. */
export function dns<P extends keyof DnsProviders>(provider: P, config: DnsProviders[P]): Dns {
  return new Dns(new AccountRunner('dns', provider, config));
}

export * from './about.js';
export type { DesiredRecord, Dns, DnsPlan } from './dns.js';
