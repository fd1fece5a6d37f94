// The stores without HTTP, in a file of their own: only who uses one loads it.

import { serve } from './bucket.js';
import { Local } from './local.js';
import { Bound, type R2BucketBinding } from './r2.js';
import type { sumOf } from './sums.js';

/** A `fetch` that a directory, or this program's memory, answers. */
export const local = (directory: FileSystemDirectoryHandle | undefined, sum: typeof sumOf): typeof globalThis.fetch => serve(new Local(directory, sum));

/** A `fetch` that a Worker's bucket answers. */
export const r2 = (bucket: R2BucketBinding, name: string): typeof globalThis.fetch => serve(new Bound(bucket, name));
