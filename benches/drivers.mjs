// What each driver weighs: brotli (quality 11) of the whole module less that of one without the driver. Some ten seconds
// each, so this family runs only when it is named. What several drivers share is in none of their weights.

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

import { step } from './harness.mjs';
import { optimize } from '../src/npm/optimize.mjs';
import * as setup from '../tests/setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tree = join(root, 'target', 'drivers');
const registry = join(tree, 'src/clouds/mod.rs');
/** The providers of the first release: what the goal of 75 kB was set for. */
const FIRST = ['ec2::EC2', 'openstack::OPENSTACK', 'rackspace::CLOUD', 's3::S3', 'powerdns::CLOUD'];

/** A line of the registry, with the condition before it. */
const LINE = /(?:    #\[cfg\([^\n]*\)\]\n)?    &(\w+)::(\w+),\n/g;

function weigh(text) {
  writeFileSync(registry, text);
  const cargo = ['build', '--quiet', '--lib', '--release', '--target', 'wasm32-unknown-unknown', '--no-default-features', '--features', 'compute,storage,dns,sandbox'];
  execFileSync('cargo', cargo, { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, CARGO_TARGET_DIR: join(tree, 'target'), RUSTFLAGS: '-Awarnings' } });
  const out = join(tree, 'out');
  execFileSync(setup.bin('wasm-bindgen'), ['--target', 'web', '--out-dir', out, '--out-name', 'glue', '--remove-producers-section', join(tree, 'target/wasm32-unknown-unknown/release/skyfetch.wasm')]);
  const wasm = join(out, 'glue_bg.wasm');
  optimize(wasm);
  return brotliCompressSync(readFileSync(wasm), { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: statSync(wasm).size } }).length / 1000;
}

export default async function () {
  return step('drivers', async (tick) => {
    rmSync(join(tree, 'src'), { recursive: true, force: true });
    for (const part of ['src', 'Cargo.toml', 'Cargo.lock', 'README.md']) cpSync(join(root, part), join(tree, part), { recursive: true });
    const whole = readFileSync(registry, 'utf8');
    const entries = [...whole.matchAll(LINE)].map(([, folder, entry]) => ({ folder, name: `${folder}::${entry}` }));
    for (const name of FIRST) if (!entries.some((entry) => entry.name === name)) throw new Error(`the registry has no ${name}`);
    const without = (drop) => whole.replace(LINE, (line, folder, entry) => (drop(folder, entry) ? '' : line));
    const row = (name, ours, goal) => ({ name, unit: 'kB brotli', better: 'lower', ours, peer: null, peerName: null, goal });
    const measure = (text) => {
      const size = weigh(text);
      tick();
      return size;
    };
    const all = measure(whole);
    const rows = [
      row('the module with every driver', all),
      row('the module without any driver', measure(without(() => true))),
      row('the module with ec2, openstack, rackspace, s3, powerdns', measure(without((folder, entry) => !FIRST.includes(`${folder}::${entry}`))), { text: '≤ 75 kB', met: (r) => r.ours <= 75 }),
    ];
    const folders = new Set(entries.map(({ folder }) => folder));
    for (const folder of folders) rows.push(row(`driver ${folder.replaceAll('_', '-')}`, all - measure(without((other) => other === folder))));
    return rows;
  });
}
