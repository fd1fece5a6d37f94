// PowerDNS, the authoritative name server, with its HTTP API: what is created there is then asked for by DNS.
// Browsers: the API answers every origin and lets X-API-Key through in its preflight.

import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { demand, freePorts, launch, orUndo, removeFolder, run, stateFolder, untilAnswers, wantPort } from './lib.mjs'

export const packages = ['bind9-utils', 'pdns-server', 'pdns-backend-sqlite3', 'sqlite3', 'bind9-dnsutils']

/** Starts PowerDNS on an empty database. `dig(name, type)` gives the lines that a resolver would see. */
export async function start({ port, dnsPort } = {}) {
  const program = demand('/usr/sbin/pdns_server', 'pdns')
  const schema = demand('/usr/share/doc/pdns-backend-sqlite3/schema.sqlite3.sql', 'pdns')
  const [anyPort, anyDnsPort] = await freePorts(2)
  port = port ? await wantPort(port) : anyPort
  dnsPort = dnsPort ? await wantPort(dnsPort) : anyDnsPort
  const folder = stateFolder('pdns')
  const endpoint = `http://127.0.0.1:${port}`
  let child
  const stop = async () => {
    await child?.stop(0)
    removeFolder(folder)
  }
  return orUndo(async () => {
    const database = join(folder, 'pdns.sqlite3')
    await run('sqlite3', [database], { input: readFileSync(schema) })
    const settings = {
      'config-dir': folder, 'socket-dir': folder, daemon: 'no', guardian: 'no',
      launch: 'gsqlite3', 'gsqlite3-database': database, 'gsqlite3-dnssec': 'yes', 'gsqlite3-pragma-synchronous': 0,
      'local-address': '127.0.0.1', 'local-port': dnsPort,
      webserver: 'yes', 'webserver-address': '127.0.0.1', 'webserver-port': port, 'webserver-allow-from': '127.0.0.1/32',
      api: 'yes', 'api-key': API_KEY,
      'default-soa-content': 'ns1.@ hostmaster.@ 0 10800 3600 604800 3600',
      // No caches: what the API took is what DNS answers, at once.
      'cache-ttl': 0, 'query-cache-ttl': 0, 'negquery-cache-ttl': 0, 'zone-cache-refresh-interval': 0,
    }
    child = launch('pdns', program, Object.entries(settings).map(([name, value]) => `--${name}=${value}`), { log: join(folder, 'log') })
    await untilAnswers(`${endpoint}/api/v1/servers/localhost`, child, { headers: { 'x-api-key': API_KEY } })
    const dig = async (name, type = 'A') => {
      const lines = await run('dig', ['@127.0.0.1', '-p', String(dnsPort), '+short', '+tries=1', '+time=3', name, type])
      return lines.split('\n').filter(Boolean)
    }
    return { endpoint, apiKey: API_KEY, dnsPort, dig, pids: [child.pid], stop }
  }, stop)
}

const API_KEY = 'skyfetch-test-key'
