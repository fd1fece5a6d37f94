// For bundlers that do not follow `new URL(…)`, and for a single file from a CDN: the wasm stands in the script.
import { initSync } from '../glue.js';
import { useNow } from '../load.js';
import base64 from 'skyfetch:base64';

useNow(() => initSync({ module: Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) }));

export * from 'skyfetch:index';
