// Bad input, hostile answers, lost connections: each gives a SkyfetchError that says what to do, before anything is sent
// where it can be known before, and none shows a secret.

import { describe, test } from 'node:test'
import { Readable } from 'node:stream'
import { SkyfetchError, assert, compute, counter, dns, fails, keepsSecret, nobody, providers, range, script, sleep, storage } from './lib.mjs'

const SECRET = 'sEcr3t/With+Signs=='
const server = script()
const elsewhere = script((_, response) => response.end('{}'))

const ec2 = (more = {}) => compute('ec2', { accessKeyId: 'AKID', secretAccessKey: SECRET, region: 'us-east-1', endpoint: server.endpoint, ...more })
const openstack = (more = {}) => compute('openstack', { authUrl: `${server.endpoint}/v3`, username: 'u', password: SECRET, project: 'p', ...more })
const s3 = (more = {}) => storage('s3', { accessKeyId: 'AKID', secretAccessKey: SECRET, endpoint: server.endpoint, ...more })
const pdns = (more = {}) => dns('powerdns', { endpoint: server.endpoint, apiKey: SECRET, ...more })

/** Answers the log-in with a catalogue of this server; the rest goes to `handler`. */
const loggedIn = (handler) => (asked, response, number) => {
  if (asked.url !== '/v3/auth/tokens') return handler(asked, response, number)
  const endpoints = [{ interface: 'public', region: 'R', region_id: 'R', url: `${server.endpoint}/api` }]
  const catalog = ['compute', 'network', 'image', 'block-storage', 'volumev3', 'volume'].map((type) => ({ type, name: type, endpoints }))
  response.writeHead(201, { 'x-subject-token': 'gAAAAtoken', 'content-type': 'application/json' })
  response.end(JSON.stringify({ token: { expires_at: '2099-01-01T00:00:00Z', catalog, project: { id: 'p', name: 'p' } } }))
}
const answer = (status, body, headers = {}) => (_, response) => response.writeHead(status, headers).end(body)
const nodesXml = (inner, more = '') => `<DescribeInstancesResponse>${more}<reservationSet><item><instancesSet>${inner}</instancesSet></item></reservationSet></DescribeInstancesResponse>`
const nodeXml = (id) => `<item><instanceId>${id}</instanceId><instanceState><name>running</name></instanceState></item>`
const quick = { retries: 0 }

describe('configuration', () => {
  const good = { accessKeyId: 'AKID', secretAccessKey: SECRET, region: 'us-east-1' }
  const cases = [
    ['unknown provider', () => compute('azure', good), /azure.*ec2/s],
    ['no provider', () => compute(undefined, good), /provider/],
    ['no configuration', () => compute('ec2'), /configuration/],
    ['null', () => compute('ec2', null), /configuration/],
    ['a missing field', () => compute('ec2', { accessKeyId: 'AKID', region: 'us-east-1' }), /secretAccessKey.*missing/],
    ['an empty field', () => compute('ec2', { ...good, secretAccessKey: '' }), /secretAccessKey.*missing/],
    ['an unknown field', () => compute('ec2', { ...good, secretKey: SECRET }), /secretKey/],
    ['an object for a text', () => compute('ec2', { ...good, secretAccessKey: { value: SECRET } }), /secretAccessKey/],
    ['a list for a text', () => compute('ec2', { ...good, secretAccessKey: [SECRET] }), /secretAccessKey/],
    ['a line break in a secret', () => compute('ec2', { ...good, secretAccessKey: `${SECRET}\r\n` }), /secretAccessKey.*line break/],
    ['NUL in a secret', () => pdns({ apiKey: `${SECRET}\0` }), /apiKey/],
    ['a letter that no header carries', () => pdns({ apiKey: `${SECRET}日本` }), /.+/],
    ['a circular configuration', () => compute('ec2', Object.assign({}, good, { get region() { return this } })), /.+/],
    ['a bigint', () => compute('ec2', { ...good, region: 5n }), /.+/],
    ['a region that is none', () => compute('ec2', { ...good, region: 'evil.example/' }), /region/],
    ['an endpoint without a scheme', () => compute('ec2', { ...good, endpoint: '127.0.0.1:5000' }), /endpoint/],
    ['an endpoint with a password', () => compute('ec2', { ...good, endpoint: `https://user:${encodeURIComponent(SECRET)}@host` }), /endpoint/],
    ['an endpoint with a query', () => compute('ec2', { ...good, endpoint: 'https://host/?a=b' }), /endpoint/],
    ['an endpoint of another kind', () => compute('ec2', { ...good, endpoint: 'file:///etc/passwd' }), /endpoint/],
    ['a fetch that is none', () => compute('ec2', { ...good, fetch: 'fetch' }), /fetch/],
    ['half an application credential', () => openstack({ applicationCredentialId: 'x' }), /.+/],
    ['no project', () => compute('openstack', { authUrl: 'http://h/v3', username: 'u', password: SECRET }), /project/],
    ['Identity 2.0', () => openstack({ authUrl: 'http://h/v2.0' }), /v3/],
    ['a style that is none', () => s3({ pathStyle: 'perhaps' }), /pathStyle/],
    ['a failure rate over 1', () => compute('sandbox', { failureRate: 2 }), /failureRate/],
  ]
  for (const [name, make, message] of cases) {
    test(name, async () => {
      const error = await fails(async () => make(), 'invalid', { message })
      keepsSecret(SECRET, error)
      assert.equal(server.requests.length, 0)
    })
  }

  test('a service that the provider has not', async () => {
    for (const make of [() => compute('s3', {}), () => storage('ec2', good), () => dns('rackspace', {})]) await fails(async () => make(), 'unsupported', { message: /providers\(\)/ })
  })

  test('everything that is required is demanded, of every provider', async () => {
    for (const provider of providers()) {
      const open = { compute, storage, dns }
      for (const service of Object.keys(provider.services)) {
        if (!provider.services[service]?.length) continue
        for (const field of provider.fields.filter((f) => f.required)) {
          const config = Object.fromEntries(provider.fields.filter((f) => f.required && f !== field).map((f) => [f.name, 'x']))
          const error = await fails(async () => open[service](provider.name, config), 'invalid')
          assert.match(error.message, new RegExp(field.name), `${provider.name} without ${field.name}`)
        }
      }
    }
  })
})

