// All services; each has a build of its own besides.

export * from './index-compute.js';
export * from './index-dns.js';
export * from './index-storage.js';
