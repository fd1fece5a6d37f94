// What the storage suite does not ask of every provider: progress inside one request, checksums that are known, streams of a
// length that was told, and configurations without HTTP.

import { describe, test } from 'node:test'
import { directory, files } from './directory.mjs'
import { assert, fails, range, script, storage } from './lib.mjs'

const MiB = 1 << 20
const stream = (...pieces) => new ReadableStream({ start: (c) => (pieces.forEach((p) => c.enqueue(p)), c.close()) })

describe('progress', () => {
  const server = script((_, response) => response.writeHead(200, { etag: '"e"' }).end())
  const s3 = (more) => storage('s3', { accessKeyId: 'AKID', secretAccessKey: 'secret', endpoint: server.endpoint, ...more })

  test('an upload in one request tells how far it is, and has its length', async () => {
    for (const body of [new Uint8Array(MiB), new Blob([new Uint8Array(MiB)], { type: 'image/png' })]) {
      server.play(server.handler)
      const seen = []
      await s3().upload('bucket', 'x', body, { onProgress: (p) => seen.push(p) })
      assert.ok(seen.length >= 16, `${seen.length} times`)
      assert.ok(seen.every(({ total }) => total === MiB))
      assert.deepEqual(seen.map((p) => p.bytes), range(16).map((i) => (i + 1) * 65_536))
      const [{ headers, body: sent }] = server.requests
      assert.deepEqual([headers['content-length'], headers['transfer-encoding'], headers['content-type'], sent.length], [String(MiB), undefined, body.type, MiB])
    }
  })

  test('a request that is repeated sends all of it again', async () => {
    server.play((_, response, n) => (n === 1 ? response.destroy() : response.writeHead(200, { etag: '"e"' }).end()))
    const seen = []
    await s3().upload('bucket', 'x', 'abc'.repeat(100_000), { onProgress: ({ bytes }) => seen.push(bytes) })
    assert.equal(server.requests.at(-1).body, 'abc'.repeat(100_000))
    assert.equal(seen.at(-1), 300_000)
    assert.equal(seen.filter((n) => n === 300_000).length, 1, 'all of it is stored only once')
  })

  test("a fetch of one's own gets the body as it is", async () => {
    const seen = []
    let sent
    await s3({ fetch: async (_, init) => ((sent = init.body), new Response(null, { headers: { etag: '"e"' } })) }).upload('bucket', 'x', new Uint8Array(MiB), { onProgress: (p) => seen.push(p.bytes) })
    assert.ok(sent instanceof Uint8Array)
    assert.deepEqual(seen, [MiB])
  })
})

