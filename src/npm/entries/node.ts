// Node, Deno, Bun: ready at import.
import { readFileSync } from 'node:fs';
import { initSync } from '../glue.js';
import { useNow } from '../load.js';

useNow(() => initSync({ module: readFileSync(new URL('./skyfetch.wasm', import.meta.url)) }));

export * from 'skyfetch:index';