describe('arguments and options: refused before anything is sent', () => {
  const spec = { name: 'n', image: 'i', size: 's' }
  const circle = {}
  circle.self = circle
  const cases = [
    ['no id', () => ec2().getNode(), /node is missing/],
    ['an empty id', () => ec2().getNode(''), /.+/],
    ['an object without an id', () => ec2().getNode({}), /.+/],
    ['a list for an id', () => ec2().getNode(['i-1']), /.+/],
    ['no specification', () => ec2().createNode(), /name/],
    ['no image', () => ec2().createNode({ name: 'n', size: 's' }), /image/],
    ['an unknown option', () => ec2().createNode({ ...spec, imageId: 'i' }), /imageId/],
    ['a text for a specification', () => ec2().createNode('n'), /.+/],
    ['tags that are a list', () => ec2().createNode({ ...spec, tags: ['a'] }), /tags/],
    ['a tag that is an object', () => ec2().createNode({ ...spec, tags: { a: {} } }), /tags/],
    ['a password, where there is none', () => ec2().createNode({ ...spec, password: SECRET }), /password/],
    ['too much user data', () => ec2().createNode({ ...spec, userData: 'x'.repeat(20_000) }), /16 KiB/],
    ['a circle', () => ec2().createNode(circle), /itself/],
    ['a bigint', () => ec2().createVolume({ name: 'v', size: 5n }), /bigint/],
    ['half a gigabyte', () => ec2().createVolume({ name: 'v', size: 0.5, location: 'z' }), /size/],
    ['less than nothing', () => ec2().createVolume({ name: 'v', size: -1, location: 'z' }), /size/],
    ['an unknown option of a list', () => ec2().listImages({ owners: 'me' }), /owners/],
    ['a port over 65535', () => ec2().addSecurityGroupRule('sg-1', { protocol: 'tcp', fromPort: 65_536 }), /port/i],
    ['ports the wrong way round', () => ec2().addSecurityGroupRule('sg-1', { protocol: 'tcp', fromPort: 5, toPort: 4 }), /fromPort/],
    ['a timeout that is a text', () => ec2().listNodes({ timeout: '5' }), /timeout/],
    ['a negative timeout', () => ec2().listNodes({ timeout: -1 }), /timeout/],
    ['no number of retries', () => ec2().listNodes({ retries: 1.5 }), /retries/],
    ['a deadline that is no date', () => ec2().listNodes({ deadline: new Date(NaN) }), /deadline/],
    ['a signal that is none', () => ec2().listNodes({ signal: new AbortController() }), /signal/],
    ['a concurrency of none', () => ec2().createNodes([spec], { concurrency: 0 }), /concurrency/],
    ['a state that is none', () => ec2().waitUntil('i-1', 'dancing'), /dancing/],
    ['a method that is none', () => ec2().request('BREW', '/'), /method/i],
    ['a path with dots', () => ec2().request('GET', '/a/%2E./b'), /path/],
    ['a path without a slash', () => ec2().request('GET', '@evil.example/'), /path/],
    ['a header with a line break', () => ec2().request('GET', '/', { headers: { x: 'a\r\nb: c' } }), /header/],
    ['dots for an id', () => openstack().getNode('..'), /"\.\."/],
    ['one dot', () => openstack().deleteKeyPair('.'), /.+/],
    ['a bucket that is a path', () => s3().getObject('a/b', 'x'), /bucket/],
    ['a bucket that is dots', () => s3().listObjects('..'), /bucket/],
    ['no object name', () => s3().getObject('bucket', ''), /.+/],
    ['an object name of dots', () => s3().getObject('bucket', 'a/../b'), /"\.\."/],
    ['an object name of 1,025 bytes', () => s3().getObject('bucket', 'ü'.repeat(512) + 'x'), /1,024/],
    ['half a letter', () => s3().getObject('bucket', '\ud800'), /surrogate/],
    ['metadata with a line break', () => s3().upload('bucket', 'x', 'y', { metadata: { a: 'b\r\nc: d' } }), /.+/],
    ['metadata beyond ASCII', () => s3().upload('bucket', 'x', 'y', { metadata: { a: 'ü' } }), /ASCII/],
    ['a metadata name with a space', () => s3().upload('bucket', 'x', 'y', { metadata: { 'a b': 'c' } }), /.+/],
    ['a type with a line break', () => s3().upload('bucket', 'x', 'y', { contentType: 'text/plain\nx: y' }), /.+/],
    ['a body that is a number', () => s3().upload('bucket', 'x', 5), /body/],
    ['a range from behind', () => s3().download('bucket', 'x', { range: { start: 5, end: 4 } }), /range/],
    ['a part too small', () => s3().upload('bucket', 'x', new Blob(['x'.repeat(100)]).stream(), { partSize: 0 }), /partSize/],
    ['a presigned month', () => s3().presign('bucket', 'x', { expiresIn: 2_592_000 }), /expiresIn/],
    ['a zone of dots', () => pdns().getZone('..'), /.+/],
    ['a record without a type', () => pdns().createRecord('example.org', { data: 'x' }), /type/],
    ['an address that is none', () => pdns().createRecord('example.org', { type: 'A', data: '300.0.0.1' }), /.+/],
    ['a record with a line break', () => pdns().createRecord('example.org', { type: 'A', data: '192.0.2.1\nx' }), /.+/],
  ]
  for (const [name, call, message] of cases) {
    test(name, async () => {
      server.play(answer(200, '{}'))
      const error = await fails(async () => call(), 'invalid', { message, status: undefined })
      assert.ok(!/the answer/.test(error.message), error.message)
      assert.deepEqual(server.requests.map((r) => `${r.method} ${r.url}`), [])
      keepsSecret(SECRET, error)
    })
  }

  test('a path that looks like another host stays on the account\'s own', async () => {
    server.play(answer(200, '<r/>'))
    await ec2().request('GET', '//evil.example/')
    assert.equal(server.requests[0].url, '//evil.example/')
  })

  test('an operation that the provider has not', async () => {
    server.play(answer(200, '{}'))
    await fails(openstack().copyImage('r', 'i', 'n'), 'unsupported', { provider: 'openstack', operation: 'copyImage' })
    assert.equal(server.requests.length, 0)
  })
})

