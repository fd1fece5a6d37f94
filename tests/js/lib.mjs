// What the suites share: the built package, servers that end with their suite, a server that says what a test wants,
// and the checks that every error must pass.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { after, before } from 'node:test'
import { inspect, promisify } from 'node:util'
import { start } from '../servers/index.mjs'
import { SkyfetchError } from '../../dist/node.js'

export * from '../../dist/node.js'
export { assert, start }
export const exec = promisify(execFile)

/** A real server for a whole suite; what it gives is there once the tests run. A server that does not start fails them all. */
export function serve(name, options) {
  const server = {}
  before(async () => Object.assign(server, await start(name, options)), { timeout: 300_000 })
  after(async () => server.stop?.())
  return server
}

/**
 * A server on loopback that answers as `handler(request, response)` says; `requests` are what it was sent. Like the real
 * ones it is there for the whole suite.
 */
export function script(handler) {
  const server = { requests: [], inFlight: 0, most: 0, handler }
  const http = createServer(async (request, response) => {
    server.inFlight += 1
    server.most = Math.max(server.most, server.inFlight)
    response.once('close', () => (server.inFlight -= 1))
    const chunks = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      return // the client went away
    }
    const asked = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString(), at: performance.now() }
    server.requests.push(asked)
    await server.handler(asked, response, server.requests.length)
  })
  // A connection that the server ends while the client thinks of reusing it would look like a fault.
  http.keepAliveTimeout = 600_000
  http.on('clientError', (_, socket) => socket.destroy())
  before(async () => {
    await new Promise((done) => http.listen(0, '127.0.0.1', done))
    server.endpoint = `http://127.0.0.1:${http.address().port}`
  })
  after(() => {
    http.closeAllConnections()
    http.close()
  })
  /** Forgets what was, and answers so from now on. */
  server.play = (play) => {
    server.requests.length = 0
    server.most = server.inFlight = 0
    server.handler = play
  }
  return server
}

/** An address on loopback where nobody listens. */
export async function nobody() {
  const server = createTcpServer()
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return `http://127.0.0.1:${port}`
}

/** Awaits a rejection by a SkyfetchError of this kind, checks it, and gives it. */
export async function fails(promise, kind, more = {}) {
  let error
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (thrown) {
    error = thrown
  }
  assert.ok(error, `it should have failed with "${kind}"`)
  assert.ok(error instanceof SkyfetchError, `no SkyfetchError but ${inspect(error)}`)
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'SkyfetchError')
  assert.equal(error.kind, kind, inspect(error))
  assert.ok(error.message.length > 0)
  for (const [name, value] of Object.entries(more)) {
    if (value instanceof RegExp) assert.match(String(error[name]), value)
    else assert.deepEqual(error[name], value, `${name} of ${inspect(error)}`)
  }
  return error
}

/** No way of showing these things may show a secret: neither as it is, nor encoded as it would be on the wire. */
export function keepsSecret(secrets, ...things) {
  const forms = [secrets].flat().flatMap((s) => [s, encodeURIComponent(s), Buffer.from(s).toString('base64').replace(/=+$/, '')])
  for (const thing of things) {
    const shown = [String(thing?.message), String(thing?.stack), json(thing), inspect(thing, { depth: 20, showHidden: true, getters: true })]
    if (thing instanceof Error) shown.push(String(thing), json({ ...thing }), json(Object.fromEntries(Object.getOwnPropertyNames(thing).map((n) => [n, thing[n]]))))
    for (const text of shown) {
      for (const form of forms) assert.ok(!text?.includes(form), `a secret is shown: ${text}`)
    }
  }
}

function json(value) {
  try {
    return JSON.stringify(value)
  } catch {
    return ''
  }
}

/** Counts the requests of calls that get its `listener`. */
export function counter() {
  const seen = []
  return {
    seen,
    listener: (event) => void seen.push(event),
    of: (operation) => seen.filter((e) => e.type === 'request' && (operation === undefined || e.operation === operation)).length,
  }
}

export const range = (n) => Array.from({ length: n }, (_, i) => i)
export const byId = (list, id) => list.find((one) => one.id === id)
export const names = (list) => list.map((one) => one.name).sort()
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

/** Asks until `check` gives something true, for servers that take their time. */
export async function until(what, check, { timeout = 60_000, every = 50 } = {}) {
  const end = performance.now() + timeout
  for (;;) {
    const answer = await check()
    if (answer) return answer
    assert.ok(performance.now() < end, `waited ${timeout / 1000} s in vain for ${what}`)
    await sleep(every)
  }
}
