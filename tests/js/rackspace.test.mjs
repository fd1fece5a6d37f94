// Rackspace, on its own simulator: the log-in by API key, and a creation that blocks nothing.

import { before, describe, test } from 'node:test'
import { assert, byId, compute, counter, fails, keepsSecret, names, range, serve, storage, until } from './lib.mjs'

const mimic = serve('mimic')
const config = (more = {}) => ({ username: mimic.username, apiKey: mimic.apiKey, region: mimic.region, identityEndpoint: `${mimic.identityEndpoint}/v2.0`, ...more })
const wait = { interval: 50, timeout: 30_000 }

describe('rackspace', () => {
  let cloud, spec
  before(async () => {
    cloud = compute('rackspace', config())
    spec = { name: 'web', image: (await cloud.listImages())[0], size: (await cloud.listSizes())[0] }
  })

  test('sizes and images', async () => {
    const sizes = await cloud.listSizes()
    assert.ok(sizes.length >= 5 && sizes.every((s) => s.ram > 0 && s.id && s.name))
    const images = await cloud.listImages()
    assert.ok(images.length >= 5)
    assert.equal((await cloud.getImage(images[0])).name, images[0].name)
    await fails(cloud.getImage('no-such-image'), 'not-found', { provider: 'rackspace', operation: 'getImage', status: 404 })
  })

  test('key pairs', async () => {
    const given = await cloud.importKeyPair('brought', 'ssh-rsa AAAA test')
    assert.equal(given.name, 'brought')
    assert.ok(names(await cloud.listKeyPairs()).includes('brought'))
    await cloud.deleteKeyPair('brought')
    assert.ok(!names(await cloud.listKeyPairs()).includes('brought'))
  })

  test('a node is created while everything else goes on', async () => {
    // Twisted's example: the program is never blocked. A timer of 1 ms ticks all the while, and tells how late it ever
    // was. A busy machine makes any timer late, so the best of three counts.
    let node, best
    for (let round = 1; round <= 3 && !(best?.longest < 50); round++) {
      const beat = heartbeat()
      node = await cloud.createNode({ ...spec, name: 'not blocking', tags: { role: 'front', server_building: '1.0' } })
      assert.equal(node.state, 'pending', 'it is being built while we are here already')
      const running = await cloud.waitUntil(node, 'running', wait)
      const seen = beat.end()
      console.log(`created and running in ${seen.took.toFixed(0)} ms; ${seen.ticks} ticks meanwhile, the longest gap ${seen.longest.toFixed(1)} ms`)
      if (!best || seen.longest < best.longest) best = seen
      assert.equal(running.state, 'running')
      assert.equal(running.name, 'not blocking')
      assert.ok(running.publicIps.length + running.privateIps.length > 0)
    }
    assert.ok(best.took >= 900, `it took ${best.took} ms`)
    assert.ok(best.ticks > best.took / 10, `${best.ticks} ticks in ${best.took.toFixed(0)} ms`)
    // A call that blocked would leave a gap as long as itself, of a second; a busy machine leaves some of its own.
    assert.ok(best.longest < 250, `the longest gap between ticks was ${best.longest.toFixed(1)} ms`)

    assert.ok(names(await cloud.listNodes()).includes('not blocking'))
    assert.equal((await cloud.listTags(node)).role, 'front')
    // mimic takes metadata only whole (PUT), so setTags is proved on OpenStack.
    await cloud.rebootNode(node)
    await cloud.waitUntil(node, 'running', wait)
    await cloud.destroyNode(node)
    await cloud.waitUntil(node, 'terminated', wait)
    await fails(cloud.getNode(node), 'not-found', { provider: 'rackspace', operation: 'getNode' })
  })

  test('a hundred nodes: joined, each answer belongs to its question, one log-in', async () => {
    const fresh = compute('rackspace', config())
    const events = counter()
    const made = await fresh.createNodes(range(100).map((i) => ({ ...spec, name: `n-${i}` })), { concurrency: 20, onEvent: events.listener })
    for (const result of made) if (result.status === 'rejected') throw result.reason
    assert.deepEqual(made.map((r) => r.value.name), range(100).map((i) => `n-${i}`))
    const ids = made.map((r) => r.value.id)
    assert.equal(new Set(ids).size, 100)
    const got = await Promise.all(range(300).map((i) => fresh.getNode(ids[(i * 7) % 100], { onEvent: events.listener })))
    got.forEach((node, i) => assert.deepEqual([node.id, node.name], [ids[(i * 7) % 100], `n-${(i * 7) % 100}`]))
    assert.equal(events.of('logIn'), 1)
    assert.equal(events.of('getNode'), 300)
    const all = await fresh.listNodes()
    assert.ok(ids.every((id) => byId(all, id)))
    const gone = await fresh.each(ids, (driver, id) => driver.destroyNode(id), { concurrency: 20 })
    assert.ok(gone.every((r) => r.status === 'fulfilled'))
    await until('them to be gone', async () => !(await fresh.listNodes()).some((n) => ids.includes(n.id)))
  })

  test('a failing node is a conflict while one waits for it to run', async () => {
    // mimic puts a server with this metadata into ERROR: https://mimic.readthedocs.io/
    const node = await cloud.createNode({ ...spec, name: 'doomed', tags: { server_error: '1' } })
    await fails(cloud.waitUntil(node, 'running', wait), 'conflict', { provider: 'rackspace', operation: 'waitUntil' })
    await cloud.destroyNode(node)
  })

  test('a region that is not there, an address that is not there', async () => {
    const wrong = await fails(compute('rackspace', config({ region: 'XYZ' })).listNodes(), 'invalid')
    assert.match(wrong.message, /region/i)
    await fails(compute('rackspace', config({ identityEndpoint: 'http://127.0.0.1:9/v2.0' })).listNodes({ retries: 0 }), 'transport')
  })

  test('no secret is shown', () => {
    keepsSecret(mimic.apiKey, cloud, cloud.task(), cloud.runner)
  })
})

