// A lost answer never makes two nodes: on every cloud, each order that creating a node takes is carried out once and its
// answer lost. Where the order has a token, it is sent again with the same one, and the node is the one that was made;
// where it has none, it is not sent again, and the error says what is not known and what to do.
//
// The clouds are the recorded cases, answered by a server on loopback that really cuts the connection.

import { describe, test } from 'node:test'
import { account, cases, clouds } from '../specs/cases.mjs'
import { assert, compute, fails, providers, script } from './lib.mjs'

/** Where a cloud's order carries its token. Whatever else is sent twice fails here. */
const TOKENS = {
  'aliyun-ecs': ({ url, body }) => new URL(url).searchParams.get('ClientToken') ?? new URLSearchParams(body).get('ClientToken'),
  ec2: ({ body }) => new URLSearchParams(body).get('ClientToken'),
  gce: ({ url }) => new URL(url).searchParams.get('requestId'),
  outscale: ({ body }) => JSON.parse(body).ClientToken,
}
/** What may be sent again without one, beside PUT and DELETE. */
const HARMLESS = { outscale: /\/(ReadVms|CreateTags)$/ }
/** What the cases' account does not do outside of them: its key signs nothing. */
const ACCOUNTS = { gce: ({ zone, credentials }) => ({ zone, accessToken: 'token', projectId: JSON.parse(credentials).project_id }) }

const runs = []
const server = script((asked, response) => runs[asked.headers['x-run']].hear(asked, response))

/** One creation: the exchanges of its case in their order, of which the answer to one is lost. */
class Run {
  /** All that came, log-ins aside. */
  heard = []
  /** The nodes that the lost order made: one a token; one each time, without. */
  made = new Set()
  unknown = []
  at = 0

  constructor(cloud, exchanges, lost) {
    Object.assign(this, { cloud, exchanges, lost, logIn: account(cloud).exchanges, number: runs.push(this) - 1 })
  }

  /** Everything goes to the loopback, whatever its host. */
  fetch = (url, init) => {
    const { origin, pathname, search } = new URL(url)
    const headers = new Headers(init?.headers)
    headers.set('x-run', this.number)
    headers.set('x-origin', origin)
    return fetch(server.endpoint + pathname + search, { ...init, headers })
  }

  hear({ method, url, headers, body }, response) {
    const asked = { method, url: headers['x-origin'] + url, body }
    const same = ({ request }) => request.method === method && place(request.url) === place(asked.url)
    const logIn = this.logIn.find(same)
    if (logIn) return answer(logIn, response)
    this.heard.push(asked)
    const again = this.at - 1 === this.lost && this.heard.filter((one) => one.method === method && unsigned(one).url === unsigned(asked).url).length > 1 && same(this.exchanges[this.lost])
    if (again) {
      this.made.add(this.token(asked) ?? this.made.size)
      return answer(this.exchanges[this.lost], response)
    }
    const exchange = this.exchanges[this.at]
    if (!exchange || !same(exchange)) {
      this.unknown.push(`${method} ${asked.url}`)
      return response.writeHead(400).end()
    }
    if (this.at++ !== this.lost) return answer(exchange, response)
    this.made.add(this.token(asked) ?? this.made.size)
    response.destroy()
  }

  token(asked) {
    return TOKENS[this.cloud]?.(asked)
  }

  open() {
    const { fields } = account(this.cloud)
    return compute(this.cloud, { ...(ACCOUNTS[this.cloud]?.(fields) ?? fields), fetch: this.fetch })
  }
}

const place = (url) => new URL(url).origin + new URL(url).pathname

/** A request without what a signature in its query changes each time. */
function unsigned(asked) {
  const url = new URL(asked.url)
  for (const name of ['Signature', 'SignatureNonce', 'Timestamp']) url.searchParams.delete(name)
  return { ...asked, url: String(url) }
}

