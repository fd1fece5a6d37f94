// Google Cloud Storage: gcp-storage-emulator, with what it lacks put to it by gcs_server.py beside this file. It checks no
// credentials, so with `auth` a gate stands before it that does, as Google's does. Browsers may call it from any page.

import { createHash, createVerify, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, request as ask } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { venvBin } from '../setup.mjs'
import { demand, launch, orUndo, removeFolder, stateFolder, untilAnswers, wantPort } from './lib.mjs'

export const venvs = ['gcs']

/**
 * Starts it. With `auth` it has one service account, whose key file is `credentials`: tokens are given out for statements that
 * this key signed, live for `life` seconds, and are demanded by everything but presigned URLs, which the key must have signed,
 * too. `statements` are those that were good, `revoke()` makes all tokens worthless, `live(seconds)` says how long later ones live.
 */
export async function start({ port, auth = false, life = 3600 } = {}) {
  const python = demand(venvBin('gcs', 'python'), 'gcs')
  port = await wantPort(port)
  const folder = stateFolder('gcs')
  const emulator = `http://127.0.0.1:${port}`
  const child = launch('gcs', python, [SERVER, String(port)], { log: join(folder, 'log'), cwd: folder, env: { PYTHONDONTWRITEBYTECODE: '1' } })
  let gate
  const stop = async () => {
    gate?.close()
    await child.stop(0)
    removeFolder(folder)
  }
  return orUndo(async () => {
    await untilAnswers(emulator, child)
    gate = auth ? await guard(port, life) : undefined
    return { endpoint: emulator, projectId: 'skyfetch-test', pids: [child.pid], ...gate?.gives, stop }
  }, stop)
}

async function guard(port, life) {
  // A test may have its own clock go wrong.
  const now = () => performance.timeOrigin + performance.now()
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
  const email = 'tester@skyfetch-test.iam.gserviceaccount.com'
  const tokens = new Map()
  const statements = []
  const gives = { statements, tokens, revoke: () => tokens.clear(), live: (seconds) => (life = seconds) }
  const signed = (text, signature) => createVerify('RSA-SHA256').update(text).verify(publicKey, signature)

  /** Why a statement is no good, or its claims. */
  const judge = (assertion) => {
    const [header, claims, signature] = (assertion ?? '').split('.')
    if (!signature || !signed(`${header}.${claims}`, Buffer.from(signature, 'base64url'))) return 'Invalid JWT Signature.'
    const said = JSON.parse(Buffer.from(claims, 'base64url'))
    if (JSON.parse(Buffer.from(header, 'base64url')).alg !== 'RS256' || said.iss !== email || said.aud !== 'https://oauth2.googleapis.com/token') return 'Invalid JWT.'
    if (Math.abs(said.iat - now() / 1000) > 600 || said.exp - said.iat > 3600) return 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.'
    return said
  }
  const log_in = async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const claims = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' ? judge(form.get('assertion')) : 'Invalid grant.'
    if (typeof claims === 'string') return answer(response, 400, { error: 'invalid_grant', error_description: claims }, now())
    statements.push(claims)
    const token = `ya29.${randomBytes(12).toString('base64url')}`
    tokens.set(token, now() + life * 1000)
    answer(response, 200, { access_token: token, expires_in: life, token_type: 'Bearer' })
  }
  /** Whether a URL was signed for this request, and still holds. <https://cloud.google.com/storage/docs/authentication/signatures> */
  const presigned = (request) => {
    const [path, query] = request.url.split('?')
    const pairs = query.split('&')
    const value = (name) => decodeURIComponent(pairs.find((pair) => pair.startsWith(`${name}=`))?.split('=')[1] ?? '')
    const date = value('X-Goog-Date')
    const began = Date.parse(date.replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'))
    if (!(now() < began + value('X-Goog-Expires') * 1000)) return false
    const names = value('X-Goog-SignedHeaders').split(';')
    const headers = names.map((name) => `${name}:${request.headers[name] ?? ''}\n`).join('')
    const canonical = [request.method, path, pairs.filter((pair) => !pair.startsWith('X-Goog-Signature=')).sort().join('&'), headers, names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n')
    const scope = `${date.slice(0, 8)}/auto/storage/goog4_request`
    if (value('X-Goog-Algorithm') !== 'GOOG4-RSA-SHA256' || value('X-Goog-Credential') !== `${email}/${scope}`) return false
    const text = ['GOOG4-RSA-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
    return signed(text, Buffer.from(value('X-Goog-Signature'), 'hex'))
  }
  const server = createServer((request, response) => {
    if (request.url === '/token') return log_in(request, response)
    let path = request.url
    if (path.includes('X-Goog-Signature=')) {
      if (!presigned(request)) return refuse(request, response, 403, 'SignatureDoesNotMatch')
      path = path.split('?')[0]
    } else if (request.method !== 'OPTIONS' && !(tokens.get(request.headers.authorization?.replace('Bearer ', '')) > now())) {
      return refuse(request, response, 401, 'authError')
    }
    const onward = ask({ host: '127.0.0.1', port, method: request.method, path, headers: request.headers }, (got) => {
      response.writeHead(got.statusCode, got.headers)
      got.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  server.keepAliveTimeout = 600_000
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  server.unref()
  gives.endpoint = `http://127.0.0.1:${server.address().port}`
  const token_uri = `${gives.endpoint}/token`
  gives.credentials = JSON.stringify({ type: 'service_account', project_id: 'skyfetch-test', private_key_id: 'k1', private_key: privateKey, client_email: email, token_uri }, null, 2)
  return { gives, close: () => (server.closeAllConnections(), server.close()) }
}

function refuse(request, response, status, reason) {
  request.resume().on('end', () => answer(response, status, { error: { code: status, message: 'Invalid Credentials', errors: [{ reason }] } }))
}

function answer(response, status, body, now = Date.now()) {
  response.writeHead(status, { 'content-type': 'application/json', date: new Date(now).toUTCString() }).end(JSON.stringify(body))
}

const SERVER = fileURLToPath(new URL('gcs_server.py', import.meta.url))
