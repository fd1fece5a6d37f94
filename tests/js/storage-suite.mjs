// The cases that every storage provider must pass, in Node, in a page and in a Worker. Which of them a provider meets is
// told by its own list of operations; what only its server lacks, or does otherwise, by `features`.
//
//   suite({ name: 'moto', provider: 's3', open: ({ fetch }) => storage('s3', { …, fetch }), features: { … } })
//
// `open` gives a store; with `fetch`, one whose requests go by it. It is called once the suite runs, so servers that start
// in `before` are there. In a page, await `ready()` before `suite`.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { SkyfetchError, providers } from '../../dist/node.js'

/** What a server may lack, and what it has unless it says otherwise. */
const USUAL = {
  /** A label's container, for servers with rules of their own about names; a text is the only container there is. */
  container: (label) => `suite-${label}`,
  /** Whether the server keeps this object name. */
  keeps: () => true,
  /** Whether a container with objects in it is refused to be deleted. */
  refusesFull: true,
  /** Whether deleting what is not there succeeds. */
  deletesNothing: true,
  /** Headers of downloads that it keeps. */
  headers: ['cacheControl', 'contentDisposition', 'contentEncoding'],
  /** Whether it keeps metadata. */
  metadata: true,
  /** Conditions that it knows. */
  conditions: ['download.ifMatch', 'download.ifNoneMatch', 'upload.ifMatch', 'upload.ifNoneMatch'],
  /** Conditions and checksums that the provider has, but this very server gets wrong: they are not tried. */
  wrong: [],
  /** Whether a listing may start after a name. */
  startAfter: true,
  /** Checksums that it takes with an upload in one request; and with one in parts. */
  checksums: [],
  partChecksums: [],
  /** What URLs may be presigned for. */
  presign: ['GET', 'HEAD', 'PUT', 'DELETE'],
  /** Bytes of its smallest part. */
  part: 5 << 20,
  /** Whether tags can be given with an upload. */
  tagsOnUpload: true,
  /** Whether versions are kept, and how that is switched on: `(store, container) => …`. */
  versions: undefined,
  /** Whether CORS rules can be read back as they were given. */
  cors: true,
  /** How many objects are uploaded and downloaded while requests fail; how many are listed. */
  objects: 1000,
  listed: 10_000,
  /** Whether `open` takes a `fetch`, which is what fails; or gives a store, a tenth of whose requests fail by other means. */
  faults: true,
}

const AWKWARD = [
  'plain', 'a b', 'ü/ +%2F?&=#~', '//x', '/x', 'a//b', 'a/', '/', '日本語/テスト', '😀', 'a\nb', 'a\r\nb', 'a\tb', '%', '%25', '%zz', '+', '&amp;', '<a>&"\'</a>', ']]>', '*', "(it's)!", '...', '.a', 'a.', '..a', 'a:b', '@', 'a;b,c$d', 'a\\b', '|^`{}', ' a ', '\u0085', '\u2028', 'e\u0301', '\u00e9', 'A', 'a', 'CON', 'a.o', 'x'.repeat(1024), 'x'.repeat(1023), 'é'.repeat(512), '日'.repeat(341) + 'x',
]

const MiB = 1 << 20
const range = (n) => Array.from({ length: n }, (_, i) => i)
const sorted = (list) => [...list].sort()
const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const encode = (text) => new TextEncoder().encode(text)

/** Chances that are the same in every run, so that a failure can be had again. */
export function chances(seed = 20_261_123) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Bytes that differ everywhere. */
export function noise(length, seed = length) {
  const bytes = new Uint8Array(length)
  const words = new Uint32Array(bytes.buffer, 0, length >> 2)
  let x = seed | 1
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    words[i] = x
  }
  for (let i = words.length << 2; i < length; i++) bytes[i] = i * 31 + seed
  return bytes
}

