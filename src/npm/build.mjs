// Builds the npm package into dist/: wasm by cargo, wasm-bindgen and wasm-opt; JavaScript by esbuild; types by tsc.
//
//   node src/npm/build.mjs            everything
//   node src/npm/build.mjs --dev      only `skyfetch`, without wasm-opt: quick
//   node src/npm/build.mjs --types    only the types, after a build

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import * as setup from '../../tests/setup.mjs';
import { optimize } from './optimize.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dev = process.argv.includes('--dev');
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const dist = join(root, 'dist');
const npm = join(root, 'src/npm');

/** The builds: which cargo features, which index, where to. */
const builds = [
  { name: 'skyfetch', features: 'compute,storage,dns,sandbox', index: 'index.ts', out: dist, entries: ['node', 'browser', 'workerd', 'inline', 'slim'] },
  ...['compute', 'dns', 'storage'].map((name) => ({ name, features: name, index: `index-${name}.ts`, out: join(dist, name), entries: ['node', 'browser', 'workerd'] })),
];

function run(program, args, env = {}) {
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
}

const brotli = (path) => brotliCompressSync(readFileSync(path), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

function makeWasm({ name, features }) {
  const started = Date.now();
  const profile = dev ? 'dev' : 'release';
  run('cargo', ['build', '--quiet', '--lib', '--profile', profile, '--target', 'wasm32-unknown-unknown', '--no-default-features', '--features', features], { CARGO_TARGET_DIR: target });
  const built = join(target, 'wasm32-unknown-unknown', dev ? 'debug' : 'release', 'skyfetch.wasm');
  const out = join(target, 'npm', name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  run(setup.bin('wasm-bindgen'), ['--target', 'web', '--out-dir', out, '--out-name', 'glue', '--experimental-reset-state-function', '--remove-producers-section', built]);
  const wasm = join(out, 'glue_bg.wasm');
  if (!dev) {
    optimize(wasm);
  }
  console.log(`  ${name}.wasm: ${kb(statSync(wasm).size)}, ${kb(brotli(wasm))} brotli (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return out;
}

/** wasm-bindgen's glue, as the package has it. */
function glue(text) {
  const edits = [
    // A default file of its own, which bundlers would look for.
    [`new URL('glue_bg.wasm', import.meta.url)`, 'undefined', 1],
    ['wasm = instance.exports;', 'wasm = guard(instance.exports, __wbg_reset_state);', 1],
    ['wasm = wasmInstance.exports;', 'wasm = guard(wasmInstance.exports, __wbg_reset_state);', 1],
    // What a dead instance was waiting for comes in vain.
    [`throw new Error('Cannot invoke closure from previous WASM instance')`, 'return', text.includes('makeClosure(') ? 2 : 1],
  ];
  for (const [from, to, times] of edits) {
    const found = text.split(from).length - 1;
    if (found !== times) throw new Error(`wasm-bindgen's glue has ${found} times, not ${times}: ${from}`);
    text = text.replaceAll(from, to);
  }
  return `import { guard } from 'skyfetch:trap';\n${text}`;
}

async function makeScripts({ index, out, entries }, wasmDir) {
  mkdirSync(out, { recursive: true });
  cpSync(join(wasmDir, 'glue_bg.wasm'), join(out, 'skyfetch.wasm'));
  const wiring = {
    name: 'wiring',
    setup(b) {
      b.onResolve({ filter: /^skyfetch:index$/ }, () => ({ path: join(npm, index) }));
      b.onResolve({ filter: /glue\.js$/ }, () => ({ path: join(wasmDir, 'glue.js') }));
      b.onResolve({ filter: /\.wasm$/ }, () => ({ path: './skyfetch.wasm', external: true }));
      // Only who uses them loads them; but a single file is a single file.
      b.onResolve({ filter: /\/stores\.js$/ }, () => (b.initialOptions.outfile.endsWith('inline.js') ? undefined : { path: out === dist ? './stores.js' : '../stores.js', external: true }));
      b.onResolve({ filter: /^skyfetch:base64$/ }, () => ({ path: 'base64', namespace: 'skyfetch' }));
      b.onLoad({ filter: /.*/, namespace: 'skyfetch' }, () => ({
        contents: `export default ${JSON.stringify(readFileSync(join(wasmDir, 'glue_bg.wasm')).toString('base64'))}`,
      }));
      b.onResolve({ filter: /^skyfetch:trap$/ }, () => ({ path: join(npm, 'trap.ts') }));
      b.onLoad({ filter: /glue\.js$/ }, () => ({ contents: glue(readFileSync(join(wasmDir, 'glue.js'), 'utf8')) }));
    },
  };
  const common = {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    external: ['node:fs'],
    minifySyntax: true,
    minifyWhitespace: !dev,
    minifyIdentifiers: !dev,
    keepNames: false,
    legalComments: 'none',
    plugins: [wiring],
    logLevel: 'warning',
  };
  for (const entry of entries) await build({ ...common, entryPoints: [join(npm, 'entries', `${entry}.ts`)], outfile: join(out, `${entry}.js`) });
  if (out === dist) await build({ ...common, entryPoints: [join(npm, 'stores.ts')], outfile: join(dist, 'stores.js') });
  const sizes = ['browser', 'workerd', 'node'].map((e) => `${e}.js ${kb(brotli(join(out, `${e}.js`)))}`);
  const whole = brotli(join(out, 'skyfetch.wasm')) + brotli(join(out, 'browser.js'));
  console.log(`  ${sizes.join(', ')} brotli; whole for a browser ${kb(whole)}`);
}

/** Types are made from a copy, in which the glue's own types lie beside the sources. */
function makeTypes(wasmDir) {
  const tree = join(target, 'npm', 'types');
  rmSync(tree, { recursive: true, force: true });
  cpSync(npm, tree, { recursive: true });
  writeFileSync(join(tree, 'package.json'), '{"type":"module"}');
  cpSync(join(wasmDir, 'glue.d.ts'), join(tree, 'glue.d.ts'));
  cpSync(join(root, 'node_modules/@types'), join(tree, 'node_modules/@types'), { recursive: true, dereference: true });
  const undici = join(root, 'node_modules/undici-types');
  if (existsSync(undici)) cpSync(undici, join(tree, 'node_modules/undici-types'), { recursive: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', tree, '--outDir', join(tree, 'out')]);
  const files = readdirSync(join(tree, 'out')).filter((f) => f.endsWith('.d.ts'));
  for (const file of files) cpSync(join(tree, 'out', file), join(dist, file));
  const redirect = (text) => text.replace(/'skyfetch:index'/g, "'./index.js'").replace(/"skyfetch:index"/g, '"./index.js"');
  writeFileSync(join(dist, 'slim.d.ts'), redirect(readFileSync(join(tree, 'out/entries/slim.d.ts'), 'utf8')));
  for (const { name } of builds.slice(1)) {
    mkdirSync(join(dist, name), { recursive: true });
    writeFileSync(join(dist, name, 'index.d.ts'), `export * from '../index-${name}.js';\n`);
  }
}

if (process.argv.includes('--types')) {
  makeTypes(join(target, 'npm', builds[0].name));
  process.exit();
}
await setup.rust();
await setup.wasmBindgen();
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
let first;
for (const one of dev ? builds.slice(0, 1) : builds) {
  console.log(`building ${one.name}`);
  const wasmDir = makeWasm(one);
  first ??= wasmDir;
  await makeScripts(one, wasmDir);
}
console.log('types');
makeTypes(first);
