// Makes a module of wasm smaller, by binaryen's wasm-opt.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Passes that leave code compressible: -Oz makes the module 7 % shorter, and 3 % longer by brotli. Functions
// go by name, so that alike stands beside alike.
const PASSES = ['duplicate-function-elimination', 'dce', 'vacuum', 'remove-unused-module-elements', 'optimize-instructions', 'precompute', 'rse', 'reorder-locals', 'reorder-functions-by-name', 'strip-debug', 'strip-producers', 'strip-target-features'];

// What every runtime that is supported has had for years; wasm-opt must not use more than these.
const WASM_FEATURES = ['--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-sign-ext', '--enable-mutable-globals', '--enable-reference-types', '--enable-multivalue', '--enable-bulk-memory-opt'];

const program = fileURLToPath(new URL('../../node_modules/binaryen/bin/wasm-opt', import.meta.url));

/** Optimizes a file in place. */
export function optimize(wasm) {
  execFileSync(process.execPath, [program, ...PASSES.map((pass) => `--${pass}`), ...WASM_FEATURES, wasm, '-o', wasm], { stdio: ['ignore', 'inherit', 'inherit'] });
}
