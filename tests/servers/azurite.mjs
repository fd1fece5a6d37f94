// Azurite, Microsoft's own emulator of Azure Storage: it verifies account keys, shared access signatures and, over TLS, the
// form of Entra ID's tokens. Only blobs are started. Browsers may call it once the account has CORS rules: see `cors`.

import { createHmac, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { join } from 'node:path'
import { npmBin } from '../setup.mjs'
import { demand, launch, orUndo, removeFolder, run, stateFolder, until, wantPort } from './lib.mjs'

export const tools = [['azurite', '3.35.0']]
export const packages = ['openssl']

/**
 * Starts Azurite on nothing, with one account. `tls` has it speak TLS with a certificate that nobody knows, for tokens of
 * Entra ID are taken no other way; `cors` lets pages of every origin in; without `strict` it passes over headers that it does
 * not know, checksums and customers' keys; without `memory` it keeps what it has on disk, for gigabytes.
 */
export async function start({ port, tls = false, cors = false, strict = true, memory = true } = {}) {
  const program = demand(npmBin('azurite', '3.35.0', 'azurite-blob'), 'azurite')
  port = await wantPort(port)
  const folder = stateFolder('azurite')
  const [account, accountKey] = ['skyfetch', randomBytes(64).toString('base64')]
  const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}/${account}`
  let child
  const stop = async () => {
    await child?.stop(0)
    removeFolder(folder)
  }
  return orUndo(async () => {
    const args = ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--disableTelemetry', '--silent', '--blobKeepAliveTimeout', '600']
    args.push(...(memory ? ['--inMemoryPersistence'] : ['--location', folder]))
    if (!strict) args.push('--loose')
    if (tls) {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert])
      args.push('--oauth', 'basic', '--key', key, '--cert', cert)
    }
    child = launch('azurite', process.execPath, [program, ...args], { log: join(folder, 'log'), cwd: folder, env: { AZURITE_ACCOUNTS: `${account}:${accountKey}`, NODE_OPTIONS: '' } })
    await until(`azurite to listen on ${endpoint}`, () => listens(port), { children: [child] })
    if (cors) await open(endpoint, account, accountKey)
    return { endpoint, account, accountKey, pids: [child.pid], stop }
  }, stop)
}

/** Whether somebody listens there: a certificate that nobody knows would be in the way of asking. */
const listens = (port) =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), done(true))).once('error', () => done(false))
  })

/** Lets pages of every origin read and write. */
async function open(endpoint, account, accountKey) {
  const rule = '<AllowedOrigins>*</AllowedOrigins><AllowedMethods>GET,HEAD,PUT,POST,DELETE,OPTIONS</AllowedMethods><AllowedHeaders>*</AllowedHeaders><ExposedHeaders>*</ExposedHeaders><MaxAgeInSeconds>600</MaxAgeInSeconds>'
  const body = `<StorageServiceProperties><Cors><CorsRule>${rule}</CorsRule></Cors></StorageServiceProperties>`
  const headers = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2023-11-03' }
  const named = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join('')
  const text = `PUT\n\n\n${body.length}\n\napplication/xml\n\n\n\n\n\n\n${named}/${account}/${account}/\ncomp:properties\nrestype:service`
  const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(text).digest('base64')
  const answer = await fetch(`${endpoint}/?restype=service&comp=properties`, { method: 'PUT', body, headers: { ...headers, 'content-type': 'application/xml', authorization: `SharedKey ${account}:${signature}` } })
  if (!answer.ok) throw new Error(`azurite took no CORS rules: it answered ${answer.status} ${await answer.text()}`)
}
