// OpenStack itself on loopback: Keystone, Placement, Glance, Neutron, Nova (its fake hypervisor) and Cinder, on MariaDB.
// Servers become ACTIVE, volumes attach, wrong tokens are refused, as in any OpenStack; only the machines are not there.
//
// The set-up (or the first start) builds the databases and seeds them by the services' own APIs, for about a minute,
// and keeps the result in the cache. Each start works on a copy of it, with its own ports, so two may run beside each other.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE, once, venvBin } from '../setup.mjs'
import { DATABASES, FILES, PASSWORD, REGION, address, configuration, databaseUrl } from './openstack/config.mjs'
import { seedIdentity, seedResources } from './openstack/seed.mjs'
import { demand, freePorts, launch, orUndo, removeFolder, run, stateFolder, until, untilAnswers } from './lib.mjs'

export const packages = ['mariadb-server', 'mariadb-client']
export const venvs = ['openstack']

/**
 * Starts all of OpenStack. `origins` are the pages that may call it: every service answers their preflights.
 * `demo` is an ordinary member of the project `demo`; there are flavours m1.tiny, m1.small and m1.medium, the image
 * `cirros`, and the networks `private` (of the user's) and `public` (floating addresses).
 */
export async function start({ origins = ['*'] } = {}) {
  if (!prepared()) await once('openstack databases', 'them built and seeded; each start copies them', prepared, prepare)
  const cloud = await open(origins)
  return orUndo(async () => {
    cpSync(template(), cloud.folder, { recursive: true, mode: 2 })
    const made = JSON.parse(readFileSync(join(cloud.folder, 'made.json'), 'utf8'))
    await cloud.database()
    await cloud.sql(moved(made, cloud))
    await cloud.services()
    return {
      authUrl: `${address(cloud.ports, 'keystone')}/v3`,
      region: REGION, username: 'demo', password: PASSWORD, project: 'demo', domain: 'Default', domainId: 'default',
      admin: { username: 'admin', password: PASSWORD, project: 'admin' },
      endpoints: Object.fromEntries(SERVICES.map((name) => [name, address(cloud.ports, name)])),
      pids: cloud.children.map((child) => child.pid),
      stop: cloud.stop,
    }
  }, cloud.stop)
}

/** Whether the databases are there that these scripts and versions would make. */
export const prepared = () => existsSync(template())

/** Builds and seeds the databases, keys and images that every start copies. */
export async function prepare() {
  const all = dirname(template())
  mkdirSync(all, { recursive: true })
  const cloud = await open(['*'])
  return orUndo(async () => {
    makeKeys(cloud.folder)
    mkdirSync(join(cloud.folder, 'images'))
    const out = await run('mariadb-install-db', ['--no-defaults', `--user=${USER}`, `--datadir=${cloud.folder}/mysql`, '--skip-test-db', '--auth-root-authentication-method=normal', ...SMALL])
    writeFileSync(join(cloud.folder, 'log', 'mariadb-install.log'), out)
    await cloud.database()
    await cloud.sql(DATABASES.map((name) => `create database ${name} character set utf8mb3;`).join('\n'))
    await cloud.schemas()
    await cloud.services(['keystone'])
    await seedIdentity(cloud.ports)
    await cloud.services(SERVICES.filter((name) => name !== 'keystone'))
    await seedResources(cloud.ports)
    const made = join(mkdtempSync(join(all, 'new-')), 'made')
    mkdirSync(made)
    await cloud.quiet()
    for (const name of KEPT) cpSync(join(cloud.folder, name), join(made, name), { recursive: true })
    writeFileSync(join(made, 'made.json'), JSON.stringify({ ports: cloud.ports, folder: cloud.folder }))
    await cloud.stop()
    for (const name of readdirSync(all)) if (!name.startsWith('new-')) rmSync(join(all, name), { recursive: true, force: true })
    renameSync(made, template())
    rmSync(dirname(made), { recursive: true, force: true })
  }, cloud.stop)
}

