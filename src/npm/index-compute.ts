import { Accounts } from './all.js';
import { Compute } from './compute.js';
import { invalid } from './error.js';
import type { ComputeProviders } from './models.js';
import { AccountRunner } from './run.js';

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

export * from './about.js';
export type { Accounts, AllOptions, Found } from './all.js';
export type { Compute, NodeChange } from './compute.js';
