// A million calls leave memory flat: the wasm's own, the handles that it holds on JavaScript's values, and JavaScript's heap.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// The package shows nobody its memory, so it is seen where it is made: while the package loads.
let wasm
const { Instance } = WebAssembly
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args)
    wasm = this.exports
  }
}
const { compute, dns, storage } = await import('../../dist/node.js')
WebAssembly.Instance = Instance

setFlagsFromString('--expose_gc')
const gc = runInNewContext('gc')
const range = (n) => Array.from({ length: n }, (_, i) => i)
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

/** Bytes of wasm memory: it never shrinks, so what is the same after a million calls was never lost. */
const pages = () => wasm.memory.buffer.byteLength
/** Values of JavaScript that the wasm holds on to. */
const tables = Object.values(wasm).filter((e) => e instanceof WebAssembly.Table)
function held() {
  let count = 0
  for (const table of tables) {
    for (let i = 0; i < table.length; i++) {
      const value = table.get(i)
      if (value !== undefined && value !== null && typeof value !== 'boolean' && !(typeof value === 'function' && value.name.match(/^\d+$/))) count += 1
    }
  }
  return count
}
/** The heap after finalizers have run, which free what nobody freed by hand. */
async function settled() {
  for (let i = 0; i < 4; i++) {
    gc()
    await sleep(20)
  }
  return process.memoryUsage().heapUsed
}

const xml = '<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><name>running</name></instanceState></item></instancesSet></item></reservationSet>MORE</DescribeInstancesResponse>'
/** A `fetch` that answers at once, by the least that an answer can be: the calls are measured, not the runtime's own HTTP. */
function instant(text, more = {}) {
  const bytes = new TextEncoder().encode(text).buffer
  const answer = { status: 200, headers: new Headers({ 'content-length': String(bytes.byteLength) }), body: null, arrayBuffer: async () => bytes.slice(0), ...more }
  return async () => answer
}
const ec2 = (fetch) => compute('ec2', { accessKeyId: 'AKID', secretAccessKey: 'secret', region: 'us-east-1', fetch })
const s3 = (fetch) => storage('s3', { accessKeyId: 'AKID', secretAccessKey: 'secret', fetch })

/**
 * Does something again and again, first to warm up, then to see that nothing grows by it. What finalizers free is freed some
 * time after, so there memory may rise by `slack` before it stays: far less than a leak of one handle each time would take.
 */
async function flat(what, rounds, once, { perRound, heap = 8e6, collect = 5, slack = 0 } = {}) {
  const run = async (count) => {
    for (let i = 1; i <= count; i++) {
      await once(i)
      // What nobody freed by hand is freed by finalizers, which run only when there was a collection and then a rest.
      if (i % collect === 0) {
        gc()
        await sleep(0)
      }
    }
  }
  await run(Math.max(5, Math.ceil(rounds / 20)))
  const before = [await settled(), pages(), held()]
  const started = performance.now()
  const cpu = process.cpuUsage()
  await run(rounds)
  const took = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  const after = [await settled(), pages(), held()]
  const mb = (bytes) => (bytes / 1e6).toFixed(1)
  console.log(`${what}: ${(rounds * perRound).toLocaleString('en')} in ${(took / 1000).toFixed(1)} s (of the processor ${((user + system) / 1e6).toFixed(1)} s, ${((user + system) / rounds / perRound).toFixed(0)} µs each); wasm ${mb(before[1])} → ${mb(after[1])} MB, held ${before[2]} → ${after[2]}, heap ${mb(before[0])} → ${mb(after[0])} MB`)
  assert.ok(after[1] <= before[1] + slack, `${what}: wasm memory grew by ${after[1] - before[1]} bytes`)
  assert.ok(after[2] <= before[2] + 4, `${what}: the wasm holds ${after[2]} values, ${before[2]} before`)
  assert.ok(after[0] - before[0] < heap, `${what}: the heap grew by ${mb(after[0] - before[0])} MB`)
}