/** A state folder with configuration and ports, and what can be started in it. */
async function open(origins) {
  const python = demand(venvBin('openstack', 'python'), 'openstack')
  const mariadbd = demand('/usr/sbin/mariadbd', 'openstack')
  const folder = stateFolder('openstack')
  const socket = join(folder, 'mysql.sock')
  // The kernel's limit for a socket's path; beyond it the database would say something far more puzzling.
  if (socket.length > 100) throw new Error(`${folder} is too deep for a socket. Next: set TMPDIR to a shorter path, /tmp say.`)
  const found = await freePorts(SERVICES.length)
  const ports = Object.fromEntries(SERVICES.map((name, at) => [name, found[at]]))
  configure({ folder, ports, origins })
  const children = []
  const etc = (project) => join(folder, 'etc', `.${project}`)
  const conf = (project) => join(etc(project), FILES[project] ?? `${project}.conf`)
  const environment = {
    // Each service's CORS code reads ~/.PROJECT/PROJECT.conf, whatever file the service itself was given.
    HOME: join(folder, 'etc'),
    PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1',
    OS_KEYSTONE_CONFIG_DIR: etc('keystone'), OS_KEYSTONE_CONFIG_FILES: conf('keystone'),
    OS_PLACEMENT_CONFIG_DIR: etc('placement'),
    OS_GLANCE_CONFIG_DIR: etc('glance'),
    OS_NEUTRON_CONFIG_DIR: etc('neutron'), OS_NEUTRON_CONFIG_FILES: 'neutron.conf',
    OS_NOVA_CONFIG_DIR: etc('nova'), OS_NOVA_CONFIG_FILES: 'api-paste.ini;nova.conf', NOVA_CONF: conf('nova'),
    CELL0: databaseUrl(folder, 'nova_cell0'), CELL1: databaseUrl(folder, 'nova_cell1'),
    WAIT_FOR: ['keystone', 'placement', 'neutron', 'glance'].map((name) => address(ports, name)).join(' '),
  }

  const manage = (program, ...args) => run(program === 'python' ? python : venvBin('openstack', program), args, { env: environment, cwd: SCRIPTS })
  const sql = (text) => run('mariadb', ['--no-defaults', '-uroot', '-S', socket], { input: text })
  return {
    folder, ports, children, sql,

    async database() {
      const options = ['--no-defaults', `--user=${USER}`, `--datadir=${folder}/mysql`, `--socket=${socket}`, `--pid-file=${folder}/mysql.pid`, '--skip-networking', '--skip-grant-tables', ...SMALL]
      const child = launch('openstack: mariadb', mariadbd, options, { log: join(folder, 'log', 'mariadb.log') })
      children.push(child)
      await until('MariaDB to listen', () => listens(socket), { children: [child] })
    },

    /** Every service's tables, side by side. */
    async schemas() {
      await Promise.all([
        manage('keystone-manage', '--config-file', conf('keystone'), 'db_sync').then(() =>
          manage('keystone-manage', '--config-file', conf('keystone'), 'bootstrap', '--bootstrap-username', 'admin', '--bootstrap-password', PASSWORD,
            '--bootstrap-project-name', 'admin', '--bootstrap-region-id', REGION,
            ...['public', 'internal'].flatMap((kind) => [`--bootstrap-${kind}-url`, `${address(ports, 'keystone')}/v3`]))),
        manage('placement-manage', '--config-file', conf('placement'), 'db', 'sync'),
        manage('glance-manage', '--config-file', conf('glance'), 'db_sync'),
        manage('neutron-db-manage', '--config-file', conf('neutron'), 'upgrade', 'heads').then(() => sql(AGENT)),
        manage('python', 'nova_schema.py'),
        manage('cinder-manage', '--config-file', conf('cinder'), 'db', 'sync'),
      ])
    },

    async services(names = SERVICES) {
      const started = names.map((name) => {
        const child = launch(`openstack: ${name}`, venvBin('openstack', 'gunicorn'), [], {
          log: join(folder, 'log', `${name}.log`),
          cwd: SCRIPTS, // where gunicorn.conf.py and the modules of nova and cinder are
          env: { ...environment, SERVICE_APP: APPS[name], SERVICE_PORT: String(ports[name]) },
        })
        children.push(child)
        return child
      })
      await Promise.all(started.map((child, at) => untilAnswers(`${address(ports, names[at])}/`, child, { timeout: 180_000 })))
    },

    /** Ends the services, then has the database write everything down. */
    async quiet() {
      const [database, ...services] = children
      await Promise.all(services.map((child) => child.stop(0)))
      await database.stop(30_000)
    },

    async stop() {
      await Promise.all(children.map((child) => child.stop(0)))
      removeFolder(folder)
    },
  }
}

