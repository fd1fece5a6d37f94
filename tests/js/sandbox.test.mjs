// The sandbox: a cloud in memory that fails on request. With retries nothing is lost, and nothing is done twice.

import { describe, test } from 'node:test'
import { assert, compute, counter, dns, fails, providers, range, storage } from './lib.mjs'

const fast = { latency: 0, bootTime: 0 }
/** Three requests in ten fail: refused, or lost before or after they were carried out. */
const flaky = { ...fast, failureRate: 0.3 }
// So many retries that a call fails once in 0.3^21 tries; a pause between them is random, up to 20 s.
const stubborn = { retries: 20 }

describe('sandbox', () => {
  test('providers() tells what it has, and it has it', () => {
    const { services } = providers().find((p) => p.name === 'sandbox')
    for (const service of ['compute', 'storage', 'dns']) assert.ok(services[service].length > 5, service)
  })

  test('nodes: none is lost or doubled', async () => {
    const cloud = compute('sandbox', flaky)
    const [image] = await cloud.listImages(stubborn)
    const [size] = await cloud.listSizes(stubborn)
    const events = counter()
    const made = await cloud.createNodes(range(200).map((i) => ({ name: `n-${i}`, image, size })), { concurrency: 64, ...stubborn, onEvent: events.listener })
    for (const result of made) if (result.status === 'rejected') throw result.reason
    assert.deepEqual(made.map((r) => r.value.name), range(200).map((i) => `n-${i}`))
    const listed = await cloud.listNodes(stubborn)
    assert.deepEqual(listed.map((n) => n.name).sort(), range(200).map((i) => `n-${i}`).sort())
    assert.equal(new Set(listed.map((n) => n.id)).size, 200)
    assert.ok(events.seen.some((e) => e.type === 'retry' && e.status === 0), 'some were lost')
    assert.ok(events.seen.some((e) => e.type === 'retry' && e.status === 503), 'some were refused')
    const gone = await cloud.each(listed.slice(0, 100), (driver, node) => driver.destroyNode(node), { concurrency: 64, ...stubborn })
    for (const result of gone) if (result.status === 'rejected') throw result.reason
    const left = await cloud.listNodes(stubborn)
    assert.equal(left.filter((n) => n.state !== 'terminated').length, 100)
  })

  test('objects: each is there once, whole', async () => {
    const store = storage('sandbox', flaky)
    await store.createContainer('box', stubborn)
    const names = range(100).map((i) => `a/ü ${i}%2F`)
    const put = await store.each(names, (driver, name) => driver.upload('box', name, `body of ${name}`), { concurrency: 50, ...stubborn })
    for (const result of put) if (result.status === 'rejected') throw result.reason
    assert.deepEqual((await store.listObjects('box', stubborn)).map((o) => o.name).sort(), [...names].sort())
    let seen = 0
    for await (const file of store.downloadMany('box', names, { concurrency: 30, ...stubborn })) {
      if (file.error) throw file.error
      assert.equal(await new Response(file.body).text(), `body of ${file.name}`)
      seen += 1
    }
    assert.equal(seen, 100)
    const big = new Uint8Array(11 << 20).map((_, i) => i % 251)
    const stored = await store.upload('box', 'big', new Blob([big]).stream(), { partSize: 5 << 20, ...stubborn })
    assert.equal(stored.size, big.length)
    assert.deepEqual(await (await store.download('box', 'big', stubborn)).bytes(), big)
    assert.deepEqual(await store.listUploads('box', stubborn), [])
    await store.deleteObjects('box', [...names, 'big'], stubborn)
    assert.deepEqual(await store.listObjects('box', stubborn), [])
    await store.deleteContainer('box', stubborn)
  })

  test('records: each is there once', async () => {
    const zones = dns('sandbox', flaky)
    const zone = await zones.createZone('example.org', stubborn)
    const made = await zones.each(range(80), (driver, i) => driver.createRecord(zone, { name: `n-${i}`, type: 'A', data: `192.0.2.${i}` }), { concurrency: 40, ...stubborn })
    for (const result of made) if (result.status === 'rejected') throw result.reason
    const listed = (await zones.listRecords(zone, stubborn)).filter((r) => r.name.startsWith('n-'))
    assert.deepEqual(listed.map((r) => `${r.name} ${r.data}`).sort(), range(80).map((i) => `n-${i} 192.0.2.${i}`).sort())
    const two = await zones.createRecord(zone, { name: 'n-1', type: 'A', data: '192.0.2.200' }, stubborn)
    await zones.deleteRecord(zone, two, stubborn)
    assert.equal((await zones.listRecords(zone, stubborn)).filter((r) => r.name === 'n-1').length, 1)
  })

  test('without retries, what fails is told, and what was told done is done', async () => {
    const cloud = compute('sandbox', flaky)
    const [image] = await cloud.listImages(stubborn)
    const [size] = await cloud.listSizes(stubborn)
    const made = await cloud.createNodes(range(200).map((i) => ({ name: `n-${i}`, image, size })), { retries: 0 })
    const failed = made.filter((r) => r.status === 'rejected')
    assert.ok(failed.length > 20 && failed.length < 120, `${failed.length} of 200 failed`)
    assert.ok(failed.every((r) => ['transport', 'unavailable', 'rate-limited'].includes(r.reason.kind)))
    const there = new Set((await cloud.listNodes(stubborn)).map((n) => n.name))
    made.forEach((r, i) => r.status === 'fulfilled' && assert.ok(there.has(`n-${i}`)))
  })

  test('who goes on with the driver of a job that ended has the same deadline', async () => {
    const cloud = compute('sandbox', fast)
    const drivers = []
    const sizes = await cloud.each(range(3), (driver) => (drivers.push(driver), driver.listSizes()), { timeout: 1_000 })
    assert.ok(sizes.every((result) => result.status === 'fulfilled'))
    assert.deepEqual(drivers.map((driver) => driver.stats()), Array(3).fill({ requests: 1, retries: 0, paused: 0 }))
    assert.deepEqual(await drivers[0].listSizes(), sizes[0].value)
    assert.equal(drivers[0].stats().requests, 1)
    await new Promise((resolve) => setTimeout(resolve, 1_010))
    await fails(drivers[1].listSizes(), 'deadline')
    await fails(drivers[0].listSizes(), 'deadline')
  })

  test('a world of its own for each account', async () => {
    const [one, two] = [storage('sandbox', fast), storage('sandbox', fast)]
    await one.createContainer('mine')
    assert.deepEqual((await two.listContainers()).filter((c) => c.name === 'mine'), [])
    await fails(two.getContainer('mine'), 'not-found', { provider: 'sandbox' })
  })

  test('booting takes its time', async () => {
    const cloud = compute('sandbox', { latency: 1, bootTime: 150 })
    const node = await cloud.createNode({ name: 'n', image: (await cloud.listImages())[0], size: (await cloud.listSizes())[0] })
    assert.notEqual(node.state, 'running')
    const started = performance.now()
    assert.equal((await cloud.waitUntil(node, 'running', { interval: 10, timeout: 5000 })).state, 'running')
    assert.ok(performance.now() - started >= 100)
  })
})
