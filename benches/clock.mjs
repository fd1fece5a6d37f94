// Time as this process had it: what it spent queueing for a CPU, on a machine that others use too, is taken off (Linux says
// how long that was). Waiting for anything else counts.

import { openSync, readSync } from 'node:fs';

let file;
try {
  file = openSync('/proc/self/schedstat', 'r');
} catch {}
const buffer = Buffer.alloc(128);

/** Milliseconds that the main thread could have run but had no CPU. */
export function queued() {
  if (file === undefined) return 0;
  const length = readSync(file, buffer, 0, buffer.length, 0);
  return Number(buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6 || 0;
}

/** Milliseconds, less those queued. */
export const now = () => performance.now() - queued();