function configure({ folder, ports, origins }) {
  for (const name of ['log', 'nova', 'cinder/backup', 'neutron', 'glance/tasks', 'glance/staging', 'lock']) mkdirSync(join(folder, name), { recursive: true })
  // Always the same hypervisor, so that a kept database knows it again.
  writeFileSync(join(folder, 'nova', 'compute_id'), '00000000-0000-4000-8000-00000000fa4e\n')
  const shipped = join(venvBin('openstack', ''), '..', 'etc')
  for (const [project, text] of Object.entries(configuration({ folder, ports, origins }))) {
    const to = join(folder, 'etc', `.${project}`)
    if (['glance', 'neutron', 'nova', 'cinder'].includes(project)) cpSync(join(shipped, project), to, { recursive: true })
    mkdirSync(to, { recursive: true })
    writeFileSync(join(to, FILES[project] ?? `${project}.conf`), text)
  }
}

/** Keystone's keys in its own format; keystone-manage would take seconds for each kind. */
function makeKeys(folder) {
  for (const kind of ['fernet', 'receipts', 'credential']) {
    const to = join(folder, 'keys', kind)
    mkdirSync(to, { recursive: true, mode: 0o700 })
    for (const name of ['0', '1']) writeFileSync(join(to, name), randomBytes(32).toString('base64url') + '=', { mode: 0o600 })
  }
}

/** What a kept database says of addresses and folders, put right for this start. */
function moved(made, { ports, folder }) {
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`
  const lines = SERVICES.map((name) => `update keystone.endpoint set url = replace(url, ${quoted(address(made.ports, name))}, ${quoted(`${NEW}${ports[name]}`)});`)
  lines.push(`update keystone.endpoint set url = replace(url, ${quoted(NEW)}, 'http://127.0.0.1:');`)
  lines.push(`update nova_api.cell_mappings set database_connection = replace(database_connection, ${quoted(made.folder)}, ${quoted(folder)});`)
  lines.push(`update glance.image_locations set value = replace(value, ${quoted(made.folder)}, ${quoted(folder)});`)
  return lines.join('\n')
}

function template() {
  const hash = createHash('sha256')
  const files = [fileURLToPath(import.meta.url), ...readdirSync(SCRIPTS).filter((name) => /\.(mjs|py)$/.test(name)).sort().map((name) => join(SCRIPTS, name))]
  for (const file of [...files, join(SCRIPTS, '..', 'requirements', 'openstack.txt')]) hash.update(readFileSync(file))
  return join(CACHE, 'openstack', hash.digest('hex').slice(0, 16))
}

function listens(path) {
  return new Promise((done, fail) => {
    const socket = connect(path, () => socket.end(() => done(true)))
    socket.once('error', fail)
  })
}

const SERVICES = ['keystone', 'placement', 'glance', 'neutron', 'nova', 'cinder']
const APPS = {
  keystone: 'keystone.wsgi.api:application', placement: 'placement.wsgi.api:application', glance: 'glance.wsgi.api:application',
  neutron: 'neutron.wsgi.api:application', nova: 'nova_all:application', cinder: 'cinder_all:application',
}
const SCRIPTS = fileURLToPath(new URL('openstack/', import.meta.url))
const KEPT = ['mysql', 'keys', 'images']
/** Stands for the new address while old ones are replaced: a new port may be another service's old one. */
const NEW = 'new-port:'
const USER = userInfo().username
/** Test data may be lost, so nothing waits for the disk; and the files that are copied stay small. */
const SMALL = [
  '--skip-log-bin', '--sync-binlog=0', '--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0', '--innodb-use-native-aio=0', '--performance-schema=off',
  '--innodb-log-file-size=16M', '--innodb-buffer-pool-size=128M', '--innodb-fast-shutdown=0', '--max-connections=500', '--character-set-server=utf8mb3',
]
/** An Open vSwitch agent that is always alive on the one host: Neutron gives ports only where it knows of one. */
const AGENT = `insert into neutron.agents (id, agent_type, \`binary\`, topic, host, admin_state_up, created_at, started_at, heartbeat_timestamp, \`load\`, configurations)
  values ('${randomUUID()}', 'Open vSwitch agent', 'neutron-openvswitch-agent', 'N/A', 'fake-host', 1, '2020-01-01', '2020-01-01', '2090-01-01', 0,
  '${JSON.stringify({ bridge_mappings: { external: 'br-ex' }, tunnel_types: ['vxlan'], tunneling_ip: '127.0.0.1', datapath_type: 'system', ovs_capabilities: {}, in_distributed_mode: false })}');`