describe('local', () => {
  const sums = { crc32c: '4waSgw==', sha256: 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=' }

  test('checksums are those that everybody knows', async () => {
    const store = storage('local', {})
    await store.createContainer('sums')
    for (const [checksum, sum] of Object.entries(sums)) {
      for (const body of ['123456789', new Blob(['123456789'])]) {
        await store.upload('sums', checksum, body, { checksum })
        const file = await store.download('sums', checksum, { verify: true })
        assert.equal(file.extra[checksum], sum)
        assert.equal(await file.text(), '123456789')
      }
    }
    await store.upload('sums', 'none', 'x')
    await fails(store.download('sums', 'none', { verify: true }), 'unsupported')
    await fails(store.download('sums', 'sha256', { verify: true, range: { start: 0 } }), 'invalid')
    await fails(() => store.upload('sums', 'x', 'y', { checksum: 'md5' }), 'invalid')
    await fails(store.upload('sums', 'x', 'y', { acl: 'public-read' }), 'unsupported')
  })

  test('what is stored is checked when it is read', async () => {
    const handle = directory()
    const store = storage('local', { directory: handle })
    await store.createContainer('sums')
    const bytes = new Uint8Array(200_000).map((_, i) => i)
    for (const checksum of Object.keys(sums)) {
      await store.upload('sums', checksum, bytes, { checksum })
      // A bit of the file turns.
      const [path] = [...files(handle)].find(([name]) => name.endsWith(`/f${checksum}`))
      const entry = path.slice(1).split('/').reduce((at, name) => at.children.get(name), handle)
      const all = new Uint8Array(await entry.bytes.arrayBuffer())
      all[150_000] ^= 4
      entry.bytes = new Blob([all])
      const file = await store.download('sums', checksum, { verify: true })
      const reader = file.body.getReader()
      await assert.rejects(async () => {
        while (!(await reader.read()).done);
      }, { kind: 'malformed' })
      await fails((await store.download('sums', checksum, { verify: true })).bytes(), 'malformed', { message: new RegExp(checksum) })
      assert.equal((await (await store.download('sums', checksum)).bytes()).byteLength, 200_000)
    }
  })

  test('each account has a memory of its own; a directory is the same for all', async () => {
    const [one, two] = [storage('local', {}), storage('local', {})]
    await one.createContainer('kept')
    await fails(two.getContainer('kept'), 'not-found')
    const handle = directory()
    const [three, four] = [storage('local', { directory: handle }), storage('local', { directory: handle })]
    await three.createContainer('kept')
    await three.upload('kept', 'ü', 'there', { metadata: { a: 'b' } })
    assert.equal(await (await four.download('kept', 'ü')).text(), 'there')
    assert.deepEqual((await four.getObject('kept', 'ü')).metadata, { a: 'b' })
    await fails(three.createContainer('kept'), 'conflict')
  })

  test('files have names that any file system takes, and a failed write leaves what was', async () => {
    let failing = false
    const handle = directory(async () => {
      if (failing) throw new DOMException('the disk is full', 'QuotaExceededError')
    })
    const store = storage('local', { directory: handle })
    await store.createContainer('names')
    await store.upload('names', 'A/ü.TXT', 'one')
    assert.deepEqual([...files(handle)].map(([path]) => path).sort(), ['/cnames/f', '/cnames/f_41_2f_c3_bc_2e_54_58_54'])
    failing = true
    await fails(store.upload('names', 'A/ü.TXT', 'two'), 'quota')
    failing = false
    assert.equal(await (await store.download('names', 'A/ü.TXT')).text(), 'one')
  })

  test('configurations that cannot be', async () => {
    for (const config of [{ directory: '/tmp' }, { directory: null }, { directory: {} }, { fetch }, { path: '/tmp' }, null]) await fails(async () => storage('local', config), 'invalid')
    for (const config of [{}, { bucket: 'photos' }, { bucket: {} }, { bucket: { createMultipartUpload() {} }, fetch }]) await fails(async () => storage('r2-binding', config), 'invalid')
  })
})

describe('streams and parts', () => {
  const store = storage('local', {})

  test('a stream whose length is told goes up in one request if it is short, and must have it', async () => {
    await store.createContainer('sizes')
    const piece = new Uint8Array(1000)
    const put = await store.upload('sizes', 'told', stream(piece, piece), { size: 2000 })
    assert.equal(put.size, 2000)
    for (const size of [1999, 2001, 1000]) await fails(store.upload('sizes', 'wrong', stream(piece, piece), { size }), 'invalid')
    const seen = []
    const large = () => stream(...range(11).map(() => new Uint8Array(MiB)))
    await store.upload('sizes', 'large', large(), { size: 11 * MiB, partSize: 5 * MiB, onProgress: (p) => seen.push(p) })
    assert.deepEqual(seen.at(-1), { bytes: 11 * MiB, total: 11 * MiB })
    for (const size of [10 * MiB, 12 * MiB, 5 * MiB]) await fails(store.upload('sizes', 'wrong', large(), { size, partSize: 5 * MiB }), 'invalid')
    assert.deepEqual((await store.listObjects('sizes')).map((o) => o.name), ['large', 'told'])
    assert.deepEqual(await store.listUploads('sizes'), [])
  })

  test('an upload that is kept is carried on by its id, and only what is the same is taken over', async () => {
    await store.createContainer('parts')
    const bytes = (n) => new Uint8Array(12 * MiB).fill(n)
    const broken = (n) => {
      let at = 0
      return new ReadableStream({ pull: (c) => (at === 11 ? c.error(new Error('gone')) : c.enqueue(bytes(n).subarray(at++ * MiB, at * MiB))) }, { highWaterMark: 0 })
    }
    let started
    const left = { partSize: 5 * MiB, concurrency: 1, checksum: 'crc32c', keepParts: true, onStart: (upload) => (started = upload) }
    await assert.rejects(store.upload('parts', 'x', broken(1), left))
    assert.deepEqual((await store.listUploads('parts')).map((u) => [u.id, u.name]), [[started.id, 'x']])
    assert.deepEqual((await store.listParts('parts', started)).map((p) => [p.number, /^crc32c=/.test(p.checksum)]), [[1, true], [2, true]])
    // Another body: its parts have another checksum, so none is taken over.
    const put = await store.upload('parts', 'x', new Blob([bytes(2)]), { ...left, resume: started })
    assert.equal(put.size, 12 * MiB)
    assert.ok((await (await store.download('parts', 'x')).bytes()).every((b) => b === 2))
    await fails(store.upload('parts', 'x', new Blob([bytes(2)]), { partSize: 5 * MiB, resume: 'no-such-upload' }), 'not-found')
    // There is none to carry on: it begins.
    assert.equal((await store.upload('parts', 'y', 'short', { resume: true })).size, 5)
    assert.deepEqual(await store.listUploads('parts'), [])
  })
})
