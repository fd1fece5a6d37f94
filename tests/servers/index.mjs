// The servers by name. Each module has `start(options)`, and says with `packages` (Debian) and `venvs` (Python) what it needs.

export const modules = {
  moto: () => import('./moto.mjs'),
  pdns: () => import('./pdns.mjs'),
  openstack: () => import('./openstack.mjs'),
  radosgw: () => import('./radosgw.mjs'),
  mimic: () => import('./mimic.mjs'),
  gcs: () => import('./gcs.mjs'),
}

/** Starts a server by its name; what it gives is in that server's own file. */
export async function start(name, options) {
  if (!modules[name]) throw new Error(`there is no server ${name}. Next: choose of ${Object.keys(modules).join(', ')}.`)
  return (await modules[name]()).start(options)
}
