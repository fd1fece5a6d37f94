// OpenStack Swift on loopback: its proxy, account, container and object servers, with Keystone (on SQLite) to log in at.
// One disk, one copy of everything; all middleware that objects in parts, versions, temporary URLs and bulk requests need.
// Browsers: `origins` may call it; a container's own CORS rules hold besides.

import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { venvBin } from '../setup.mjs'
import { PASSWORD, REGION, address } from './openstack/config.mjs'
import { client } from './openstack/seed.mjs'
import { demand, freePorts, launch, orUndo, removeFolder, run, stateFolder, until, untilAnswers } from './lib.mjs'

export const packages = ['memcached']
export const venvs = ['swift']

/**
 * Starts it. `demo` is a member of the project `demo`, whose temporary URLs are signed with `tempUrlKey`; `guest` belongs
 * to the project, too, and may do nothing with its objects.
 */
export async function start({ origins = [] } = {}) {
  const python = demand(venvBin('swift', 'python'), 'swift')
  const memcached = demand('/usr/bin/memcached', 'swift')
  const names = ['keystone', 'proxy', 'account', 'container', 'object', 'memcached']
  const found = await freePorts(names.length)
  const ports = Object.fromEntries(names.map((name, at) => [name, found[at]]))
  const folder = stateFolder('swift')
  const children = []
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop(0)))
    removeFolder(folder)
  }
  const env = {
    SWIFT_DIR: folder, PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1', SERVICE_PORT: String(ports.keystone),
    // Keystone's CORS code reads ~/.keystone/keystone.conf, whatever file the service itself was given.
    HOME: folder, OS_KEYSTONE_CONFIG_DIR: join(folder, '.keystone'), OS_KEYSTONE_CONFIG_FILES: join(folder, KEYSTONE),
  }
  const begin = (name, program, args, cwd = folder) => {
    const child = launch(`swift: ${name}`, program, args, { log: join(folder, 'log', `${name}.log`), cwd, env })
    children.push(child)
    return child
  }
  const swift = async (name) => {
    const child = begin(name, venvBin('swift', `swift-${name}-server`), [join(folder, `${name}.conf`), '-v'])
    await untilAnswers(`${address(ports, name)}/healthcheck`, child)
  }
  const keystone = async () => {
    const manage = (...args) => run(venvBin('swift', 'keystone-manage'), ['--config-file', join(folder, KEYSTONE), ...args], { env, cwd: folder })
    await manage('db_sync')
    await manage('bootstrap', '--bootstrap-username', 'admin', '--bootstrap-password', PASSWORD, '--bootstrap-project-name', 'admin',
      '--bootstrap-region-id', REGION, ...['public', 'internal'].flatMap((kind) => [`--bootstrap-${kind}-url`, `${address(ports, 'keystone')}/v3`]))
    await untilAnswers(`${address(ports, 'keystone')}/v3`, begin('keystone', venvBin('swift', 'gunicorn'), [], SCRIPTS))
    return seed(ports)
  }
  return orUndo(async () => {
    for (const name of ['log', '.keystone', 'disks/disk', 'keys/fernet', 'keys/receipts', 'keys/credential']) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 })
    for (const [name, text] of Object.entries(configuration({ folder, ports, origins }))) writeFileSync(join(folder, name), text)
    for (const kind of ['fernet', 'receipts', 'credential']) {
      for (const name of ['0', '1']) writeFileSync(join(folder, 'keys', kind, name), randomBytes(32).toString('base64url') + '=', { mode: 0o600 })
    }
    const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
    begin('memcached', memcached, [...user, '-l', '127.0.0.1', '-p', String(ports.memcached), '-m', '32'])
    const rings = run(python, [join(SCRIPTS, 'prepare.py'), folder, JSON.stringify(ports)], { env }).then(() => Promise.all(['account', 'container', 'object', 'proxy'].map(swift)))
    const [project] = await Promise.all([keystone(), rings])
    const login = { authUrl: `${address(ports, 'keystone')}/v3`, region: REGION, username: 'demo', password: PASSWORD, project: 'demo', domain: 'Default' }
    const call = await client({ ports, username: 'demo', project: 'demo' })
    const account = `/v1/AUTH_${project}`
    // The first requests after a start may find the servers not yet acquainted.
    await until('Swift to take a key', () => call('proxy', 'POST', account, undefined, { 'x-account-meta-temp-url-key': KEY }).then(() => true), { children })
    return { ...login, tempUrlKey: KEY, guest: { ...login, username: 'guest' }, endpoint: address(ports, 'proxy') + account, pids: children.map((child) => child.pid), stop }
  }, stop)
}