// mimic keeps containers and objects, and no more: no list of containers, no ranges, no metadata, no parts, no CDN.
describe('cloud files', () => {
  let store
  before(async () => {
    // Nor does it tell the length of what it sends.
    const measured = async (url, init) => {
      const answer = await fetch(url, init)
      if (init.method !== 'GET' || !answer.ok) return answer
      const bytes = await answer.arrayBuffer()
      return new Response(bytes, { status: answer.status, headers: { ...Object.fromEntries(answer.headers), 'content-length': bytes.byteLength } })
    }
    store = storage('rackspace', config({ fetch: measured }))
    await store.createContainer('photos')
  })

  test('containers', async () => {
    await fails(store.createContainer('photos'), 'conflict', { provider: 'rackspace', operation: 'createContainer' })
    assert.deepEqual((await store.getContainer('photos')).extra, { object_count: 0, size: 0 })
    await fails(store.getContainer('no-such-container'), 'not-found')
    await store.createContainer('second')
    await store.deleteContainer('second')
    await fails(store.getContainer('second'), 'not-found')
  })

  test('objects come and go, one by one and together', async () => {
    const put = await store.upload('photos', 'a b/größe.txt', 'grüß dich', { contentType: 'text/plain' })
    assert.equal(put.size, 11)
    const got = await store.download('photos', 'a b/größe.txt')
    assert.deepEqual([await got.text(), got.contentType], ['grüß dich', 'text/plain'])
    assert.deepEqual((await store.listObjects('photos')).map((o) => [o.name, o.size]), [['a b/größe.txt', 11]])
    await store.deleteObject('photos', 'a b/größe.txt')
    await fails(store.download('photos', 'a b/größe.txt'), 'not-found', { provider: 'rackspace' })
    await fails(store.deleteObject('photos', 'a b/größe.txt'), 'not-found')
    const many = range(30).map((i) => `many/${i}`)
    await store.each(many, (driver, name) => driver.upload('photos', name, 'x'))
    assert.equal((await store.listObjects('photos')).length, 30)
    // mimic has no bulk request, and takes it for another, as small clusters do.
    assert.deepEqual(await store.deleteObjects('photos', [...many, 'never was']), [])
    assert.deepEqual(await store.listObjects('photos'), [])
  })

  test('what Cloud Files lacks', async () => {
    await fails(store.listVersions('photos'), 'unsupported')
    await fails(() => store.download('photos', 'x', { version: '1' }), 'unsupported')
    await fails(() => store.upload('photos', 'x', 'y', { acl: 'public-read' }), 'unsupported')
  })
})

/** A timer of 1 ms, which knows how long it was ever kept waiting. */
function heartbeat() {
  const started = performance.now()
  let ticks = 0, longest = 0, last = started
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    ticks += 1
  }, 1)
  return {
    end() {
      clearInterval(timer)
      const now = performance.now()
      return { ticks, longest: Math.max(longest, now - last), took: now - started }
    },
  }
}
