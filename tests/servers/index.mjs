// The servers by name. Each module has `start(options)`, and says with `packages` (Debian), `venvs` (Python) and `tools` (npm)
// what it needs.

export const modules = {
  moto: () => import('./moto.mjs'),
  pdns: () => import('./pdns.mjs'),
  openstack: () => import('./openstack.mjs'),
  radosgw: () => import('./radosgw.mjs'),
  mimic: () => import('./mimic.mjs'),
  b2: () => import('./b2.mjs'),
  gcs: () => import('./gcs.mjs'),
  swift: () => import('./swift.mjs'),
  azurite: () => import('./azurite.mjs'),
  prism: () => import('./prism.mjs'),
}

/** Starts a server by its name; what it gives is in that server's own file. */
export async function start(name, options) {
  if (!modules[name]) throw new Error(`there is no server ${name}. Next: choose of ${Object.keys(modules).join(', ')}.`)
  return (await modules[name]()).start(options)
}
