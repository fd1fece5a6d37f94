// The packed package, installed into a scratch project, in every runtime.
//
//   node tests/runtimes/run.mjs [node services deno bun workerd chromium vite types]

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { chromium } from 'playwright-core';
import { build as viteBuild } from 'vite';
import * as setup from '../setup.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'skyfetch-runtimes-'));
const bin = (name) => join(root, 'node_modules/.bin', name);
const installed = join(scratch, 'node_modules/skyfetch');

function run(program, args) {
  return execFileSync(program, args, { cwd: scratch, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

/** The tarball as npm would install it. */
function install() {
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], { cwd: root, encoding: 'utf8' }));
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(scratch, filename), '-C', installed, '--strip-components=1']);
  writeFileSync(join(scratch, 'package.json'), '{"type":"module","private":true}');
  for (const file of ['smoke.mjs', 'services.mjs']) cpSync(join(here, file), join(scratch, file));
  writeFileSync(join(scratch, 'main.mjs'), `import * as skyfetch from 'skyfetch'; import { smoke } from './smoke.mjs'; console.log(await smoke(skyfetch));`);
  writeFileSync(join(scratch, 'inline.mjs'), `import * as skyfetch from 'skyfetch/inline'; import { smoke } from './smoke.mjs'; window.outcome = smoke(skyfetch);`);
  writeFileSync(join(scratch, 'page.mjs'), `import * as skyfetch from 'skyfetch'; import { smoke } from './smoke.mjs'; window.outcome = smoke(skyfetch);`);
  return join(scratch, filename);
}

/** Serves a folder on loopback while `work` runs. */
async function serving(folder, work) {
  const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.html': 'text/html', '.wasm': 'application/wasm' };
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    try {
      const bytes = readFileSync(join(folder, path.replaceAll('..', '')));
      response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  try {
    return await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function inBrowser(folder, html) {
  writeFileSync(join(folder, 'test.html'), html);
  const browser = await chromium.launch({ executablePath: setup.chromium(), args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  try {
    return await serving(folder, async (base) => {
      const page = await browser.newPage();
      const errors = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.goto(`${base}/test.html`);
      await page.waitForFunction(() => window.outcome !== undefined, undefined, { timeout: 20_000 }).catch(() => {
        throw new Error(`the page did not start: ${errors.join('; ') || 'no error was shown'}`);
      });
      return await page.evaluate(() => window.outcome);
    });
  } finally {
    await browser.close();
  }
}

const checks = {
  node: () => run(process.execPath, ['main.mjs']),
  /** The builds of one service each. */
  services: () => run(process.execPath, ['services.mjs']),
  deno: () => run(process.execPath, [setup.denoPath, 'run', '--allow-all', '--node-modules-dir=manual', 'main.mjs']),
  bun: () => run(bin('bun'), ['run', 'main.mjs']),

  /** A Worker as its bundler makes it: esbuild with workerd's conditions, the wasm as a module of its own. */
  async workerd() {
    const { Miniflare } = await import('miniflare');
    const out = join(scratch, 'worker');
    writeFileSync(
      join(scratch, 'worker.mjs'),
      `import * as skyfetch from 'skyfetch'; import { smoke } from './smoke.mjs';
       export default { async fetch() { try { return new Response(await smoke(skyfetch)); } catch (e) { return new Response(String(e.stack ?? e), { status: 500 }); } } };`,
    );
    await esbuild.build({ entryPoints: [join(scratch, 'worker.mjs')], outdir: out, bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], loader: { '.wasm': 'copy' }, assetNames: '[name]', logLevel: 'warning' });
    const worker = new Miniflare({
      compatibilityDate: '2026-01-01',
      modules: [
        { type: 'ESModule', path: join(out, 'worker.js') },
        { type: 'CompiledWasm', path: join(out, 'skyfetch.wasm') },
      ],
      modulesRoot: out,
    });
    try {
      const response = await worker.dispatchFetch('http://worker/');
      const text = await response.text();
      if (response.status !== 200) throw new Error(text);
      return text;
    } finally {
      await worker.dispose();
    }
  },

  /** No bundler: an import map. */
  chromium: () =>
    inBrowser(scratch, `<!doctype html><script type="importmap">{"imports":{"skyfetch":"./node_modules/skyfetch/dist/browser.js"}}</script><script type="module" src="./page.mjs"></script>`),

  /** esbuild does not follow `new URL(…)`: that is what `skyfetch/inline` is for. */
  async esbuild() {
    const out = join(scratch, 'esbuild');
    await esbuild.build({ entryPoints: [join(scratch, 'inline.mjs')], outdir: out, bundle: true, format: 'esm', platform: 'browser', logLevel: 'warning' });
    return inBrowser(out, '<!doctype html><script type="module" src="./inline.js"></script>');
  },

  async vite() {
    const app = join(scratch, 'vite');
    mkdirSync(app);
    writeFileSync(join(app, 'index.html'), '<!doctype html><script type="module" src="../page.mjs"></script>');
    const out = join(scratch, 'vite-out');
    await viteBuild({ root: app, logLevel: 'error', build: { outDir: out, emptyOutDir: true }, server: { fs: { allow: [scratch] } } });
    return inBrowser(out, readFileSync(join(out, 'index.html'), 'utf8'));
  },

  /** Types, as a user's compiler sees them. */
  types() {
    for (const file of ['types.ts', 'tsconfig.json']) cpSync(join(root, 'tests/types', file), join(scratch, file));
    try {
      run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(scratch, 'tsconfig.json')]);
    } catch (error) {
      throw new Error(error.stdout, { cause: error });
    }
    return 'compiles, and refuses what it must';
  },
};

const wanted = process.argv.slice(2);
const tarball = install();
let failed = 0;
try {
  for (const [name, check] of Object.entries(checks)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const started = Date.now();
    try {
      console.log(`${name}: ${await check()} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed++;
      console.error(`${name}: FAILED\n${error.stack ?? error}`);
    }
  }
  if (wanted.length === 0) {
    run(bin('publint'), ['--strict', installed]);
    console.log('publint: no complaint');
    run(bin('attw'), [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--exclude-entrypoints', 'skyfetch.wasm']);
    console.log('are the types wrong: no');
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