async function hash(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/**
 * A `fetch` that fails a fraction of its requests in the ways of real networks: the connection is reset before or after
 * the request was carried out, the server is busy, the answer ends in the middle, or comes slowly.
 */
export function flaky(fetch, { rate = 0.1, random = chances() } = {}) {
  const said = { requests: 0, failed: 0 }
  const send = async (url, init) => {
    said.requests += 1
    if (random() >= rate) return fetch(url, init)
    said.failed += 1
    switch (Math.floor(random() * 5)) {
      case 0:
        throw new TypeError('fetch failed', { cause: new Error('read ECONNRESET') })
      case 1:
        await (await fetch(url, init)).body?.cancel()
        throw new TypeError('fetch failed', { cause: new Error('other side closed') })
      case 2:
        return new Response('busy', { status: 503, headers: { 'retry-after': '0' } })
      case 3:
        return cut(await fetch(url, init))
      default:
        await sleep(50 + 200 * random())
        return fetch(url, init)
    }
  }
  return Object.assign(send, { said })
}

/** An answer whose body breaks off in the middle. */
async function cut(answer) {
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (bytes.byteLength === 0) return new Response(null, answer)
  const half = bytes.subarray(0, bytes.byteLength >> 1)
  let sent = false
  const body = new ReadableStream({
    pull(controller) {
      if (sent || half.byteLength === 0) return controller.error(new TypeError('terminated'))
      sent = true
      controller.enqueue(half)
    },
  })
  return new Response(body, { status: answer.status, statusText: answer.statusText, headers: answer.headers })
}

/** Awaits a rejection by a SkyfetchError of one of these kinds. */
async function fails(promise, ...kinds) {
  let error
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (thrown) {
    error = thrown
  }
  assert.ok(error, `it should have failed with ${kinds.join(' or ')}`)
  assert.ok(error instanceof SkyfetchError, `no SkyfetchError but ${error?.stack ?? error}`)
  assert.ok(kinds.includes(error.kind), `${error.kind}, not ${kinds.join(' or ')}: ${error.message}`)
  return error
}

/** Throws what a fan-out could not do. */
function all(results) {
  const failed = results.find((r) => r.status === 'rejected')
  if (failed) throw new Error(`${results.filter((r) => r.status === 'rejected').length} of ${results.length} failed, the first by: ${failed.reason?.stack}`, { cause: failed.reason })
  return results.map((r) => r.value)
}

/** A stream of so many bytes, which fails after `until` of them. */
function pieces(bytes, { size = MiB, until = Infinity, onPull = () => {} } = {}) {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      onPull(at)
      if (at >= until) return controller.error(new Error('the disk is gone'))
      if (at >= bytes.byteLength) return controller.close()
      controller.enqueue(bytes.slice(at, Math.min(at + size, until)))
      at += size
    },
  }, { highWaterMark: 0 })
}

/** Hears of a call's requests. */
function heard() {
  const events = []
  return { onEvent: (event) => void events.push(event), of: (operation) => events.filter((e) => e.type === 'request' && (operation === undefined || e.operation === operation)).length }
}

/** How each operation is called when it does not matter with what. */
const ANYHOW = {
  listContainers: (s, o) => s.listContainers(o),
  getContainer: (s, o) => s.getContainer('anything', o),
  createContainer: (s, o) => s.createContainer('anything', o),
  deleteContainer: (s, o) => s.deleteContainer('anything', o),
  listObjects: (s, o) => s.listObjects('anything', o),
  getObject: (s, o) => s.getObject('anything', 'x', o),
  download: (s, o) => s.download('anything', 'x', o),
  putObject: (s, o) => s.upload('anything', 'x', 'y', o),
  deleteObject: (s, o) => s.deleteObject('anything', 'x', o),
  deleteObjects: (s, o) => s.deleteObjects('anything', ['x'], o),
  copyObject: (s, o) => s.copyObject('anything', 'x', 'anything', 'y', o),
  listUploads: (s, o) => s.listUploads('anything', o),
  abortUpload: (s, o) => s.abortUpload('anything', { id: 'id', name: 'x' }, o),
  listParts: (s, o) => s.listParts('anything', { id: 'id', name: 'x' }, o),
  listVersions: (s, o) => s.listVersions('anything', o),
  getTags: (s, o) => s.getTags('anything', 'x', o),
  setTags: (s, o) => s.setTags('anything', 'x', { a: 'b' }, o),
  getCors: (s, o) => s.getCors('anything', o),
  setCors: (s, o) => s.setCors('anything', [], o),
  getContainerCdnUrl: (s, o) => s.getContainerCdnUrl('anything', o),
  getObjectCdnUrl: (s, o) => s.getObjectCdnUrl('anything', 'x', o),
  enableContainerCdn: (s, o) => s.enableContainerCdn('anything', o),
  presign: (s, o) => s.presign('anything', 'x', o),
}

