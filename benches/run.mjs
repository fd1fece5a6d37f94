// `npm run bench`: both sides in one run. With names (size start sign list download storage tasks drivers), only those families.
// Writes bench.json beside package.json.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { dist } from './data.mjs';
import { noise, step } from './harness.mjs';
import * as setup from '../tests/setup.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const FAMILIES = ['size', 'start', 'sign', 'list', 'download', 'storage', 'tasks'];
/** Those that are run only when they are named. */
const SLOW = ['drivers'];

/** The peers, of the versions in the lock file; installed again only when that changes. */
async function peers() {
  const lock = createHash('sha256').update(readFileSync(join(here, 'package-lock.json'))).digest('hex');
  const stamp = join(here, 'node_modules', '.lock.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  await step('installing the peers', async () => {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(stamp, lock);
  });
}

const number = (value) => {
  if (value === null || value === undefined) return '–';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
};

function table(rows) {
  const head = ['', 'unit', 'skyfetch', 'peer', '', 'better by', 'goal', ''];
  let last = '';
  const lines = rows.map((row) => {
    const name = row.name === last ? '' : row.name;
    last = row.name;
    const met = row.goal ? (row.met ? 'met' : 'MISSED') : '';
    return [name, row.unit, number(row.ours), number(row.peer), row.peerName ?? '', row.ratio ? `${number(row.ratio)}×` : '', row.goal ?? '', met];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column].length)));
  const right = new Set([2, 3, 5]);
  const write = (line) => line.map((cell, column) => (right.has(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ').trimEnd();
  return [write(head), widths.map((width) => '─'.repeat(width)).join('──'), ...lines.map(write)].join('\n');
}

const wanted = process.argv.slice(2);
const stray = wanted.find((name) => ![...FAMILIES, ...SLOW].includes(name));
if (stray) {
  console.error(`there is no benchmark "${stray}". Next: choose of ${[...FAMILIES, ...SLOW].join(', ')}, or name none for all.`);
  process.exit(2);
}

const started = performance.now();
await peers();
const python = join(await setup.venv('libcloud', join(here, 'requirements.txt')), 'bin', 'python');
if (!existsSync(new URL('node.js', dist))) execFileSync(process.execPath, ['src/npm/build.mjs'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

const scratch = mkdtempSync(join(tmpdir(), 'skyfetch-bench-'));
const rows = [];
try {
  /** Puts bytes where another process can read them. */
  const folder = (name, bytes) => {
    writeFileSync(join(scratch, name), bytes);
    return join(scratch, name);
  };
  for (const family of wanted.length ? wanted : FAMILIES) {
    const { default: measure } = await import(`./${family}.mjs`);
    for (const { goal, ...row } of await measure({ python, folder })) {
      rows.push({ ratio: null, ...row, ...(goal ? { goal: goal.text, met: row.ours !== null && goal.met(row) } : {}) });
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

writeFileSync(join(root, 'bench.json'), `${JSON.stringify(rows, null, 2)}\n`);
console.log(`\n${table(rows)}\n`);
const goals = rows.filter((row) => row.goal);
console.log(
  `${goals.filter((row) => row.met).length} of ${goals.length} goals met. Medians of interleaved rounds; Node ${process.versions.node}, ` +
    `${cpus().length} × ${cpus()[0]?.model.trim()}; ${Math.round((performance.now() - started) / 1000)} s. Also in bench.json.`,
);
const share = noise.queued / noise.wall;
if (share > 0.05) console.log(`The machine was busy: ${Math.round(share * 100)} % of the time the sides queued for a CPU. That is taken off, but a quiet machine gives better numbers.`);
const broken = rows.filter((row) => row.ours === null || (row.peerName && row.peer === null));
if (broken.length) {
  console.error(`\n${broken.length} rows could not be measured; what went wrong stands above.`);
  process.exitCode = 1;
}
