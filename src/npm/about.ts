// What every build exports besides its services.

import { providers as list } from './glue.js';
import { need } from './load.js';
import type { Provider } from './models.js';
import { parse } from './run.js';

/** Every provider of this build: its services, operations and configuration. In browsers, await `ready()` first. */
export function providers(): readonly Provider[] {
  need('providers()');
  return parse<readonly Provider[]>(list());
}

export { ready } from './load.js';
export { SkyfetchError, type ErrorKind } from './error.js';
export type * from './models.js';
export type { FanoutOptions, Progress, TaskEvent, TaskOptions, TaskStats } from './run.js';
export type { ProviderResponse } from './service.js';