describe('names reach the provider as they are', () => {
  const AWKWARD = ['a b', 'a/b', 'a%2Fb', '%2e%2e', 'a+b&c=d?e#f', '..a', 'a\0b', 'a\r\nb', '日本語', '😀', '"\'<>&\\', 'x'.repeat(1024)]

  test('in a path', async () => {
    for (const name of AWKWARD) {
      server.play(loggedIn(answer(200, JSON.stringify({ keypair: { name } }))))
      assert.equal((await openstack().getKeyPair(name)).name, name)
      const { url } = server.requests.at(-1)
      const last = url.split('/').at(-1)
      assert.equal(decodeURIComponent(last), name)
      assert.ok(/^\/api\/v2\.1\/os-keypairs\/[^/?]+$/.test(url), url)
    }
  })

  test('in a form', async () => {
    for (const name of AWKWARD) {
      server.play(answer(200, '<r><keySet/></r>'))
      await fails(ec2().getKeyPair(name), 'not-found')
      assert.equal(new URLSearchParams(server.requests[0].body).get('KeyName.1'), name)
    }
  })

  test('in JSON', async () => {
    for (const name of AWKWARD) {
      server.play(loggedIn(answer(200, JSON.stringify({ keypair: { name } }))))
      assert.equal((await openstack().importKeyPair(name, 'ssh-rsa x')).name, name)
      assert.equal(JSON.parse(server.requests.at(-1).body).keypair.name, name)
    }
  })

  test('in an object\'s address', async () => {
    for (const name of [...AWKWARD, '//x', 'a//b', '/', 'a/']) {
      server.play(answer(200, '', { 'content-length': '0' }))
      await s3().deleteObject('bucket', name)
      assert.equal(decodeURIComponent(server.requests[0].url), `/bucket/${name}`)
    }
  })
})

