// Workers: the module is compiled when it is deployed, for compiling at run time is refused.
import wasm from './skyfetch.wasm';
import { initSync } from '../glue.js';
import { bounds, useNow } from '../load.js';
import { turns } from '../turn.js';

bounds.concurrency = 6;
turns.limited = false;
useNow(() => initSync({ module: wasm }));

export * from 'skyfetch:index';
