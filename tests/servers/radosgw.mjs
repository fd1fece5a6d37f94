// Ceph's object gateway: a production S3 (and Swift) that verifies signatures. One monitor, one OSD in memory, the gateway.
// Browsers: as on AWS, a bucket answers a page once it has CORS rules (PutBucketCors); nothing else does.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demand, freePorts, launch, orUndo, removeFolder, run, stateFolder, until, wantPort } from './lib.mjs'

export const packages = ['ceph-mon', 'ceph-osd', 'ceph-common', 'radosgw']

/** Starts it with one user, who has S3 keys and, as `user:swift`, Swift's own log-in (v1). */
export async function start({ port } = {}) {
  demand('/usr/bin/radosgw', 'radosgw')
  const [anyPort, monitorPort] = await freePorts(2)
  port = port ? await wantPort(port) : anyPort
  const folder = stateFolder('radosgw')
  const children = []
  const stop = async () => {
    await Promise.all(children.map((child) => child.stop(0)))
    removeFolder(folder)
  }
  return orUndo(async () => {
    const conf = join(folder, 'ceph.conf')
    const keyring = join(folder, 'keyring')
    const monitors = `[v2:127.0.0.1:${monitorPort}]`
    for (const name of ['mon', 'osd', 'gateway', 'run', 'log']) mkdirSync(join(folder, name))
    writeFileSync(conf, configuration({ folder, keyring, monitors, port }))
    const ceph = (program, ...args) => run(program, ['-c', conf, ...args], { timeout: 60_000 })
    const daemon = (name, program, ...args) => {
      const child = launch(`radosgw: ${name}`, program, ['-c', conf, '-f', ...args], { log: join(folder, 'log', `${name}.out`) })
      children.push(child)
      return child
    }

    for (const name of ['mon.', 'client.admin', 'osd.0', 'client.rgw']) {
      const caps = ['mon', 'osd', 'mgr'].flatMap((kind) => ['--cap', kind, 'allow *'])
      await run('ceph-authtool', [keyring, ...(name === 'mon.' ? ['--create-keyring'] : []), '--gen-key', '-n', name, ...caps])
    }
    const map = join(folder, 'monmap')
    await run('monmaptool', ['--create', '--addv', 'a', monitors, '--fsid', CLUSTER, map])
    await ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring)
    const monitor = daemon('monitor', 'ceph-mon', '-i', 'a')
    await Promise.all([ceph('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', DISK), ceph('ceph', '--connect-timeout', '30', 'osd', 'new', DISK)])
    await ceph('ceph', 'osd', 'crush', 'add', 'osd.0', '1', 'root=default')
    const disk = daemon('osd', 'ceph-osd', '-i', '0')
    const gateway = daemon('gateway', 'radosgw', '-n', 'client.rgw')
    const endpoint = `http://127.0.0.1:${port}`
    await until('the gateway to answer', async () => (await fetch(endpoint)).status < 500, { timeout: 90_000, children: [monitor, disk, gateway] })
    const admin = (...args) => ceph('radosgw-admin', '-n', 'client.rgw', ...args)
    await admin('user', 'create', '--uid=test', '--display-name=test', `--access-key=${KEYS.accessKeyId}`, `--secret-key=${KEYS.secretAccessKey}`)
    await admin('subuser', 'create', '--uid=test', '--subuser=test:swift', '--access=full', '--key-type=swift', `--secret=${SWIFT.key}`)
    return { endpoint, region: 'us-east-1', ...KEYS, swift: { authUrl: `${endpoint}/auth/v1.0`, ...SWIFT }, pids: children.map((child) => child.pid), stop }
  }, stop)
}

function configuration({ folder, keyring, monitors, port }) {
  return `[global]
fsid = ${CLUSTER}
mon_host = ${monitors}
ms_bind_msgr1 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
public_network = 127.0.0.0/8
keyring = ${keyring}
run_dir = ${folder}/run
admin_socket = ${folder}/run/$name.$pid.asok
pid_file = ${folder}/run/$name.pid
log_file = ${folder}/log/$name.log
# One disk holds everything once.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_max_pg_per_osd = 2000
# The monitor gathers changes for a second before it agrees with itself: each of a dozen pools would wait.
paxos_propose_interval = 0.02
osd_class_load_list = *
osd_class_default_list = *

[mon.a]
mon_data = ${folder}/mon

[osd]
osd_data = ${folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 1073741824

[client.rgw]
rgw_data = ${folder}/gateway
rgw_frontends = beast endpoint=127.0.0.1:${port}
rgw_dns_name = localhost
rgw_thread_pool_size = 16
rgw_swift_account_in_url = true
# There is no TLS on loopback: keys of the caller's own come without.
rgw_crypt_require_ssl = false
# Housekeeping that no short test needs.
rgw_enable_usage_log = false
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
rgw_run_sync_thread = false
`
}

const CLUSTER = '00000000-0000-4000-8000-0000000000c1'
const DISK = '00000000-0000-4000-8000-0000000000d1'
const KEYS = { accessKeyId: 'AKIARGW', secretAccessKey: 'SECRETRGW' }
const SWIFT = { user: 'test:swift', key: 'SWIFTKEY' }
