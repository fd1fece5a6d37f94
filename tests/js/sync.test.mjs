// Copying between stores, and making one hold what another holds: memory, a directory, and S3 by moto.

import { createHash, randomBytes } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { directory } from './directory.mjs'
import { assert, fails, range, serve, sleep, storage, sync } from './lib.mjs'

const MiB = 1 << 20
const names = async (store, container, options) => (await store.listObjects(container, options)).map((o) => o.name)
const body = async (store, container, name) => (await store.download(container, name)).text()

describe('copies and syncs', () => {
  const moto = serve('moto')
  const s3 = (more = {}) => storage('s3', { accessKeyId: moto.accessKeyId, secretAccessKey: moto.secretAccessKey, region: moto.region, endpoint: moto.endpoint, ...more })
  const memory = storage('local', {})
  const disk = storage('local', { directory: directory() })
  let cloud
  let count = 0
  /** Two empty containers. */
  async function places(from, to) {
    count += 1
    await from.createContainer(`from-${count}`)
    await to.createContainer(`to-${count}`)
    return [{ storage: from, container: `from-${count}` }, { storage: to, container: `to-${count}` }]
  }
  const fill = (side, files) => side.storage.each(Object.entries(files), (driver, [name, text]) => driver.upload(side.container, name, text))
  before(() => void (cloud = s3()))

  test('an object goes from store to store with all that is said of it', async () => {
    for (const [from, to] of [[memory, cloud], [cloud, disk], [disk, memory], [cloud, cloud]]) {
      const [a, b] = await places(from, to)
      const bytes = randomBytes(300_000)
      await from.upload(a.container, 'ü/ a', bytes, { contentType: 'image/x-a', cacheControl: 'max-age=7', contentDisposition: 'inline', metadata: { colour: 'blue' } })
      const put = await from.copyTo(a.container, 'ü/ a', to, b.container, 'other/ü')
      assert.deepEqual([put.name, put.container, put.size], ['other/ü', b.container, 300_000])
      const got = await to.download(b.container, 'other/ü')
      assert.deepEqual([got.contentType, got.metadata, got.extra.cache_control, got.extra.content_disposition], ['image/x-a', { colour: 'blue' }, 'max-age=7', 'inline'])
      assert.ok(Buffer.from(await got.bytes()).equals(bytes))
      await from.copyTo(a.container, 'ü/ a', to, b.container, undefined, { contentType: 'text/plain', metadata: { size: 'L' } })
      const other = await to.getObject(b.container, 'ü/ a')
      assert.deepEqual([other.contentType, other.metadata], ['text/plain', { size: 'L' }])
      await fails(from.copyTo(a.container, 'never was', to, b.container), 'not-found')
      await fails(from.copyTo(a.container, 'ü/ a', to, 'no-such-container'), 'not-found')
      assert.deepEqual(await names(to, b.container), ['other/ü', 'ü/ a'])
      await from.upload(a.container, 'empty', '')
      assert.equal((await from.copyTo(a.container, 'empty', to, b.container)).size, 0)
    }
  })

  test('a large object is never in memory whole, and a body that breaks off is carried on', async () => {
    const [a, b] = await places(cloud, memory)
    const bytes = randomBytes(40 * MiB)
    await cloud.upload(a.container, 'large', bytes)
    let broken = 0
    const breaking = s3({
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        if (init.method !== 'GET' || !url.endsWith('/large') || ++broken > 3) return answer
        let left = 9 * MiB
        return new Response(answer.body.pipeThrough(new TransformStream({ transform: (chunk, c) => ((left -= chunk.byteLength) < 0 ? c.error(new TypeError('terminated')) : c.enqueue(chunk)) })), { status: answer.status, headers: answer.headers })
      },
    })
    const seen = []
    const put = await breaking.copyTo(a.container, 'large', memory, b.container, 'large', { partSize: 5 * MiB, concurrency: 2, onProgress: (p) => seen.push(p) })
    assert.equal(put.size, bytes.byteLength)
    assert.equal(broken, 4)
    assert.equal(seen.length, 8, 'part by part')
    assert.deepEqual(seen.at(-1), { bytes: bytes.byteLength, total: bytes.byteLength })
    const hash = createHash('sha256')
    for await (const chunk of (await memory.download(b.container, 'large')).body) hash.update(chunk)
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'))
    // It changes while it is downloaded: what comes after the break is not of the same object.
    broken = -1e9
    const changing = s3({
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        if (init.method !== 'GET' || !url.endsWith('/large')) return answer
        await cloud.upload(a.container, 'large', randomBytes(40 * MiB))
        let left = 9 * MiB
        return new Response(answer.body.pipeThrough(new TransformStream({ transform: (chunk, c) => ((left -= chunk.byteLength) < 0 ? c.error(new TypeError('terminated')) : c.enqueue(chunk)) })), { status: answer.status, headers: answer.headers })
      },
    })
    await fails(changing.copyTo(a.container, 'large', memory, b.container, 'changed', { partSize: 5 * MiB }), 'conflict')
    assert.deepEqual(await names(memory, b.container), ['large'])
    assert.deepEqual(await memory.listUploads(b.container), [])
  })

  test('what differs is copied, and the second time nothing', async () => {
    for (const [from, to] of [[memory, cloud], [cloud, disk], [disk, cloud], [cloud, cloud]]) {
      const [a, b] = await places(from, to)
      await fill(b, { same: 'x', 'b/size': 'old', 'b/newer': 'old', 'only there': 'x', '😀': 'x' })
      await sleep(1100)
      await fill(a, { 'a/new': 'new', 'b/size': 'longer', 'b/newer': 'new', 'ü/ +%2F': 'ü', '\u{fffd}': 'before 😀 by its bytes' })
      const wanted = [['\u{fffd}', 'new'], ['a/new', 'new'], ['b/newer', 'newer'], ['b/size', 'size'], ['ü/ +%2F', 'new']]
      const by = (list) => list.map((c) => [c.name, c.reason]).sort(([x], [y]) => (x < y ? -1 : 1))
      const dry = await sync(a, b, { dryRun: true, delete: true })
      assert.deepEqual(by(dry.changes.filter((c) => c.action === 'copy')), wanted.sort(([x], [y]) => (x < y ? -1 : 1)))
      assert.deepEqual(dry.changes.filter((c) => c.action === 'delete').map((c) => c.name).sort(), ['only there', 'same', '😀'].sort())
      assert.deepEqual([dry.copied, dry.deleted, await body(to, b.container, 'b/size')], [0, 0, 'old'])
      const progress = []
      const done = await sync(a, b, { onProgress: (p) => progress.push(p) })
      assert.deepEqual([done.compared, done.copied, done.deleted, done.failed], [5, 5, 0, []])
      assert.equal(done.bytes, 'new'.length + 'longer'.length + 'new'.length + 2 + Buffer.byteLength('before 😀 by its bytes'))
      assert.equal(progress.filter((p) => p.change).length, 5)
      assert.equal(progress.at(-1).bytes, done.bytes)
      for (const name of await names(from, a.container)) assert.equal(await body(to, b.container, name), await body(from, a.container, name))
      const again = await sync(a, b)
      assert.deepEqual([again.compared, again.copied], [5, 0])
      const cleaned = await sync(a, b, { delete: true })
      assert.deepEqual([cleaned.copied, cleaned.deleted], [0, 3])
      assert.deepEqual((await names(to, b.container)).sort(), (await names(from, a.container)).sort())
    }
  })

  test('prefixes, filters and ways to compare', async () => {
    const [a, b] = await places(memory, cloud)
    await fill(a, { 'photos/': '', 'photos/1': 'one', 'photos/2': 'two', 'photos/no.tmp': 'x', other: 'x' })
    const from = { ...a, prefix: 'photos/' }
    const to = { ...b, prefix: 'backup/2026/' }
    await fill(b, { 'backup/2026/left.tmp': 'x', 'backup/2026/gone': 'x', 'backup/else': 'x' })
    const filter = (name) => !name.endsWith('.tmp')
    assert.deepEqual((await sync(from, to, { filter, delete: true })).copied, 2)
    assert.deepEqual(await names(cloud, b.container), ['backup/2026/1', 'backup/2026/2', 'backup/2026/left.tmp', 'backup/else'])
    await sleep(1100)
    await memory.upload(a.container, 'photos/1', 'ONE')
    assert.equal((await sync(from, to, { filter, compare: 'size', dryRun: true })).changes.length, 0)
    assert.deepEqual((await sync(from, to, { filter, dryRun: true })).changes.map((c) => c.reason), ['newer'])
    assert.deepEqual((await sync(from, to, { filter, dryRun: true, compare: 'etag' })).changes.map((c) => c.reason), ['differs', 'differs'])
    assert.deepEqual((await sync(from, to, { filter, dryRun: true, compare: (x, y) => x.name.endsWith('2') && y.name.endsWith('2') })).changes.map((c) => c.name), ['2'])
    for (const [x, y] of [[a, a], [from, a], [a, from]]) await fails(sync(x, y), 'invalid')
    assert.equal((await sync(from, { ...a, prefix: 'copies/' })).copied, 3, 'inside one container')
    assert.equal(await body(memory, a.container, 'copies/1'), 'ONE')
    await fails(sync({ ...a, container: 'no-such-container' }, b), 'not-found')
    await fails(sync(a, b, { compare: 'colour' }), 'invalid')
    await fails(sync(a, b, { concurrency: 0 }), 'invalid')
  })

  test('every object is tried; nothing is deleted when some failed; run again, it does what is left', async () => {
    const [a, b] = await places(memory, cloud)
    await fill(a, Object.fromEntries(range(60).map((i) => [`n/${String(i).padStart(2, '0')}`, `body ${i}`])))
    await fill(b, { extra: 'x' })
    let refused = 0
    const failing = s3({ fetch: (url, init) => (init.method === 'PUT' && /[37]$/.test(url) ? (refused++, Promise.resolve(new Response('<Error><Code>AccessDenied</Code></Error>', { status: 403 }))) : fetch(url, init)) })
    const some = await sync(a, { ...b, storage: failing }, { delete: true, concurrency: 5 })
    assert.deepEqual([some.compared, some.copied, some.deleted, some.failed.length, refused], [60, 48, 0, 12, 12])
    assert.ok(some.failed.every(({ change, error }) => error.kind === 'denied' && /[37]$/.test(change.name)))
    const stop = new AbortController()
    const slow = s3({ fetch: async (url, init) => (init.method === 'PUT' && (await sleep(20)), fetch(url, init)) })
    await fails(sync(a, { ...b, storage: slow }, { signal: stop.signal, concurrency: 2, onProgress: (p) => p.copied === 4 && stop.abort() }), 'cancelled')
    const rest = await sync(a, b, { delete: true })
    assert.ok(rest.copied <= 8 && rest.copied >= 6, `${rest.copied} were left`)
    assert.deepEqual([rest.deleted, rest.failed, (await names(cloud, b.container)).length], [1, [], 60])
  })

  test('listings that are in no order are compared all the same', async () => {
    const [a, b] = await places(memory, memory)
    await fill(a, Object.fromEntries(range(40).map((i) => [`n${i}`, `body ${i}`])))
    await fill(b, { n7: 'body 7', n8: 'other', gone: 'x' })
    const shuffled = Object.create(memory, {
      objects: { value: async function* (container, options) {
        yield* (await memory.listObjects(container, options)).toSorted?.((x, y) => (x.size + x.name.charCodeAt(1)) % 7 - (y.size + y.name.charCodeAt(1)) % 7) ?? [...(await memory.listObjects(container, options))].reverse()
      } },
    })
    const done = await sync({ ...a, storage: shuffled }, b, { delete: true })
    assert.deepEqual([done.compared, done.deleted, done.failed], [40, 1, []])
    assert.deepEqual(await names(memory, b.container), await names(memory, a.container))
  })
})
