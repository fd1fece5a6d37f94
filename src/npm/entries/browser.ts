// Browsers: fetched at the first call, once.
import init from '../glue.js';
import { use } from '../load.js';

use(() => init({ module_or_path: new URL('./skyfetch.wasm', import.meta.url) }));

export * from 'skyfetch:index';