/** Projects, users, and where Swift is; gives the project's id. */
async function seed(ports) {
  const admin = await client({ ports, username: 'admin', project: 'admin' })
  const identity = (method, path, body) => admin('keystone', method, `/v3${path}`, body)
  const { roles } = await identity('GET', '/roles')
  const role = (name) => roles.find((each) => each.name === name).id
  const project = async (name) => (await identity('POST', '/projects', { project: { name, domain_id: 'default' } })).project.id
  const user = async (name, projectId, ...names) => {
    const { user } = await identity('POST', '/users', { user: { name, password: PASSWORD, domain_id: 'default' } })
    for (const each of names) await identity('PUT', `/projects/${projectId}/users/${user.id}/roles/${role(each)}`)
  }
  await user('swift', await project('service'), 'admin', 'service')
  const demo = await project('demo')
  await user('demo', demo, 'member')
  await user('guest', demo, 'reader')
  const { service: { id } } = await identity('POST', '/services', { service: { name: 'swift', type: 'object-store' } })
  await identity('POST', '/endpoints', { endpoint: { service_id: id, interface: 'public', region_id: REGION, url: `${address(ports, 'proxy')}/v1/AUTH_$(project_id)s` } })
  return demo
}

function configuration({ folder, ports, origins }) {
  const keystone = `${address(ports, 'keystone')}/v3`
  const common = `swift_dir = ${folder}\nlog_level = WARNING\nbind_ip = 127.0.0.1\nworkers = 0\n`
  const storage = (kind) => `[DEFAULT]
${common}bind_port = ${ports[kind]}
devices = ${folder}/disks
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = healthcheck ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
[filter:healthcheck]
use = egg:swift#healthcheck
`
  const filters = ['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'bulk', 'tempurl', 'copy', 'slo', 'dlo', 'symlink']
  return {
    'swift.conf': '[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = gold\ndefault = yes\n',
    'account.conf': storage('account'),
    'container.conf': storage('container'),
    'object.conf': storage('object'),
    'proxy.conf': `[DEFAULT]
${common}bind_port = ${ports.proxy}
${origins.length ? `cors_allow_origin = ${origins.join(',')}\n` : ''}[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk tempurl authtoken keystoneauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${ports.memcached}
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = ${keystone}
auth_url = ${keystone}
auth_type = password
username = swift
password = ${PASSWORD}
project_name = service
user_domain_id = default
project_domain_id = default
delay_auth_decision = true
cache = swift.cache
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin,member
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
${filters.map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`).join('')}`,
    [KEYSTONE]: `[token]
provider = fernet
[fernet_tokens]
key_repository = ${folder}/keys/fernet
[fernet_receipts]
key_repository = ${folder}/keys/receipts
[credential]
key_repository = ${folder}/keys/credential
[identity]
password_hash_algorithm = bcrypt
password_hash_rounds = 4
[database]
connection = sqlite:///${folder}/keystone.sqlite
[cors]
allowed_origin = ${origins.join(',')}
allow_credentials = ${!origins.includes('*')}
allow_headers = Content-Type,X-Auth-Token,X-Subject-Token
expose_headers = X-Subject-Token
`,
  }
}

const SCRIPTS = fileURLToPath(new URL('swift/', import.meta.url))
const KEYSTONE = '.keystone/keystone.conf'
const KEY = 'a key for temporary URLs'
