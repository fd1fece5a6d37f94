// The caller brings the wasm.
import { initSync } from '../glue.js';
import { useNow } from '../load.js';

/** Makes the package ready, with `skyfetch/skyfetch.wasm` as bytes or compiled. */
export function init(wasm: WebAssembly.Module | BufferSource): void {
  useNow(() => initSync({ module: wasm }));
}

export * from 'skyfetch:index';
