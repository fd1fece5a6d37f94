// A checkout becomes a package: what npm installs, then what src/npm/build.mjs builds; neither when it is there already.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rows, dim, say, sky } from './terminal.mjs';
import { duration } from './work.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...path) => join(root, ...path);

/** Makes dist/ ready, and says what it does. */
export async function prepare() {
  if (built()) return;
  if (!existsSync(at('node_modules/.package-lock.json'))) {
    say('Installing what the build needs (npm ci). Once on each machine.');
    // The build's tools are development dependencies, which a NODE_ENV of "production" would leave out.
    const how = ['--include=dev', '--no-audit', '--no-fund'];
    try {
      await run('npm', ['ci', ...how], 'npm ci');
    } catch {
      // Versions of npm do not agree on which platforms' packages a lock file must name.
      say('This npm does not accept the lock file: npm install without it.');
      await run('npm', ['install', '--no-package-lock', ...how], 'npm install');
    }
  }
  say(`${existsSync(at('dist')) ? 'The sources are newer than the package: building it again.' : 'Building the package: Rust to wasm, then JavaScript.'} The first time takes some minutes.`);
  await run(process.execPath, [at('src/npm/build.mjs')], 'the build');
}

/** The build writes this file last. */
const LAST = 'dist/storage/index.d.ts';

function built() {
  const needed = [LAST, 'dist/node.js', 'dist/browser.js', 'dist/skyfetch.wasm'];
  if (!needed.every((file) => existsSync(at(file)))) return false;
  // A package without its sources has nothing to be built from.
  if (!existsSync(at('src'))) return true;
  const made = statSync(at(LAST)).mtimeMs;
  const sources = readdirSync(at('src'), { recursive: true }).map((file) => join('src', file));
  return [...sources, 'Cargo.toml', 'Cargo.lock'].every((file) => statSync(at(file)).mtimeMs <= made);
}

/** Runs a long command; its lines come indented, below them stands how long it has been going. */
async function run(command, args, what) {
  const started = performance.now();
  const rows = new Rows();
  let last = '';
  rows.add(() => `  ${sky(duration(performance.now() - started))} ${dim(last)}`);
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = text.split('\n').map((line) => line.trim()).filter(Boolean);
      tail.push(...lines);
      tail.splice(0, Math.max(0, tail.length - 40));
      last = tail.at(-1) ?? '';
      for (const line of lines) rows.note(`  ${line}`);
    });
  }
  const status = await new Promise((done) => child.once('error', (error) => done(error.message)).once('close', (code, signal) => done(code ?? signal)));
  last = status === 0 ? `${what} is done` : `${what} failed`;
  rows.end();
  if (status !== 0) throw new Error(`${what} failed (${status}). Its last lines:\n\n${tail.join('\n')}\n\nNext: put right what they say, then run npm start again; what is done stays done.`);
}
