// What a newcomer sees: `npm start` in the terminal, the page it serves, and the Worker. Prints `ok 1` for each thing that holds.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { Miniflare } from 'miniflare';
import { chromium } from 'playwright-core';
import * as setup from './setup.mjs';
import { check } from '../www/check.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const ok = (what) => console.log(`ok 1 ${what}`);

function demand(condition, what, output = '') {
  if (!condition) throw new Error(`${what} does not hold\n${output}`);
  ok(what);
}

const said = execFileSync(process.execPath, ['www/start.mjs', '--no-serve'], { cwd: root, encoding: 'utf8' });
demand(/20/.test(said) && /500/.test(said) && /one after another/i.test(said), 'npm start does the main job and says what it saved', said);
let refused = '';
try {
  execFileSync(process.execPath, ['www/start.mjs', '--nodes', 'many'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
} catch (error) {
  refused = `${error.stdout}${error.stderr}`;
}
demand(/Next: /.test(refused), 'npm start with a wrong option says what to do next', refused);

const server = spawn(process.execPath, ['www/start.mjs', '--files', '20'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
const browser = await chromium.launch({
  executablePath: setup.chromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const address = await new Promise((resolve, reject) => {
    let output = '';
    server.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /http:\/\/(?:localhost|127\.0\.0\.1):\d+\/?/.exec(output);
      if (found) resolve(found[0]);
    });
    server.on('exit', (code) => reject(new Error(`npm start ended with ${code}\n${output}`)));
  });
  const page = await browser.newPage();
  for (const line of await check(page, address)) ok(line);
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });
} finally {
  await browser.close();
  server.kill();
}

if (!existsSync(join(root, 'www/worker.js'))) throw new Error('www/worker.js is missing');
const out = mkdtempSync(join(tmpdir(), 'skyfetch-worker-'));
await esbuild.build({ entryPoints: [join(root, 'www/worker.js')], outdir: out, bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], loader: { '.wasm': 'copy' }, assetNames: '[name]', logLevel: 'warning' });
const worker = new Miniflare({
  compatibilityDate: '2026-01-01',
  modulesRoot: out,
  modules: [
    { type: 'ESModule', path: join(out, 'worker.js') },
    { type: 'CompiledWasm', path: join(out, 'skyfetch.wasm') },
  ],
});
try {
  const call = async (path, init) => {
    const response = await worker.dispatchFetch(`http://worker${path}`, init);
    const text = await response.text();
    demand(response.ok, `the Worker answers ${init?.method ?? 'GET'} ${path}`, `${response.status} ${text}`);
    return text;
  };
  await call('/nodes', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'from-a-worker' }) });
  demand((await call('/')).includes('from-a-worker'), 'the Worker lists the node that it made');
} finally {
  await worker.dispose();
  rmSync(out, { recursive: true, force: true });
}
