// Everything that must hold, in one command: `npm test`. Nothing is skipped; what a step needs, it installs or builds.
//
//   node tests/run.mjs                   all
//   node tests/run.mjs rust servers      only these steps (what they need is built if it is missing)
//   node tests/run.mjs --list            the steps

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const started = Date.now();
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const live = process.stdout.isTTY && !process.env.CI;

// The only thing done before anything can be imported.
if (!existsSync('node_modules/esbuild')) {
  console.log('npm ci: the packages that build and tests need');
  if (spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit' }).status !== 0) process.exit(1);
}
const setup = await import('./setup.mjs');
const tools = { PATH: `${join(setup.CACHE, 'cargo', 'bin')}:${process.env.PATH}` };

/** Runs a command; its output is shown when it fails, or live on request. Gives the output. */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...tools, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const hear = (chunk) => {
      output += chunk;
      if (live) {
        const line = String(chunk).trim().split('\n').at(-1).slice(0, (process.stdout.columns ?? 80) - 4);
        process.stdout.write(`\r\x1b[K  \x1b[2m${line}\x1b[0m`);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', (code) => {
      if (live) process.stdout.write('\r\x1b[K');
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}\n${telling(output.split('\n')).join('\n')}`));
    });
  });
}

/** The lines that say what failed: of TAP, the tests that did; otherwise the last. */
function telling(lines) {
  const failed = lines.flatMap((line, at) => (/^ *not ok /.test(line) ? lines.slice(at, at + 14) : []));
  return failed.length > 0 ? failed.slice(0, 300) : lines.slice(-150);
}

const sum = (output, pattern) => [...output.matchAll(pattern)].reduce((n, match) => n + Number(match[1]), 0);

/** Counts passed tests; a runner that ran none has failed. */
function counted(output, pattern, what) {
  const passed = sum(output, pattern);
  if (passed === 0) throw new Error(`${what} ran no test\n${output.slice(-3000)}`);
  return passed;
}

const CARGO = /test result: ok\. (\d+) passed/g;
const cargo = async (args, env) => counted(await run('cargo', args, env), CARGO, `cargo ${args.join(' ')}`);

const steps = {
  setup: {
    title: 'machine: Rust target, tools, browser, servers, API documents',
    async run() {
      await setup.rust();
      await Promise.all([setup.wasmBindgen(), setup.browser()]);
      await setup.wasmPack();
      await setup.deno();
      await setup.servers();
      await setup.documents();
      return 0;
    },
  },
  style: {
    title: 'rustfmt and clippy, native and wasm',
    async run() {
      await run('cargo', ['fmt', '--check']);
      await run('cargo', ['clippy', '--all-targets', '--features', 'native', '--', '-D', 'warnings']);
      for (const features of ['compute,storage,dns,sandbox', 'storage'])
        await run('cargo', ['clippy', '--lib', '--target', 'wasm32-unknown-unknown', '--no-default-features', '--features', features, '--', '-D', 'warnings']);
      return 4;
    },
  },
  rust: {
    title: 'cargo test: core, wire cases, uploads, sandbox, signing beside Amazon\'s and Alibaba\'s own, fuzz corpus, docs',
    run: () =>
      cargo(['test', '--features', 'native'], { SKYFETCH_PYTHON: setup.venvBin('aws', 'python'), SKYFETCH_SDKS_PYTHON: setup.venvBin('sdks', 'python') }),
  },
  specs: {
    title: "what the recorded cases send, beside the clouds' own API documents",
    async run() {
      const output = await run('node', ['tests/specs/run.mjs']);
      const shown = output.split('\n').filter((line) => line && !line.startsWith('setup: '));
      console.log(shown.map((line) => `  ${line}`).join('\n'));
      return counted(output, /^(\d+) requests checked, 0 failures/gm, 'the documents');
    },
  },
  wasm: {
    title: 'wasm-pack test: Node and headless Chromium',
    async run() {
      const mode = ['--mode', 'no-install'];
      const node = await run('wasm-pack', ['test', '--node', ...mode, '--', '--test', 'web']);
      const chrome = await run('wasm-pack', ['test', '--headless', '--chrome', '--chromedriver', setup.chromedriver(), ...mode, '--', '--test', 'browser']);
      return counted(node, CARGO, 'wasm-pack in Node') + counted(chrome, CARGO, 'wasm-pack in Chromium');
    },
  },
  build: { title: 'the npm package', run: async () => (process.stdout.write(await run('node', ['src/npm/build.mjs'])), 1) },
  runtimes: {
    title: 'the packed tarball: Node, Deno, Bun, workerd, Chromium, esbuild, Vite, types, publint, are-the-types-wrong',
    needsPackage: true,
    async run() {
      const output = await run('node', ['tests/runtimes/run.mjs']);
      process.stdout.write(output.replace(/^/gm, '  ').trimEnd() + '\n');
      return counted(output.replace(/^[\w -]+: /gm, '1: '), /^(1): /gm, 'the runtimes');
    },
  },
  servers: {
    title: 'the JavaScript interface against real servers, faults and leaks',
    needsPackage: true,
    async run() {
      const files = readdirSync('tests/js').filter((f) => f.endsWith('.test.mjs')).map((f) => join('tests/js', f));
      const output = await run('node', ['--expose-gc', '--test', `--test-concurrency=${Math.min(2, availableParallelism())}`, '--test-reporter=tap', ...files]);
      if (/^# (skipped|todo) [1-9]/m.test(output)) throw new Error('a test was skipped');
      return counted(output, /^# pass (\d+)/gm, 'node --test');
    },
  },
  conformance: {
    title: "Libcloud's recorded calls",
    needsPackage: true,
    async run() {
      const output = await run('node', ['tests/conformance/run.mjs']);
      console.log(`  ${output.trim().split('\n').filter((line) => line.includes('same')).at(-1)?.trim() ?? ''}`);
      return 1;
    },
  },
  pages: { title: 'npm start, the console page and the Worker', needsPackage: true, run: async () => counted(await run('node', ['tests/pages.mjs']), /^ok (\d+)/gm, 'pages') },
};

if (process.argv.includes('--list')) {
  for (const [name, step] of Object.entries(steps)) console.log(`${name.padEnd(12)} ${step.title}`);
  process.exit(0);
}
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !steps[name]);
if (unknown) {
  console.error(`there is no step "${unknown}": node tests/run.mjs --list names them`);
  process.exit(2);
}
let passed = 0;
let failed = 0;
if (wanted.length > 0 && wanted.some((name) => steps[name].needsPackage) && !existsSync('dist/node.js')) wanted.unshift('build');
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const since = Date.now();
  console.log(`${name}: ${step.title}`);
  try {
    const count = await step.run();
    passed += count;
    console.log(`${name}: ok, ${count} passed (${seconds(since)})\n`);
  } catch (error) {
    failed++;
    console.log(`${name}: FAILED (${seconds(since)})\n${error.message}\n`);
    // Nothing can be said of a package that was not built.
    if (name === 'setup' || name === 'build') break;
  }
}
console.log(`whole time ${seconds(started)}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