export function suite({ name, provider, open, features: given = {} }) {
  const stray = Object.keys(given).find((key) => !(key in USUAL))
  if (stray) throw new Error(`there is no feature "${stray}": choose of ${Object.keys(USUAL).join(', ')}`)
  const features = { ...USUAL, ...given }
  const operations = providers().find((p) => p.name === provider).services.storage
  const has = (...all) => all.every((operation) => operations.includes(operation))
  let store

  /** An empty container. */
  async function fresh(label) {
    if (typeof features.container === 'string') {
      await empty(features.container)
      return features.container
    }
    return (await store.createContainer(features.container(label))).name
  }

  async function empty(container) {
    const names = (await store.listObjects(container)).map((o) => o.name)
    if (has('deleteObjects')) assert.deepEqual(await store.deleteObjects(container, names), [])
    else all(await store.each(names, (driver, one) => driver.deleteObject(container, one)))
  }

  async function drop(container) {
    await empty(container)
    if (typeof features.container !== 'string') await store.deleteContainer(container)
  }

  /** A case with an empty container of its own. */
  const within = (label, what, work, { when = true, ...options } = {}) =>
    when && test(what, { timeout: 300_000, ...options }, async () => {
      const container = await fresh(label)
      await work(container)
      await drop(container)
    })

  const names = async (container, options) => (await store.listObjects(container, options)).map((o) => o.name)
  const text = async (container, one, options) => (await store.download(container, one, options)).text()
  /** No upload in parts is left, as far as the provider tells. */
  const nothingPends = async (container) => has('listUploads') && assert.deepEqual(await store.listUploads(container), [])
  const inParts = has('createUpload')

  describe(`storage suite: ${name}`, { timeout: 1_200_000 }, () => {
    before(async () => {
      store = await open({})
    })
    // Containers that a failed case left.
    after(async () => {
      if (typeof features.container === 'string') await empty(features.container).catch(() => {})
    })

    test('what a provider lacks is not in providers(), and rejects as unsupported before anything is sent', async () => {
      for (const [operation, call] of Object.entries(ANYHOW)) {
        if (has(operation)) continue
        const events = heard()
        await fails(() => call(store, { onEvent: events.onEvent }), 'unsupported')
        assert.equal(events.of(), 0, `${operation} was sent`)
      }
      for (const operation of operations) assert.ok(ANYHOW[operation] || ['createUpload', 'putPart', 'completeUpload'].includes(operation), operation)
    })

    test('containers', async () => {
      const container = await fresh('containers')
      if (has('listContainers')) assert.ok((await store.listContainers()).some((c) => c.name === container))
      if (has('getContainer')) {
        assert.equal((await store.getContainer(container)).name, container)
        await fails(store.getContainer('no-such-container-here'), 'not-found', 'denied')
      }
      await fails(store.listObjects('no-such-container-here'), 'not-found')
      await fails(store.upload('no-such-container-here', 'x', 'y'), 'not-found')
      if (has('deleteContainer')) {
        await store.upload(container, 'in the way', 'x')
        if (features.refusesFull) await fails(store.deleteContainer(container), 'conflict')
        await store.deleteObject(container, 'in the way')
        await store.deleteContainer(container)
        await fails(store.listObjects(container), 'not-found')
      }
    })

    within('names', 'awkward names come back to the letter, by every way', async (container) => {
      const awkward = AWKWARD.filter(features.keeps)
      const put = await store.each(awkward, (driver, one) => driver.upload(container, one, `body of ${one}`))
      put.forEach((r, i) => assert.equal(r.value?.name, awkward[i], `${JSON.stringify(awkward[i])}: ${r.reason}`))
      const listed = await store.listObjects(container)
      assert.deepEqual(sorted(listed.map((o) => o.name)), sorted(awkward))
      for (const one of awkward) {
        assert.equal(await text(container, one), `body of ${one}`, JSON.stringify(one))
        const got = await store.getObject(container, listed.find((o) => o.name === one))
        assert.deepEqual([got.name, got.container, got.size], [one, container, encode(`body of ${one}`).byteLength])
        const found = await names(container, { prefix: one })
        assert.ok(found.includes(one) && found.every((n) => n.startsWith(one)), `the prefix ${JSON.stringify(one)}`)
      }
      if (has('copyObject')) {
        for (const [i, one] of awkward.entries()) {
          const to = encode(one).byteLength < 1000 ? `copy/${one}` : `copy/long/${i}`
          assert.equal((await store.copyObject(container, one, container, to)).name, to)
          assert.equal(await text(container, to), `body of ${one}`, `the copy of ${JSON.stringify(one)}`)
        }
      }
      for (const one of awkward.slice(0, 8)) {
        await store.deleteObject(container, one)
        await fails(store.getObject(container, one), 'not-found')
      }
      for (const one of ['', '.', '..', 'a/../b', './a', 'a/..']) await fails(store.upload(container, one, 'x'), 'invalid')
    })

    within('list', 'listing: whole, as it comes, in pages, by prefix and delimiter', async (container) => {
      const given = range(240).map((i) => `${['a', 'b', 'c'][i % 3]}/${i % 7}/ü ${String(i).padStart(5, '0')}`)
      all(await store.each(given, (driver, one) => driver.upload(container, one, 'x'), { concurrency: 24 }))
      const listed = await store.listObjects(container)
      assert.deepEqual(sorted(listed.map((o) => o.name)), sorted(given))
      assert.ok(listed.every((o) => o.size === 1 && o.container === container && Object.isFrozen(o)))
      assert.ok(listed.every((o) => Math.abs(Date.now() - Date.parse(o.lastModified)) < 600_000), 'lastModified')
      const events = heard()
      const coming = []
      for await (const object of store.objects(container, { pageSize: 50 })) coming.push(object.name)
      assert.deepEqual(coming, listed.map((o) => o.name))
      assert.deepEqual(await names(container, { pageSize: 50, onEvent: events.onEvent }), coming)
      assert.ok(events.of() >= 5, `${events.of()} pages of 50 for 240 objects`)
      assert.deepEqual(await names(container, { prefix: 'b/3/' }), coming.filter((n) => n.startsWith('b/3/')))
      assert.deepEqual(await names(container, { prefix: 'nothing' }), [])
      const top = await store.list(container, { delimiter: '/' })
      assert.deepEqual([sorted(top.prefixes), top.objects.length], [['a/', 'b/', 'c/'], 0])
      const below = await store.list(container, { delimiter: '/', prefix: 'a/', pageSize: 3 })
      assert.deepEqual([sorted(below.prefixes), below.objects.length], [range(7).map((i) => `a/${i}/`), 0])
      const leaf = await store.list(container, { delimiter: '/', prefix: 'a/0/' })
      assert.deepEqual([leaf.prefixes.length, sorted(leaf.objects.map((o) => o.name))], [0, sorted(given.filter((n) => n.startsWith('a/0/')))])
      if (features.startAfter) {
        const after = sorted(given)[99]
        assert.deepEqual(sorted(await names(container, { startAfter: after, pageSize: 60 })), sorted(given).slice(100))
      }
    })

    within('full', 'an object with everything it is stored with', async (container) => {
      const bytes = noise(100_000)
      const headers = { cacheControl: 'max-age=60', contentDisposition: 'attachment; filename="a b.txt"', contentEncoding: 'identity' }
      const own = Object.fromEntries(Object.entries(headers).filter(([key]) => features.headers.includes(key)))
      const metadata = features.metadata ? { colour: 'blue', words: 'a b, c=d; e' } : undefined
      const put = await store.upload(container, 'full', bytes, { contentType: 'text/plain; charset=utf-8', ...own, ...(metadata && { metadata }) })
      assert.deepEqual([put.name, put.container, put.size], ['full', container, 100_000])
      const got = await store.getObject(container, 'full')
      const file = await store.download(container, 'full')
      for (const one of [got, file]) {
        assert.deepEqual([one.name, one.size, one.contentType], ['full', 100_000, 'text/plain; charset=utf-8'])
        if (metadata) assert.deepEqual(one.metadata, metadata)
        if (put.etag) assert.equal(one.etag, put.etag)
        assert.ok(Math.abs(Date.now() - Date.parse(one.lastModified)) < 120_000, `lastModified ${one.lastModified}`)
      }
      assert.equal(await hash(await file.bytes()), await hash(bytes))
      if (own.cacheControl) assert.equal(got.extra.cache_control, own.cacheControl)
      if (own.contentDisposition) assert.equal(got.extra.content_disposition, own.contentDisposition)
      assert.equal((await store.upload(container, 'empty', '')).size, 0)
      assert.deepEqual([await text(container, 'empty'), (await store.getObject(container, 'empty')).size], ['', 0])
      await store.upload(container, 'full', 'something else')
      assert.equal(await text(container, 'full'), 'something else', 'the last one wins')
    })

    within('bodies', 'bodies of every kind', async (container) => {
      const words = 'grüß dich 😀'
      const bytes = encode(words)
      const inside = new Uint8Array(bytes.length + 10)
      inside.set(bytes, 5)
      const bodies = {
        text: words, bytes, buffer: bytes.buffer.slice(0, bytes.length), view: new DataView(inside.buffer, 5, bytes.length), part: inside.subarray(5, 5 + bytes.length),
        blob: new Blob([bytes]), stream: new Blob([bytes]).stream(), response: new Response(words).body,
        pieces: new ReadableStream({ start: (c) => (bytes.forEach((b) => c.enqueue(Uint8Array.of(b))), c.enqueue(new Uint8Array()), c.close()) }),
        nothing: new ReadableStream({ start: (c) => c.close() }),
      }
      for (const [kind, body] of Object.entries(bodies)) {
        const seen = []
        const put = await store.upload(container, `body/${kind}`, body, { onProgress: (p) => seen.push(p) })
        assert.equal(put.size, kind === 'nothing' ? 0 : bytes.length, kind)
        assert.equal(await text(container, `body/${kind}`), kind === 'nothing' ? '' : words, kind)
        assert.equal(seen.at(-1)?.bytes, put.size)
      }
      assert.equal((await store.upload(container, 'typed', new Blob(['<p>'], { type: 'text/html' }))).contentType, 'text/html')
      assert.equal((await store.getObject(container, 'typed')).contentType, 'text/html')
      for (const body of [null, undefined, 7, {}, ['x']]) await fails(() => store.upload(container, 'bad', body), 'invalid')
    })

    within('ranges', 'ranges', async (container) => {
      await store.upload(container, 'digits', '0123456789')
      const read = async (wanted) => {
        const file = await store.download(container, 'digits', { range: wanted })
        assert.equal(file.size, 10, "the whole object's size")
        const got = await file.text()
        assert.equal(file.length ?? got.length, got.length)
        return got
      }
      assert.equal(await read({ start: 2, end: 4 }), '234')
      assert.equal(await read({ start: 0, end: 0 }), '0')
      assert.equal(await read({ start: 7 }), '789')
      assert.equal(await read({ start: 7, end: 100 }), '789')
      assert.equal(await read({ start: 0 }), '0123456789')
      assert.equal(await read({ suffix: 3 }), '789')
      assert.equal(await read({ suffix: 100 }), '0123456789')
      await fails(store.download(container, 'digits', { range: { start: 10 } }), 'invalid')
      await fails(store.download(container, 'digits', { range: { start: 5, end: 4 } }), 'invalid')
    })

    within('conditions', 'conditions', async (container) => {
      const knows = (condition) => features.conditions.includes(condition)
      await store.upload(container, 'conditional', 'one')
      const { etag } = await store.getObject(container, 'conditional')
      assert.ok(etag, 'an entity tag')
      const wrong = etag.replace(/[0-9a-z]/i, (c) => (c === '1' ? '2' : '1'))
      if (knows('download.ifMatch')) {
        assert.equal(await text(container, 'conditional', { ifMatch: etag }), 'one')
        await fails(store.download(container, 'conditional', { ifMatch: wrong }), 'conflict')
      } else if (!features.wrong.includes('download.ifMatch')) await fails(store.download(container, 'conditional', { ifMatch: etag }), 'unsupported')
      if (knows('download.ifNoneMatch')) {
        await fails(store.download(container, 'conditional', { ifNoneMatch: etag }), 'conflict')
        assert.equal(await text(container, 'conditional', { ifNoneMatch: wrong }), 'one')
      } else if (!features.wrong.includes('download.ifNoneMatch')) await fails(store.download(container, 'conditional', { ifNoneMatch: etag }), 'unsupported')
      if (knows('upload.ifNoneMatch')) {
        await fails(store.upload(container, 'conditional', 'two', { ifNoneMatch: '*' }), 'conflict')
        assert.equal(await text(container, 'conditional'), 'one')
        await store.upload(container, 'conditional-new', 'two', { ifNoneMatch: '*' })
        assert.equal(await text(container, 'conditional-new'), 'two')
      } else if (!features.wrong.includes('upload.ifNoneMatch')) await fails(store.upload(container, 'conditional', 'two', { ifNoneMatch: '*' }), 'unsupported')
      if (knows('upload.ifMatch')) {
        await fails(store.upload(container, 'conditional', 'three', { ifMatch: wrong }), 'conflict')
        assert.equal(await text(container, 'conditional'), 'one')
        await store.upload(container, 'conditional', 'three', { ifMatch: etag })
        assert.equal(await text(container, 'conditional'), 'three')
        await fails(store.upload(container, 'conditional', 'four', { ifMatch: etag }), 'conflict')
      } else if (!features.wrong.includes('upload.ifMatch')) await fails(store.upload(container, 'conditional', 'two', { ifMatch: etag }), 'unsupported')
    })

    within('missing', 'what is not there', async (container) => {
      const error = await fails(store.getObject(container, 'never was'), 'not-found')
      assert.deepEqual([error.provider, error.operation], [provider, 'getObject'])
      await fails(store.download(container, 'never was'), 'not-found')
      if (features.deletesNothing) await store.deleteObject(container, 'never was')
      else await fails(store.deleteObject(container, 'never was'), 'not-found')
      if (has('copyObject')) await fails(store.copyObject(container, 'never was', container, 'x'), 'not-found')
      assert.deepEqual(await names(container), [])
    })

    within('copies', 'a copy keeps the metadata, or takes new ones', async (container) => {
      const metadata = features.metadata ? { a: '1' } : {}
      await store.upload(container, 'original', 'x'.repeat(1000), { contentType: 'text/x-one', metadata })
      const same = await store.copyObject(container, 'original', container, 'copy of the same')
      assert.deepEqual([same.name, same.container, same.size], ['copy of the same', container, 1000])
      const got = await store.getObject(container, 'copy of the same')
      assert.deepEqual([got.contentType, got.metadata, got.size], ['text/x-one', metadata, 1000])
      if (features.metadata) {
        await store.copyObject(container, 'original', container, 'copy with others', { contentType: 'text/x-two', metadata: { b: '2' } })
        const other = await store.getObject(container, 'copy with others')
        assert.deepEqual([other.contentType, other.metadata, other.size], ['text/x-two', { b: '2' }, 1000])
      }
      assert.equal(await text(container, 'copy of the same'), 'x'.repeat(1000))
      if (typeof features.container !== 'string') {
        const other = await fresh('copies-2')
        await store.copyObject(container, 'original', other, 'original')
        assert.equal(await text(other, 'original'), 'x'.repeat(1000))
        await drop(other)
      }
    }, { when: has('copyObject') })

    within('delete', 'many are deleted together, those among them that are not there', async (container) => {
      const given = range(30).map((i) => `many/${i}/<&>`)
      all(await store.each(given, (driver, one) => driver.upload(container, one, 'x')))
      const left = await store.deleteObjects(container, [...given.slice(0, 20), 'never was'])
      if (features.deletesNothing) assert.deepEqual(left, [])
      else assert.ok(left.every((u) => u.name === 'never was'))
      assert.deepEqual(sorted(await names(container)), sorted(given.slice(20)))
      assert.deepEqual(await store.deleteObjects(container, []), [])
    }, { when: has('deleteObjects') })

    within('parts', 'a stream goes up in parts and comes back the same', async (container) => {
      const size = features.part
      const bytes = noise(2 * size + 12_345)
      const events = heard()
      const progress = []
      const metadata = features.metadata ? { parts: 'yes' } : {}
      const put = await store.upload(container, 'big', pieces(bytes), { partSize: size, concurrency: 2, contentType: 'application/x-big', metadata, onProgress: (p) => progress.push(p.bytes), onEvent: events.onEvent })
      assert.equal(put.size, bytes.byteLength)
      assert.equal(events.of('putPart'), 3)
      assert.deepEqual([progress.at(-1), progress], [bytes.byteLength, [...progress].sort((a, b) => a - b)])
      const file = await store.download(container, 'big')
      assert.deepEqual([file.size, file.contentType, file.metadata], [bytes.byteLength, 'application/x-big', metadata])
      assert.equal(await hash(await file.bytes()), await hash(bytes))
      const middle = await (await store.download(container, 'big', { range: { start: size - 5, end: size + 4 } })).bytes()
      assert.deepEqual([...middle], [...bytes.subarray(size - 5, size + 5)])
      await nothingPends(container)
      assert.equal((await store.upload(container, 'blob', new Blob([bytes]), { partSize: size })).size, bytes.byteLength)
      assert.equal((await store.getObject(container, 'blob')).size, bytes.byteLength)
    }, { when: inParts })

    within('orphans', 'an upload that is cancelled or fails leaves nothing behind', async (container) => {
      const size = features.part
      const piece = noise(MiB)
      const endless = () => new ReadableStream({ pull: (c) => c.enqueue(piece.slice()) }, { highWaterMark: 0 })
      const stop = new AbortController()
      let sent = 0
      await fails(store.upload(container, 'cancelled', endless(), { partSize: size, concurrency: 2, signal: stop.signal, onProgress: () => ++sent === 2 && stop.abort() }), 'cancelled')
      const broken = await store.upload(container, 'broken', pieces(noise(3 * size), { until: 2 * size + MiB / 2 }), { partSize: size }).then(() => undefined, (error) => error)
      assert.match(`${broken?.message} ${broken?.cause?.message}`, /disk is gone/)
      if (features.faults === true) {
        let parts = 0
        const failing = await open({ fetch: (url, init) => (init.method !== 'GET' && (init.body?.size ?? init.body?.byteLength) === size && ++parts > 1 ? Promise.reject(new TypeError('cut')) : fetch(url, init)) })
        await fails(failing.upload(container, 'failed', endless(), { partSize: size, concurrency: 2, retries: 1 }), 'transport')
      }
      await sleep(300)
      await nothingPends(container)
      assert.deepEqual(await names(container), [])
    }, { when: inParts })

    within('resume', 'an upload that was left is listed, carried on, or abandoned', async (container) => {
      const size = features.part
      const bytes = noise(3 * size + 1000)
      const left = () => store.upload(container, 'left ü', pieces(bytes, { until: 2 * size + MiB }), { partSize: size, concurrency: 1, contentType: 'text/x-left', keepParts: true })
      await assert.rejects(left())
      const pending = await store.listUploads(container)
      assert.deepEqual(pending.map((u) => u.name), ['left ü'])
      const parts = await store.listParts(container, pending[0])
      assert.deepEqual(parts.map((p) => [p.number, p.size]), [[1, size], [2, size]])
      assert.deepEqual(await names(container), [])
      const events = heard()
      const put = await store.upload(container, 'left ü', pieces(bytes), { partSize: size, concurrency: 1, contentType: 'text/x-left', resume: true, onEvent: events.onEvent })
      assert.equal(put.size, bytes.byteLength)
      assert.equal(events.of('putPart'), 2, 'only what was not there is sent')
      const file = await store.download(container, 'left ü')
      assert.deepEqual([file.contentType, await hash(await file.bytes())], ['text/x-left', await hash(bytes)])
      await nothingPends(container)
      await assert.rejects(left())
      const [again] = await store.listUploads(container)
      await store.abortUpload(container, again)
      await nothingPends(container)
    }, { when: inParts && has('listUploads', 'listParts') })

    within('many', 'many files come down together; one that is missing harms no other', async (container) => {
      const files = range(40).map((i) => `down/${i}`)
      all(await store.each(files, (driver, one) => driver.upload(container, one, `this is ${one}`)))
      const seen = new Map()
      for await (const file of store.downloadMany(container, [...files, 'down/never was'], { concurrency: 6 })) seen.set(file.name, file.error ?? (await file.text()))
      assert.equal(seen.size, 41)
      for (const one of files) assert.equal(seen.get(one), `this is ${one}`)
      assert.equal(seen.get('down/never was').kind, 'not-found')
    })

    within('abort', 'downloads are streams, tell their progress, and end with their signal', async (container) => {
      const bytes = noise(6 * MiB)
      await store.upload(container, 'long', bytes, { partSize: 8 * MiB })
      const seen = []
      const file = await store.download(container, 'long', { onProgress: (p) => seen.push(p) })
      assert.equal(await hash(await file.bytes()), await hash(bytes))
      assert.deepEqual(seen.at(-1), { bytes: bytes.byteLength, total: bytes.byteLength })
      const stop = new AbortController()
      const cancelled = await store.download(container, 'long', { signal: stop.signal })
      const reader = cancelled.body.getReader()
      assert.ok((await reader.read()).value.byteLength > 0)
      stop.abort()
      await assert.rejects(async () => {
        while (!(await reader.read()).done);
      })
      await fails(store.download(container, 'long', { signal: AbortSignal.abort() }), 'cancelled')
      assert.equal((await store.getObject(container, 'long')).size, bytes.byteLength, 'the store is as usable as before')
    })

    within('presign', 'presigned URLs work by a plain fetch, for what they say', async (container) => {
      const can = (method) => features.presign.includes(method)
      const one = 'presigned ü/ +%2F?&=#~'
      if (can('PUT')) {
        const url = await store.presign(container, one, { method: 'PUT' })
        const put = await fetch(url, { method: 'PUT', body: encode('by a stranger'), headers: { 'x-ms-blob-type': 'BlockBlob' } })
        assert.ok(put.ok, `PUT ${put.status} ${await put.text()}`)
      } else await store.upload(container, one, 'by a stranger')
      assert.equal(await text(container, one), 'by a stranger')
      if (can('GET')) {
        const got = await fetch(await store.presign(container, one, { expiresIn: 600 }))
        assert.deepEqual([got.status, await got.text()], [200, 'by a stranger'])
      }
      if (can('HEAD')) assert.equal((await fetch(await store.presign(container, one, { method: 'HEAD' }), { method: 'HEAD' })).status, 200)
      if (can('DELETE')) {
        assert.ok((await fetch(await store.presign(container, one, { method: 'DELETE' }), { method: 'DELETE' })).ok)
        await fails(store.getObject(container, one), 'not-found')
      }
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) if (!can(method)) await fails(() => store.presign(container, one, { method }), 'unsupported', 'invalid')
    }, { when: has('presign') })

    within('tags', 'tags', async (container) => {
      await store.upload(container, 'tagged', 'x', features.tagsOnUpload ? { tags: { colour: 'blue', 'two words': 'a b+c=d' } } : {})
      assert.deepEqual(await store.getTags(container, 'tagged'), features.tagsOnUpload ? { colour: 'blue', 'two words': 'a b+c=d' } : {})
      await store.setTags(container, 'tagged', { size: 'L' })
      assert.deepEqual(await store.getTags(container, 'tagged'), { size: 'L' })
      await store.setTags(container, 'tagged', {})
      assert.deepEqual(await store.getTags(container, 'tagged'), {})
      await fails(store.getTags(container, 'never was'), 'not-found')
    }, { when: has('getTags', 'setTags') })

    if (has('listVersions') && features.versions) test('versions', async () => {
      const container = await fresh('versions')
      await features.versions(store, container)
      for (const body of ['one', 'two two', 'three']) await store.upload(container, 'versioned', body)
      const versions = await store.listVersions(container)
      assert.deepEqual(versions.map((v) => [v.name, v.size, v.latest, v.deleted]), [['versioned', 5, true, false], ['versioned', 7, false, false], ['versioned', 3, false, false]])
      for (const [i, body] of ['three', 'two two', 'one'].entries()) {
        const { id: version } = versions[i]
        assert.equal(await text(container, 'versioned', { version }), body)
        assert.equal((await store.getObject(container, 'versioned', { version })).size, body.length)
      }
      await store.deleteObject(container, 'versioned', { version: versions[0].id })
      assert.equal(await text(container, 'versioned'), 'two two')
      await store.deleteObject(container, 'versioned')
      await fails(store.getObject(container, 'versioned'), 'not-found')
      const last = await store.listVersions(container)
      assert.ok(last.filter((v) => !v.deleted).length === 2)
      for (const version of last) await store.deleteObject(container, version.name, { version: version.id })
      assert.deepEqual(await store.listVersions(container), [])
      await drop(container)
    })

    within('cors', 'CORS rules', async (container) => {
      const rules = [{ origins: ['https://example.com'], methods: ['GET', 'PUT'], headers: ['*'], expose: ['etag'], maxAge: 600 }]
      await store.setCors(container, rules)
      if (features.cors) {
        const lower = (list) => list.map((text) => text.toLowerCase())
        const got = await store.getCors(container)
        assert.deepEqual(got.map((r) => ({ ...r, expose: lower(r.expose) })), rules)
      }
      await store.setCors(container, [])
      assert.deepEqual(await store.getCors(container), [])
    }, { when: has('getCors', 'setCors') })

    within('sums', 'checksums: sent, checked by the server, and by us while it streams', async (container) => {
      const bytes = noise(300_001)
      for (const checksum of ['crc32c', 'sha256']) {
        if (features.wrong.includes(checksum)) continue
        if (!features.checksums.includes(checksum)) {
          await fails(() => store.upload(container, checksum, bytes, { checksum }), 'unsupported')
          continue
        }
        await store.upload(container, checksum, bytes, { checksum })
        const got = await store.getObject(container, checksum)
        if (checksum === 'sha256') assert.equal(got.extra.sha256, btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))))
        else assert.match(got.extra.crc32c, /^[A-Za-z0-9+/]{6}==$/)
        assert.equal(await hash(await (await store.download(container, checksum, { verify: true })).bytes()), await hash(bytes))
        if (features.faults === true) {
          const lying = await open({ fetch: async (url, init) => corrupted(await fetch(url, init), init.method) })
          await fails(async () => (await lying.download(container, checksum, { verify: true })).bytes(), 'malformed')
          assert.equal((await (await lying.download(container, checksum)).bytes()).byteLength, bytes.byteLength)
        }
      }
      for (const checksum of features.partChecksums) {
        const large = noise(features.part + 100_000)
        await store.upload(container, `${checksum} in parts`, pieces(large), { checksum, partSize: features.part })
        assert.equal(await hash(await (await store.download(container, `${checksum} in parts`)).bytes()), await hash(large))
      }
    })

    within('faults', 'small objects go up and come down joined while a tenth of the requests fail, and nothing is lost', async (container) => {
      const unsteady = features.faults === true ? flaky(fetch) : undefined
      const bad = unsteady ? await open({ fetch: unsteady }) : features.faults ? await features.faults() : store
      const random = chances(7)
      const given = range(features.objects).map((i) => ({ name: `small/${i % 10}/${i}`, bytes: noise(Math.floor(random() * 3000), i + 1) }))
      const options = { concurrency: 16, retries: 12, attemptTimeout: 30_000 }
      all(await bad.each(given, (driver, one) => driver.upload(container, one.name, one.bytes), options))
      const by = new Map(given.map((one) => [one.name, one.bytes]))
      let came = 0
      all(await bad.each(given, async (driver, one) => {
        const got = await (await driver.download(container, one.name)).bytes()
        assert.ok(got.byteLength === one.bytes.byteLength && got.every((b, i) => b === one.bytes[i]), `${one.name} came back as something else`)
        came += 1
      }, options))
      assert.equal(came, given.length)
      const listed = await bad.listObjects(container, { retries: 12 })
      assert.deepEqual(sorted(listed.map((o) => o.name)), sorted(by.keys()))
      assert.ok(listed.every((o) => o.size === by.get(o.name).byteLength))
      await nothingPends(container)
      if (unsteady) {
        const { requests, failed } = unsteady.said
        assert.ok(failed > requests / 20, `only ${failed} of ${requests} requests failed`)
      }
    }, { timeout: 900_000 })

    within('crowd', 'thousands of objects are listed to the last', async (container) => {
      const given = range(features.listed).map((i) => `crowd/${String(i).padStart(6, '0')}`)
      all(await store.each(given, (driver, one) => driver.upload(container, one, ''), { concurrency: 32 }))
      assert.deepEqual(sorted(await names(container)), given)
      let coming = 0
      for await (const object of store.objects(container, { prefix: 'crowd/' })) coming += object.size === 0 ? 1 : 0
      assert.equal(coming, given.length)
    }, { timeout: 900_000 })
  })
}

/** An answer to a download with one bit of its body another. */
async function corrupted(answer, method) {
  if (method !== 'GET' || !answer.ok) return answer
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (bytes.byteLength > 1000) bytes[1000] ^= 1
  return new Response(bytes, { status: answer.status, headers: answer.headers })
}