describe('memory stays flat', () => {
  test('the memory and the handles are seen', () => {
    assert.ok(pages() > 65_536)
    assert.ok(tables.length > 0 && held() >= 0)
  })

  test('a million calls', { timeout: 600_000 }, async () => {
    const cloud = dns('powerdns', { endpoint: 'http://127.0.0.1', apiKey: 'key', fetch: instant('[{"id":"a.","name":"a.","kind":"Native"}]') })
    const batch = range(1000)
    await flat('calls', 1000, async () => {
      const zones = await Promise.all(batch.map(() => cloud.listZones()))
      assert.equal(zones[999][0].domain, 'a')
    }, { perRound: 1000, collect: 1e9 })
  })

  test('fifty thousand that are signed, and read from XML', async () => {
    const cloud = ec2(instant(xml.replace('MORE', '')))
    await flat('signed calls', 100, async () => {
      const nodes = await Promise.all(range(500).map(() => cloud.getNode('i-1')))
      assert.equal(nodes[499].id, 'i-1')
    }, { perRound: 500, collect: 1e9 })
  })

  test('accounts, tasks, and tasks that nobody uses', async () => {
    const fetch = instant(xml.replace('MORE', ''))
    await flat('accounts and tasks', 200, async () => {
      await Promise.all(range(50).map(async () => {
        const cloud = ec2(fetch)
        const task = cloud.task({ timeout: 60_000, onEvent: () => {} })
        await task.getNode('i-1')
        await task.listNodes()
        cloud.task()
      }))
    }, { perRound: 50, slack: 256 * 1024 })
  })

  test('pages that are abandoned', async () => {
    let n = 0
    const fetch = async () => instant(xml.replace('MORE', `<nextToken>t${n++}</nextToken>`))()
    const endless = ec2(fetch)
    await flat('abandoned lists', 400, async () => {
      await Promise.all(range(20).map(async () => {
        for await (const node of endless.nodes()) {
          assert.equal(node.id, 'i-1')
          break
        }
        // One that is never begun, and one that is begun and left without a word.
        endless.nodes()
        await endless.nodes().next()
      }))
    }, { perRound: 60, slack: 256 * 1024 })
  })

  test('calls that are cancelled, are late or fail', async () => {
    const silent = ec2((_, { signal }) => new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason))))
    const broken = ec2(instant('nonsense'))
    const refused = ec2(instant('<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error></Errors></Response>', { status: 401 }))
    const kinds = new Set()
    const note = (error) => kinds.add(error.kind)
    await flat('cancelled, late and failed calls', 200, async () => {
      const stop = new AbortController()
      const all = range(10).flatMap(() => [
        silent.listNodes({ signal: stop.signal }).catch(note), silent.listNodes({ timeout: 2 }).catch(note), broken.listNodes().catch(note),
        refused.listNodes().catch(note), refused.getNode('').catch(note), silent.listNodes({ signal: AbortSignal.abort() }).catch(note),
      ])
      setTimeout(() => stop.abort(), 1)
      await Promise.all(all)
    }, { perRound: 60, slack: 256 * 1024 })
    assert.deepEqual([...kinds].sort(), ['cancelled', 'deadline', 'invalid', 'malformed', 'unauthorized'])
  })

  test('a signal for each call, never fired; and one for them all', async () => {
    const cloud = ec2(instant(xml.replace('MORE', '')))
    const shared = new AbortController()
    await flat('signals', 100, async () => {
      await Promise.all(range(100).map((i) => cloud.getNode('i-1', { signal: i % 2 ? shared.signal : new AbortController().signal })))
    }, { perRound: 100 })
  })

  test('fan-outs: finished, left early, cancelled', async () => {
    const cloud = ec2(instant(xml.replace('MORE', '')))
    const bucket = s3(async () => new Response('hello', { headers: { 'content-length': '5', etag: '"e"' } }))
    await flat('fan-outs', 60, async () => {
      const stop = new AbortController()
      const results = await cloud.each(range(40), (driver, i) => (i === 7 ? Promise.reject(new Error('no')) : driver.getNode('i-1')), { concurrency: 8 })
      assert.equal(results.filter((r) => r.status === 'fulfilled').length, 39)
      for await (const file of bucket.downloadMany('bucket', range(40).map((i) => `f${i}`), { concurrency: 8 })) {
        await file.text()
        if (file.index > 10) break
      }
      const left = cloud.each(range(40), async (driver, i) => (i === 3 && stop.abort(), driver.getNode('i-1')), { concurrency: 2, signal: stop.signal })
      assert.ok((await left).some((r) => r.status === 'rejected'))
    }, { perRound: 120 })
  })

  test('uploads in parts, and downloads that nobody reads', async () => {
    const bucket = s3(async (url, init) => {
      if (url.includes('?uploads')) return new Response('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>')
      if (init.method === 'POST') return new Response('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>')
      if (init.method === 'GET') return new Response('x'.repeat(10_000), { headers: { 'content-length': '10000', etag: '"e"' } })
      return new Response(null, { status: init.method === 'DELETE' ? 204 : 200, headers: { etag: '"e"' } })
    })
    const part = new Uint8Array(5 << 20)
    await flat('uploads and downloads', 40, async () => {
      await bucket.upload('bucket', 'x', new Blob([part, part]).stream(), { partSize: 5 << 20 })
      await bucket.upload('bucket', 'x', new ReadableStream({ start: (c) => c.error(new Error('no')) })).catch(() => {})
      await Promise.all(range(20).map(() => bucket.download('bucket', 'x')))
    }, { perRound: 22, heap: 20e6 })
  })
})
