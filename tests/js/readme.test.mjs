// Every JavaScript block of the README runs: against the real servers it is about, as a user would paste it.
// (Its Rust blocks are doc tests of the crate; its commands are steps of `npm test`.)

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { Miniflare } from 'miniflare';
import { storage } from '../../dist/node.js';
import { start } from '../servers/index.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w+)( worker)?\n([\s\S]*?)^```$/gm)].map(([, language, worker, code], i) => ({ language, worker: Boolean(worker), code, name: `block ${i + 1}: ${code.split('\n').find((l) => l.trim())}` }));
const scratch = mkdtempSync(join(tmpdir(), 'skyfetch-readme-'));
let servers = {};
let env;

before(async () => {
  const [moto, mimic, pdns] = await Promise.all([start('moto'), start('mimic'), start('pdns')]);
  servers = { moto, mimic, pdns };
  env = {
    AWS_ACCESS_KEY_ID: moto.accessKeyId,
    AWS_SECRET_ACCESS_KEY: moto.secretAccessKey,
    AWS_ENDPOINT_URL: moto.endpoint,
    RACKSPACE_USERNAME: mimic.username,
    RACKSPACE_API_KEY: mimic.apiKey,
    RACKSPACE_IDENTITY: `${mimic.identityEndpoint}/v2.0`,
    PDNS_ENDPOINT: pdns.endpoint,
    PDNS_API_KEY: pdns.apiKey,
  };
  mkdirSync(join(scratch, 'node_modules'));
  symlinkSync(root, join(scratch, 'node_modules/skyfetch'));
  writeFileSync(join(scratch, 'package.json'), '{"type":"module"}');
});

after(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  rmSync(scratch, { recursive: true, force: true });
});

test('there are blocks to run, and of known languages only', () => {
  assert.ok(blocks.filter((b) => b.language === 'js').length >= 6);
  for (const { language, code } of blocks) {
    assert.ok(['js', 'rust', 'sh'].includes(language), language);
    if (language !== 'sh') continue;
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const [, command] of code.matchAll(/^npm (?:run )?(\w+)/gm)) assert.ok(scripts[command], `npm ${command} is a script`);
  }
});

for (const [i, { name, code }] of blocks.filter((b) => b.language === 'js' && !b.worker).entries()) {
  test(name, async () => {
    const file = join(scratch, `block-${i}.mjs`);
    writeFileSync(file, code);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { ...process.env, ...env }, timeout: 60_000 });
    assert.ok(stdout.trim().length > 0, 'it says something');
    assert.doesNotMatch(stdout, /rejected/);
  });
}

test('the Worker streams an object', async () => {
  const { moto } = servers;
  const bucket = storage('s3', { accessKeyId: moto.accessKeyId, secretAccessKey: moto.secretAccessKey, region: 'us-east-1', endpoint: moto.endpoint });
  await bucket.createContainer('photos');
  await bucket.upload('photos', 'cat.txt', 'meow', { contentType: 'text/plain' });
  const [{ code }] = blocks.filter((b) => b.worker);
  writeFileSync(join(scratch, 'worker.mjs'), code);
  const out = join(scratch, 'out');
  await esbuild.build({ entryPoints: [join(scratch, 'worker.mjs')], outdir: out, bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], loader: { '.wasm': 'copy' }, assetNames: '[name]', logLevel: 'warning' });
  const worker = new Miniflare({
    compatibilityDate: '2026-01-01',
    modulesRoot: out,
    modules: [
      { type: 'ESModule', path: join(out, 'worker.js') },
      { type: 'CompiledWasm', path: join(out, 'skyfetch.wasm') },
    ],
    bindings: { KEY: moto.accessKeyId, SECRET: moto.secretAccessKey, ENDPOINT: moto.endpoint },
  });
  try {
    const response = await worker.dispatchFetch('http://worker/cat.txt');
    assert.equal(response.headers.get('content-type'), 'text/plain');
    assert.equal(await response.text(), 'meow');
  } finally {
    await worker.dispose();
  }
});
