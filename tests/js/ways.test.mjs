// The three ways of Libcloud's own documentation to do much at once, without threads: a fresh driver for each task,
// many downloads together, and a creation that blocks nothing (that one is in rackspace.test.mjs).

import { before, describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { assert, compute, counter, fails, range, script, serve, sleep, storage } from './lib.mjs'

const moto = serve('moto', { auth: true })
const server = script()
const xml = (body) => `<?xml version="1.0" encoding="UTF-8"?>${body}`
const instance = (id) => `<item><instanceId>${id}</instanceId><instanceState><name>running</name></instanceState><privateIpAddress>10.0.${(id.slice(2) >> 8) & 255}.${id.slice(2) & 255}</privateIpAddress></item>`
const described = (...ids) => xml(`<DescribeInstancesResponse><reservationSet><item><instancesSet>${ids.map(instance).join('')}</instancesSet></item></reservationSet></DescribeInstancesResponse>`)

describe('a driver for each task', () => {
  let cloud
  before(() => {
    cloud = compute('ec2', { accessKeyId: moto.accessKeyId, secretAccessKey: moto.secretAccessKey, region: moto.region, endpoint: moto.endpoint })
  })

  test('a thousand joined calls on one account, answered in any order: each answer belongs to its question', async () => {
    const events = counter()
    const account = compute('ec2', { accessKeyId: 'AKID', secretAccessKey: 'secret', region: 'us-east-1', endpoint: server.endpoint })
    server.play(async (asked, response) => {
      const id = new URLSearchParams(asked.body).get('InstanceId.1')
      await sleep((id.slice(2) * 7919) % 97)
      response.writeHead(200, { 'content-type': 'text/xml' }).end(described(id))
    })
    const started = performance.now()
    const nodes = await Promise.all(range(1000).map((i) => account.getNode(`i-${i}`, { onEvent: events.listener })))
    nodes.forEach((node, i) => {
      assert.equal(node.id, `i-${i}`)
      assert.deepEqual(node.privateIps, [`10.0.${i >> 8}.${i & 255}`])
    })
    assert.equal(events.of('getNode'), 1000)
    assert.equal(server.requests.length, 1000)
    console.log(`1,000 joined calls in ${(performance.now() - started).toFixed(0)} ms, at most ${server.most} on the server at once`)
  })

  test('a thousand joined calls on moto, with signatures verified', async () => {
    const image = (await cloud.listImages({ owner: 'amazon' }))[0]
    const query = { Action: 'RunInstances', Version: '2016-11-15', ImageId: image.id, InstanceType: 't3.micro', MinCount: '1000', MaxCount: '1000' }
    await cloud.request('GET', '/', { query, attemptTimeout: 300_000 })
    const nodes = await cloud.listNodes()
    assert.equal(nodes.length, 1000)
    const ips = new Map(nodes.map((n) => [n.id, n.privateIps[0]]))
    assert.equal(ips.size, 1000)
    const ids = [...ips.keys()].reverse()
    const started = performance.now()
    const found = await Promise.all(ids.map((id) => cloud.getNode(id, { attemptTimeout: 300_000 })))
    found.forEach((node, i) => assert.deepEqual([node.id, node.privateIps[0]], [ids[i], ips.get(ids[i])]))
    console.log(`1,000 joined calls on moto in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  })

  test('each: a fresh driver an item, bounded, settled in order, failures kept apart', async () => {
    const account = compute('ec2', { accessKeyId: 'AKID', secretAccessKey: 'secret', region: 'us-east-1', endpoint: server.endpoint })
    server.play(async (asked, response) => {
      const id = new URLSearchParams(asked.body).get('InstanceId.1')
      await sleep(5)
      if (id === 'i-13') return response.writeHead(400).end(xml('<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>no</Message></Error></Errors></Response>'))
      response.writeHead(200).end(described(id))
    })
    const drivers = new Set()
    const progress = []
    const results = await account.each(range(60), async (driver, i, index) => {
      assert.equal(i, index)
      assert.notEqual(driver, account)
      drivers.add(driver)
      const node = await driver.getNode(`i-${i}`)
      assert.deepEqual(driver.stats(), { requests: 1, retries: 0, paused: 0 })
      return node.id
    }, { concurrency: 7, onProgress: (p) => progress.push(p) })
    assert.equal(drivers.size, 60)
    assert.ok(server.most <= 7, `${server.most} at once`)
    assert.ok(server.most >= 4, `only ${server.most} at once`)
    results.forEach((r, i) => (i === 13 ? assert.equal(r.reason.kind, 'not-found') : assert.equal(r.value, `i-${i}`)))
    assert.deepEqual(progress.at(-1), { done: 60, failed: 1, total: 60 })
    assert.deepEqual(progress.map((p) => p.done), range(60).map((i) => i + 1))
  })

  test('one task: its calls wait for each other, and share one deadline and one budget of retries', async () => {
    const account = compute('ec2', { accessKeyId: 'AKID', secretAccessKey: 'secret', region: 'us-east-1', endpoint: server.endpoint })
    server.play(async (asked, response, number) => {
      await sleep(5)
      if (number <= 2) return response.writeHead(503, { 'retry-after': '0' }).end()
      response.writeHead(200).end(described(new URLSearchParams(asked.body).get('InstanceId.1')))
    })
    const task = account.task({ retries: 3, timeout: 10_000 })
    const nodes = await Promise.all(range(10).map((i) => task.getNode(`i-${i}`)))
    assert.deepEqual(nodes.map((n) => n.id), range(10).map((i) => `i-${i}`))
    assert.equal(server.most, 1)
    assert.deepEqual(task.stats(), { requests: 12, retries: 2, paused: 0 })
    server.play((asked, response) => response.writeHead(503, { 'retry-after': '0' }).end())
    await fails(task.getNode('i-1'), 'unavailable')
    assert.equal(server.requests.length, 2, 'one retry was left of three')
    await fails(() => task.getNode('i-1', { timeout: 5 }), 'invalid')
    await fails(async () => task.task(), 'invalid')
  })
})

describe('many downloads', () => {
  const size = 256 * 1024
  const objects = () => storage('s3', { accessKeyId: 'AKID', secretAccessKey: 'secret', endpoint: server.endpoint })
  /** Answers each name with its own bytes, in pieces, and says who is still being served. */
  const play = (more = () => false) => {
    server.play(async (asked, response) => {
      const number = Number(asked.url.match(/file-(\d+)/)[1])
      if (await more(number, response)) return
      response.writeHead(200, { 'content-length': size, etag: `"${number}"`, 'last-modified': 'Wed, 01 Jan 2025 00:00:00 GMT' })
      for (let at = 0; at < size; at += 65_536) {
        if (!response.write(Buffer.alloc(65_536, number))) await new Promise((done) => response.once('drain', done).once('close', done))
        await sleep(1)
      }
      response.end()
    })
  }
  const files = range(60).map((i) => `file-${i}`)

  test('all of them, bounded, each whole', async () => {
    play()
    const seen = new Set()
    for await (const file of objects().downloadMany('bucket', files, { concurrency: 5 })) {
      assert.equal(file.name, `file-${file.index}`)
      const bytes = await file.bytes()
      assert.equal(bytes.length, size)
      assert.ok(bytes.every((b) => b === file.index))
      seen.add(file.index)
    }
    assert.equal(seen.size, 60)
    assert.ok(server.most <= 5, `${server.most} at once`)
    assert.ok(server.most >= 2, `only ${server.most} at once`)
    assert.equal(server.requests.length, 60)
  })

  test('the first is delivered long before the last is asked for', async () => {
    play()
    const many = objects().downloadMany('bucket', files, { concurrency: 4 })
    const { value: first } = await many.next()
    assert.ok(server.requests.length <= 4, `${server.requests.length} were asked for when the first was there`)
    const text = await first.bytes()
    assert.equal(text.length, size)
    assert.ok(server.requests.length <= 4, 'nobody asked for more')
    // Leaving the loop ends it: nothing more is asked for.
    await many.return()
    await sleep(50)
    assert.ok(server.requests.length <= 4)
  })

  test('a body that waits is there when it is wanted, whatever was collected meanwhile', async () => {
    play()
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc')
    const file = await objects().download('bucket', 'file-5')
    for (let i = 0; i < 5; i++) {
      collect()
      await sleep(20)
    }
    assert.equal((await file.bytes()).length, size)
  })

  test('one that fails loses no other', async () => {
    play((number, response) => {
      if (number === 7) return response.writeHead(404).end(), true
      if (number === 9) return response.writeHead(403).end(xml('<Error><Code>AccessDenied</Code><Message>no</Message></Error>')), true
      return false
    })
    const progress = []
    const bad = new Map()
    let good = 0
    for await (const file of objects().downloadMany('bucket', files, { concurrency: 6, onProgress: (p) => progress.push(p) })) {
      if (file.error) bad.set(file.name, file.error)
      else good += (await file.bytes()).length === size
    }
    assert.equal(good, 58)
    assert.equal(bad.get('file-7').kind, 'not-found')
    assert.equal(bad.get('file-9').kind, 'denied')
    assert.deepEqual(progress.at(-1), { done: 60, failed: 2, total: 60 })
  })

  test('a signal ends the rest', async () => {
    play()
    const stop = new AbortController()
    let good = 0, cancelled = 0
    for await (const file of objects().downloadMany('bucket', files, { concurrency: 4, signal: stop.signal })) {
      if (file.error) {
        assert.equal(file.error.kind, 'cancelled')
        cancelled += 1
      } else {
        await file.bytes().then(() => (good += 1), (error) => assert.equal(error.kind, 'cancelled'))
        if (good === 3) stop.abort()
      }
    }
    assert.ok(good >= 3 && cancelled >= 50, `${good} good, ${cancelled} cancelled`)
    assert.ok(server.requests.length < 12, `${server.requests.length} requests`)
  })
})