describe('hostile answers', () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "${'x'.repeat(1000)}">${range(20).map((i) => `<!ENTITY a${i} "${`&a${i ? i - 1 : ''};`.repeat(10)}">`).join('')}]><r>&a19;</r>`
  const deepXml = '<a>'.repeat(100_000) + '</a>'.repeat(100_000)
  const deepJson = '['.repeat(100_000) + ']'.repeat(100_000)
  const bodies = {
    'nothing': '', 'broken JSON': '{"servers": [{"id": ', 'broken XML': '<DescribeInstancesResponse><reservationSet><item>', 'a page of HTML': '<!doctype html><html><body>Bad gateway<br></body></html>',
    'deep JSON': deepJson, 'deep XML': deepXml, 'deep objects': '{"a":'.repeat(100_000), 'an entity bomb': bomb, 'another entity': '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    'no text': Buffer.from([0xff, 0xfe, 0x00, 0x80]), 'NULs': '\0\0\0\0', 'a number': '5', 'a text': '"servers"', 'null': 'null', 'a list': '[]', 'the wrong shape': '{"servers": {"id": []}}',
    'a list of nonsense': '{"servers": [5, null, [], "x"], "zones": 1}', 'huge numbers': '{"servers":[{"id":"x","name":"y","status":1e400}]}',
  }
  const calls = {
    ec2: () => ec2().listNodes(quick), openstack: () => openstack().listNodes(quick), s3: () => s3().listObjects('bucket', quick), powerdns: () => pdns().listZones(quick),
    'an upload': () => s3().upload('bucket', 'x', new Blob(['x'.repeat(6 << 20)]), { ...quick, partSize: 5 << 20 }),
    'a size': () => openstack().listSizes(quick), 'a node': () => ec2().getNode('i-1', quick), 'a log-in': () => openstack({ authUrl: `${server.endpoint}/other/v3` }).listNodes(quick),
  }
  for (const [who, call] of Object.entries(calls)) {
    test(`${who}: any body gives an answer or a SkyfetchError, at once`, async () => {
      for (const status of [200, 404, 500]) {
        for (const [what, body] of Object.entries(bodies)) {
          server.play(loggedIn(answer(status, body)))
          const started = performance.now()
          try {
            const got = await call()
            // An empty list is a good answer to an empty document; an answer to 404 is not.
            assert.equal(status, 200, `${what} with ${status} gave ${JSON.stringify(got)}`)
          } catch (error) {
            assert.ok(error instanceof SkyfetchError, `${what}: ${error?.stack}`)
            if (status === 200) assert.ok(['malformed', 'invalid', 'not-found', 'transport'].includes(error.kind), `${what} gave ${error.kind}: ${error.message}`)
            else assert.equal(error.status, status, `${what} ${status}: ${error.message}`)
            assert.ok(error.message.length < 2000, `a message of ${error.message.length} letters`)
            assert.ok(error.provider && error.operation, `${what}: ${error.message}`)
            keepsSecret(SECRET, error)
          }
          assert.ok(performance.now() - started < 3000, `${what} took ${performance.now() - started} ms`)
        }
      }
    })
  }

  test('the truncated, the nested and the bombs are malformed', async () => {
    for (const body of [bodies['broken XML'], deepXml, bomb, bodies['another entity'], bodies['no text'], '']) {
      server.play(answer(200, body))
      await fails(ec2().listNodes(quick), 'malformed', { provider: 'ec2', operation: 'listNodes' })
    }
    for (const body of [bodies['broken JSON'], deepJson, bodies['deep objects'], bodies['no text'], '']) {
      server.play(loggedIn(answer(200, body)))
      await fails(openstack().listNodes(quick), 'malformed', { provider: 'openstack', operation: 'listNodes' })
    }
  })

  test('random damage to good answers never does worse than a SkyfetchError', async () => {
    const good = [nodesXml(range(5).map((i) => nodeXml(`i-${i}`)).join('')), `<ListBucketResult><IsTruncated>false</IsTruncated>${range(5).map((i) => `<Contents><Key>k${i}</Key><Size>${i}</Size><ETag>"e"</ETag></Contents>`).join('')}</ListBucketResult>`]
    const zones = JSON.stringify(range(5).map((i) => ({ id: `${i}.`, name: `${i}.`, kind: 'Native', serial: i })))
    let seed = 12345
    const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n
    const damaged = (text) => {
      const bytes = Buffer.from(text)
      for (let i = random(4); i >= 0; i--) bytes[random(bytes.length)] = random(256)
      return random(3) ? bytes : bytes.subarray(0, random(bytes.length))
    }
    let body, bad = 0
    const fetch = async () => new Response(body)
    const who = [[ec2({ fetch }), (c) => c.listNodes(quick), good[0]], [s3({ fetch }), (c) => c.listObjects('bucket', quick), good[1]], [pdns({ fetch }), (c) => c.listZones(quick), zones]]
    for (let i = 0; i < 3000; i++) {
      const [client, call, text] = who[i % 3]
      body = damaged(text)
      await call(client).catch((error) => {
        assert.ok(error instanceof SkyfetchError, `${body}: ${error?.stack}`)
        bad += 1
      })
    }
    assert.ok(bad > 500, `${bad} of 3,000 were refused`)
  })

  test('a length of 1 GB is refused before a byte of it is read', async () => {
    let closed
    server.play((_, response) => {
      response.writeHead(200, { 'content-length': 2 ** 30 })
      response.write('<r>')
      closed = new Promise((done) => response.once('close', done))
    })
    const before = process.memoryUsage().rss
    await fails(ec2().listNodes(quick), 'malformed', { message: /longer/ })
    assert.ok(process.memoryUsage().rss - before < 200e6)
    await closed
  })

  test('an endless answer ends with the deadline, and with the connection', async () => {
    let closed
    server.play((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('<r>'.repeat(1000)), 1)
      closed = new Promise((done) => response.once('close', () => done(clearInterval(timer))))
    })
    await fails(ec2().listNodes({ timeout: 300 }), 'deadline', { provider: 'ec2', operation: 'listNodes' })
    await closed
  })

  test('a redirect is not followed, and nobody else gets a signature', async () => {
    elsewhere.play(answer(200, '{}'))
    for (const status of [301, 302, 303, 307, 308]) {
      server.play((_, response) => response.writeHead(status, { location: `${elsewhere.endpoint}/` }).end())
      const error = await fails(ec2().listNodes(quick), status === 301 ? 'malformed' : 'malformed', { message: /redirect/ })
      assert.equal(error.status, status)
    }
    assert.equal(elsewhere.requests.length, 0)
  })

  test('a page on another host is not asked for', async () => {
    elsewhere.play(answer(200, '{}'))
    server.play(loggedIn(answer(200, JSON.stringify({ servers: [{ id: 'a', name: 'a', status: 'ACTIVE' }], servers_links: [{ rel: 'next', href: `${elsewhere.endpoint}/api/servers/detail?marker=a` }] }))))
    const got = await openstack().listNodes({ ...quick, timeout: 2000 }).catch((error) => error)
    assert.ok(Array.isArray(got) || got instanceof SkyfetchError)
    assert.equal(elsewhere.requests.length, 0)
  })

  test('a fetch of one\'s own that misbehaves', async () => {
    const thrown = { 'throws': () => { throw new Error('no') }, 'rejects': async () => { throw new Error('no') }, 'rejects with a text': () => Promise.reject('no'), 'rejects with nothing': () => Promise.reject(), 'rejects with an object without a prototype': () => Promise.reject(Object.create(null)) }
    for (const [what, fetch] of Object.entries(thrown)) {
      const error = await fails(ec2({ fetch }).listNodes(quick), 'transport')
      assert.ok(error.message.includes('lost'), `${what}: ${error.message}`)
    }
    const sync = compute('ec2', { accessKeyId: 'AKID', secretAccessKey: SECRET, region: 'us-east-1', fetch: () => new Response(nodesXml(nodeXml('i-1'))) })
    assert.equal((await sync.listNodes(quick)).length, 1, 'one that is not asynchronous is good enough')
    for (const [what, value] of Object.entries({ nothing: undefined, null: null, 'an object': {}, 'a text': 'x', 'half a Response': { status: 200 } })) {
      const error = await ec2({ fetch: async () => value }).listNodes({ ...quick, timeout: 2000 }).catch((e) => e)
      assert.equal(error.kind, 'transport', `a fetch that gives ${what}: ${error}`)
      assert.match(error.message, /fetch/)
    }
    await fails(ec2({ fetch: () => new Promise(() => {}) }).listNodes({ timeout: 50 }), 'deadline')
  })

  test('a listener that throws harms nothing', async () => {
    server.play(answer(200, nodesXml(nodeXml('i-1'))))
    assert.equal((await ec2().listNodes({ onEvent: () => { throw new Error('no') } })).length, 1)
  })
})

describe('lost connections', () => {
  test('nobody listens', async () => {
    const error = await fails(ec2({ endpoint: await nobody() }).listNodes(quick), 'transport', { provider: 'ec2', operation: 'listNodes', status: undefined })
    assert.match(error.message, /ECONNREFUSED/)
    keepsSecret(SECRET, error)
  })

  test('a host that is not there', async () => {
    const fetch = () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('getaddrinfo ENOTFOUND ec2.xx-nowhere-9.amazonaws.com'), { code: 'ENOTFOUND' }) }))
    const error = await fails(compute('ec2', { accessKeyId: 'AKID', secretAccessKey: SECRET, region: 'xx-nowhere-9', fetch }).listNodes(quick), 'transport')
    assert.match(error.message, /ec2\.xx-nowhere-9/, 'a wrong region shows in the host that was not found')
  })

  test('cut in the middle of an answer: repeated, then told', async () => {
    server.play((_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('<r>', () => response.destroy())
    })
    await fails(ec2().listNodes({ retries: 2 }), 'transport')
    assert.equal(server.requests.length, 3)
    server.play((asked, response, number) => (number < 3 ? response.destroy() : response.end(nodesXml(nodeXml('i-1')))))
    assert.equal((await ec2().listNodes()).length, 1)
    assert.equal(server.requests.length, 3)
  })

  test('cut in the middle of a download: its reader is told', async () => {
    server.play((_, response) => {
      response.writeHead(200, { 'content-length': 1000, etag: '"e"' })
      response.write('x'.repeat(100))
      setTimeout(() => response.destroy(), 30)
    })
    const file = await s3().download('bucket', 'x')
    assert.equal(file.length, 1000)
    const reader = file.body.getReader()
    const first = await reader.read()
    assert.equal(first.value.byteLength, 100)
    await assert.rejects(reader.read())
    const counted = await s3().download('bucket', 'x', { retries: 0, onProgress: () => {} })
    await fails(counted.text(), 'transport')
    assert.equal(server.requests.length, 2, 'what was delivered in part is not asked for again')
    // Who wants all of it has nothing of it yet: it is asked for again, as often as any request.
    const whole = await s3().download('bucket', 'x', { retries: 2 })
    await fails(whole.bytes(), 'transport')
    assert.equal(server.requests.length, 5)
  })

  test('cut in the middle of a download that resumes: it goes on where it broke', async () => {
    const bytes = Buffer.from(range(1000).map((i) => i % 251))
    server.play(({ headers }, response) => {
      const [, start, end] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '') ?? [0, 0, 999]
      const part = bytes.subarray(Number(start), Number(end) + 1)
      response.writeHead(headers.range ? 206 : 200, { 'content-length': part.length, etag: '"e"', ...(headers.range && { 'content-range': `bytes ${start}-${end}/1000` }) })
      response.write(part.subarray(0, 300))
      if (part.length <= 300) response.end()
      else setTimeout(() => response.destroy(), 20)
    })
    const seen = []
    const file = await s3().download('bucket', 'x', { resume: true, onProgress: ({ bytes }) => seen.push(bytes) })
    assert.ok(Buffer.from(await file.bytes()).equals(bytes))
    assert.deepEqual(seen, [300, 600, 900, 1000])
    assert.deepEqual(server.requests.map((r) => r.headers.range), [undefined, 'bytes=300-999', 'bytes=600-999', 'bytes=900-999'])
    for (const [wanted, from, to] of [[{ start: 100, end: 799 }, 100, 800], [{ suffix: 500 }, 500, 1000]]) {
      server.play(server.handler)
      const play = server.handler
      server.play((asked, response, n) => play(asked.headers.range === 'bytes=-500' ? { headers: { range: 'bytes=500-999' } } : asked, response, n))
      const part = await s3().download('bucket', 'x', { resume: true, range: wanted })
      assert.ok(Buffer.from(await part.bytes()).equals(bytes.subarray(from, to)))
    }
    server.play((_, response) => {
      response.writeHead(200, { 'content-length': 1000, etag: `"${server.requests.length}"` })
      response.write('x'.repeat(100))
      setTimeout(() => response.destroy(), 20)
    })
    await fails((await s3().download('bucket', 'x', { resume: true })).bytes(), 'malformed', { message: /whole object/ })
  })

  test('cut in an upload\'s part: the upload is abandoned', async () => {
    server.play((asked, response) => {
      if (asked.url.includes('?uploads')) return response.end('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>')
      if (asked.method === 'PUT' && asked.url.includes('partNumber=2')) return response.destroy()
      if (asked.method === 'DELETE') return response.writeHead(204).end()
      response.writeHead(200, { etag: '"e"' }).end()
    })
    const body = Readable.toWeb(Readable.from(range(16).map(() => new Uint8Array(1 << 20))))
    await fails(s3().upload('bucket', 'x', body, { partSize: 5 << 20, retries: 0 }), 'transport', { provider: 's3' })
    // The part that was on its way, and was aborted, may arrive after it.
    assert.ok(server.requests.some((r) => r.method === 'DELETE' && r.url.includes('uploadId=u1')))
    assert.match(server.requests.at(-1).url, /uploadId=u1/)
    assert.ok(!server.requests.some((r) => r.method === 'POST' && r.url.includes('uploadId')), 'it was never completed')
  })

  test('a body that fails while it is read', async () => {
    server.play((asked, response) => {
      if (asked.url.includes('?uploads')) return response.end('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>')
      response.writeHead(asked.method === 'DELETE' ? 204 : 200, { etag: '"e"' }).end()
    })
    let pulled = 0
    const failing = new ReadableStream({ pull: (c) => (++pulled > 8 ? c.error(new Error('the disk is gone')) : c.enqueue(new Uint8Array(1 << 20))) })
    await assert.rejects(s3().upload('bucket', 'x', failing, { partSize: 5 << 20 }), /the disk is gone/)
    // The part that was on its way, and was aborted, may arrive after it.
    assert.ok(server.requests.some((r) => r.method === 'DELETE' && r.url.includes('uploadId=u1')))
    const texts = new ReadableStream({ start: (c) => (c.enqueue('text'), c.close()) })
    await fails(s3().upload('bucket', 'x', texts), 'invalid', { message: /bytes/ })
    const spent = new Blob(['x']).stream()
    await new Response(spent).text()
    await assert.rejects(s3().upload('bucket', 'x', spent))
  })
})

describe('retries', () => {
  test('Retry-After in seconds', async () => {
    server.play((asked, response, number) => (number === 1 ? response.writeHead(429, { 'retry-after': '1' }).end() : response.end(nodesXml(nodeXml('i-1')))))
    const events = counter()
    assert.equal((await ec2().listNodes({ onEvent: events.listener })).length, 1)
    const waited = server.requests[1].at - server.requests[0].at
    assert.ok(waited >= 990 && waited < 2500, `waited ${waited} ms`)
    const retry = events.seen.find((e) => e.type === 'retry')
    assert.deepEqual({ status: retry.status, attempt: retry.attempt }, { status: 429, attempt: 1 })
    assert.ok(retry.after >= 1000 && retry.after <= 1250)
    assert.ok(events.seen.every((e) => !e.url.includes('?')))
  })

  test('every request ends in an event', async () => {
    const events = counter()
    server.play((asked, response) => response.destroy())
    await fails(ec2().listNodes({ onEvent: events.listener, retries: 1 }), 'transport')
    server.play((asked, response) => setTimeout(() => response.destroy(), 1_000))
    await fails(ec2().listNodes({ onEvent: events.listener, signal: AbortSignal.timeout(100) }), 'cancelled')
    assert.deepEqual(events.seen.map((e) => e.type), ['request', 'lost', 'retry', 'request', 'lost', 'request', 'lost'])
    assert.ok(events.seen.at(-1).took >= 90)
  })

  test('Retry-After as a date', async () => {
    server.play((asked, response, number) => (number === 1 ? response.writeHead(503, { 'retry-after': new Date(Date.now() + 2500).toUTCString() }).end() : response.end(nodesXml(nodeXml('i-1')))))
    assert.equal((await ec2().listNodes()).length, 1)
    const waited = server.requests[1].at - server.requests[0].at
    assert.ok(waited >= 1300 && waited < 4500, `waited ${waited} ms`)
  })

  test('asked to wait for too long: told, with the time', async () => {
    server.play(answer(429, '', { 'retry-after': '3600' }))
    await fails(ec2().listNodes(), 'rate-limited', { retryAfter: 3_600_000, status: 429 })
    server.play(answer(503, '', { 'retry-after': '5' }))
    const started = performance.now()
    await fails(ec2().listNodes({ timeout: 1000 }), 'unavailable', { retryAfter: 5000 })
    assert.ok(performance.now() - started < 900, 'a pause that outlasts the deadline is not begun')
    assert.equal(server.requests.length, 1)
    for (const nonsense of ['soon', '-5', '', '1e999', 'Thu, 99 Foo 2025']) {
      server.play((asked, response, number) => (number === 1 ? response.writeHead(503, { 'retry-after': nonsense }).end() : response.end(nodesXml(''))))
      await ec2().listNodes({ timeout: 5000 })
      assert.equal(server.requests.length, 2, nonsense)
    }
  })

  test('what fails for good is not repeated', async () => {
    for (const [status, kind] of [[400, 'invalid'], [401, 'unauthorized'], [403, 'denied'], [404, 'not-found'], [409, 'conflict'], [501, 'unsupported']]) {
      server.play(answer(status, ''))
      await fails(ec2().listNodes(), kind, { status })
      assert.equal(server.requests.length, 1)
    }
  })

  test('a creation without a token is not repeated when it may have been carried out', async () => {
    const spec = { name: 'n', image: 'i', size: 's' }
    const creations = () => server.requests.filter((r) => r.method === 'POST' && r.url.endsWith('/servers')).length
    for (const status of [500, 502, 504]) {
      server.play(loggedIn(answer(status, '')))
      await fails(openstack().createNode(spec), 'unavailable', { status })
      assert.equal(creations(), 1)
    }
    server.play(loggedIn((_, response) => response.destroy()))
    await fails(openstack().createNode(spec), 'transport')
    assert.equal(creations(), 1)
    // Refused before anything was done: then it is.
    let refused = 0
    server.play(loggedIn((asked, response) => (asked.method === 'POST' && ++refused < 3 ? response.writeHead(429, { 'retry-after': '0' }).end() : response.writeHead(202).end('{"server":{"id":"a","name":"n","status":"BUILD"}}'))))
    assert.equal((await openstack().createNode(spec)).id, 'a')
    assert.equal(creations(), 3)
  })

  test('abort during a pause', async () => {
    server.play(answer(503, '', { 'retry-after': '30' }))
    const stop = new AbortController()
    const started = performance.now()
    setTimeout(() => stop.abort(), 60)
    await fails(ec2().listNodes({ signal: stop.signal }), 'cancelled', { provider: 'ec2', operation: 'listNodes' })
    assert.ok(performance.now() - started < 1000)
    await sleep(50)
    assert.equal(server.requests.length, 1)
  })

  test('abort before, during the request, and during the body', async () => {
    await fails(ec2().listNodes({ signal: AbortSignal.abort() }), 'cancelled')
    assert.equal(server.requests.length, 1, 'nothing is sent for a signal that fired before')
    let closed
    server.play((_, response) => void (closed = new Promise((done) => response.once('close', done))))
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('my own reason')), 50)
    await fails(ec2().listNodes({ signal: stop.signal }), 'cancelled')
    await closed
    server.play((_, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('<r>')
      closed = new Promise((done) => response.once('close', done))
    })
    const late = new AbortController()
    setTimeout(() => late.abort(), 50)
    await fails(ec2().listNodes({ signal: late.signal }), 'cancelled')
    await closed
  })

  test('abort of a download that is being read', async () => {
    let closed
    server.play((_, response) => {
      response.writeHead(200, { 'content-length': 1000, etag: '"e"' })
      response.write('x'.repeat(100))
      closed = new Promise((done) => response.once('close', done))
    })
    const stop = new AbortController()
    const file = await s3().download('bucket', 'x', { signal: stop.signal })
    setTimeout(() => stop.abort(), 30)
    await fails(file.bytes(), 'cancelled')
    await closed
    // A body that nobody wants is cancelled, and its connection let go.
    const other = await s3().download('bucket', 'x')
    await other.body.cancel()
    await closed
  })

  test('a deadline holds over everything, an attempt\'s time over one', async () => {
    server.play((_, response) => void setTimeout(() => response.destroy(), 5000))
    const started = performance.now()
    await fails(ec2().listNodes({ timeout: 80 }), 'deadline')
    await fails(ec2().listNodes({ deadline: new Date(Date.now() + 80) }), 'deadline')
    await fails(ec2().listNodes({ deadline: Date.now() - 1 }), 'deadline')
    await fails(ec2().listNodes({ attemptTimeout: 40, retries: 1 }), 'transport', { message: /within 40 ms/ })
    assert.ok(performance.now() - started < 2000)
    assert.equal(server.requests.length, 4)
  })
})

describe('lists are complete', () => {
  const page = (ids, next) => nodesXml(ids.map((i) => nodeXml(`i-${i}`)).join(''), next ? `<nextToken>${next}</nextToken>` : '')
  const token = (asked) => new URLSearchParams(asked.body).get('NextToken')

  test('page after page, and as they come', async () => {
    server.play((asked, response) => {
      const at = Number(token(asked) ?? 0)
      response.end(page(range(10).map((i) => at * 10 + i), at < 9 && at + 1))
    })
    assert.deepEqual((await ec2().listNodes()).map((n) => n.id), range(100).map((i) => `i-${i}`))
    assert.equal(server.requests.length, 10)
    server.requests.length = 0
    for await (const node of ec2().nodes()) if (node.id === 'i-5') break
    await sleep(50)
    assert.ok(server.requests.length <= 3, `${server.requests.length} pages were fetched for half of one`)
  })

  test('a page that fails fails the list: nobody takes a part for the whole', async () => {
    server.play((asked, response) => (token(asked) ? response.writeHead(403).end() : response.end(page([1, 2], 'x'))))
    await fails(ec2().listNodes(), 'denied')
    const seen = []
    await fails(async () => {
      for await (const node of ec2().nodes()) seen.push(node.id)
    }, 'denied')
    assert.deepEqual(seen, ['i-1', 'i-2'])
  })

  test('the same page promised for ever is asked for once', async () => {
    server.play((_, response) => response.end(page([1], 'again')))
    const got = await ec2().listNodes({ timeout: 5000 }).catch((e) => e)
    assert.ok(Array.isArray(got) || got.kind === 'malformed')
    assert.ok(server.requests.length <= 3, `${server.requests.length} requests`)
    server.play(loggedIn(answer(200, JSON.stringify({ servers: [{ id: 'a', name: 'a', status: 'ACTIVE' }], servers_links: [{ rel: 'next', href: `${server.endpoint}/api/servers/detail?marker=a` }] }))))
    const same = await openstack().listNodes({ timeout: 5000 }).catch((e) => e)
    assert.ok(Array.isArray(same) || same.kind === 'malformed')
    assert.ok(server.requests.length <= 4)
    server.play(answer(200, '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>'))
    const keys = await s3().listObjects('bucket', { timeout: 5000 }).catch((e) => e)
    assert.ok(Array.isArray(keys) || keys.kind === 'malformed')
    assert.ok(server.requests.length <= 3)
  })

  test('a page promised without a cursor ends the list', async () => {
    server.play(answer(200, '<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>'))
    const keys = await s3().listObjects('bucket', { timeout: 5000 }).catch((e) => e)
    assert.ok(Array.isArray(keys) || keys.kind === 'malformed')
    assert.equal(server.requests.length, 1)
  })
})

describe('secrets', () => {
  const TOKEN = 'session/Token+Of=Mine'
  test('no client shows one', () => {
    const clients = [ec2({ sessionToken: TOKEN }), openstack(), s3({ sessionToken: TOKEN }), pdns(), compute('rackspace', { username: 'u', apiKey: SECRET, region: 'ORD' })]
    for (const client of clients) {
      keepsSecret([SECRET, TOKEN], client, client.task(), client.runner, client.nodes?.(), Object.entries(client))
      assert.equal(structuredCloneable(client), true)
    }
  })

  test('no error and no event shows one, whatever the server says and however it fails', async () => {
    const events = []
    const onEvent = (e) => events.push(e)
    for (const handler of [answer(401, ''), answer(403, '<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>'), answer(500, '{'), (_, r) => r.destroy(), answer(200, 'nonsense')]) {
      server.play(loggedIn(handler))
      for (const call of [() => ec2({ sessionToken: TOKEN }).listNodes({ retries: 1, onEvent }), () => openstack().listNodes({ retries: 1, onEvent }), () => s3().getObject('bucket', 'x', { retries: 1, onEvent }), () => pdns().listZones({ retries: 1, onEvent })]) {
        const error = await call().then(() => assert.fail('it should fail'), (e) => e)
        if (error instanceof SkyfetchError) keepsSecret([SECRET, TOKEN, 'gAAAAtoken'], error)
      }
    }
    keepsSecret([SECRET, TOKEN, 'gAAAAtoken'], events)
    assert.ok(events.length > 20)
  })
})

/** Whether a copy to a worker would carry anything: private parts do not travel. */
function structuredCloneable(client) {
  return !JSON.stringify(client).includes(SECRET)
}