function answer({ answer: { status, headers, body } }, response) {
  for (const [name, value] of headers) response.setHeader(name, value)
  // The clock of the cases stands; ours does not.
  response.writeHead(status).end(body.replace(/"(expires|expires_at)":"[^"]*"/g, '"$1":"2099-01-01T00:00:00Z"'))
}

const makers = providers().filter(({ services, name }) => services.compute?.includes('createNode') && name !== 'sandbox').map(({ name }) => name)
/** A cloud's cases in which a node is made. */
const made = (cloud) => cases(cloud).filter(({ name, result, exchanges }) => /^create_node\b/.test(name) && result && exchanges.every((x) => x.answer.status < 400))
/** Those with such cases of their own; others speak the language of one. */
const own = makers.filter((name) => clouds().includes(name) && made(name).length > 0)

test('every cloud that makes nodes is among these, or speaks the language of one that is', () => {
  for (const name of makers) assert.ok(own.includes(name) || account(name).like, name)
  assert.ok(own.length >= 15)
})

describe('an order that is given up while it is on its way', () => {
  const doubt = /not known whether this was carried out/
  const cloud = (number) => compute('digitalocean', { token: 't', region: 'nyc3', endpoint: server.endpoint, fetch: (url, init) => fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), 'x-run': number } }) })
  const deaf = () => runs.push({ hear: () => {} }) - 1
  const spec = { name: 'n', image: 'i', size: 's' }

  test('too late', () => fails(cloud(deaf()).createNode(spec, { timeout: 150 }), 'deadline', { message: doubt }))
  test('too slow', () => fails(cloud(deaf()).createNode(spec, { attemptTimeout: 150 }), 'transport', { message: doubt }))
  test('cancelled', () => fails(cloud(deaf()).createNode(spec, { signal: AbortSignal.timeout(150) }), 'cancelled', { message: doubt }))
  test('answered by a gateway', async () => {
    let heard = 0
    const number = runs.push({ hear: (_, response) => (heard++, response.writeHead(504).end()) }) - 1
    await fails(cloud(number).createNode(spec), 'unavailable', { message: doubt, status: 504 })
    assert.equal(heard, 1)
  })
  test('lost too often, though it had a token: the next try has another', async () => {
    const number = runs.push({ hear: (_, response) => response.destroy() }) - 1
    const ec2 = compute('ec2', { accessKeyId: 'A', secretAccessKey: 's', region: 'eu-west-1', fetch: (_, init) => fetch(server.endpoint, { ...init, headers: { 'x-run': number } }) })
    await fails(ec2.createNode(spec, { retries: 1 }), 'transport', { message: doubt })
    assert.doesNotMatch((await fails(ec2.listNodes({ retries: 0 }), 'transport')).message, doubt)
  })
  test('a list is in no doubt', async () => {
    const error = await fails(cloud(deaf()).listNodes({ timeout: 150 }), 'deadline')
    assert.doesNotMatch(error.message, doubt)
  })
})

for (const cloud of own) {
  describe(cloud, { concurrency: 8 }, () => {
    for (const { name, call, exchanges, result } of made(cloud)) {
      for (const [at, { request }] of exchanges.entries()) {
        if (request.method === 'GET') continue
        test(`${name}: the answer to ${request.method} ${new URL(request.url).pathname} is lost`, async () => {
          const run = new Run(cloud, exchanges, at)
          const events = []
          const creating = run.open().createNode(...call.args, { onEvent: (event) => void events.push(event) })
          const hasToken = Boolean(run.token({ url: request.url, body: request.form ?? JSON.stringify(request.body) }))
          if (hasToken || ['PUT', 'DELETE'].includes(request.method) || HARMLESS[cloud]?.test(request.url)) {
            const node = await creating
            assert.equal(node.id, result.id)
            const [first, second, ...more] = run.heard.filter((one) => place(one.url) === place(request.url) && one.method === request.method)
            assert.deepEqual(second && unsigned(second), unsigned(first), 'what is sent again is the same')
            if (hasToken) assert.ok(run.token(first)?.length >= (call.args[0].idempotencyToken ? 1 : 16), `a token: ${run.token(first)}`)
            assert.deepEqual(more, [])
            if (hasToken) assert.equal(run.made.size, 1, 'one node')
            assert.equal(events.filter((event) => event.type === 'retry').length, 1)
          } else {
            const error = await fails(creating, 'transport', { provider: cloud, operation: 'createNode', message: /not known whether this was carried out.*list.*name.*before you try again/ })
            assert.equal(error.status, undefined)
            assert.equal(run.heard.length, at + 1, 'nothing is sent after it')
          }
          assert.deepEqual(run.unknown, [])
        })
      }
    }
  })
}
