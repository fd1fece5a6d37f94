// Storage, one suite on two servers: moto and Ceph's gateway, both of which verify signatures.

import { createHash, randomBytes } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { assert, counter, fails, keepsSecret, names, range, serve, sleep, storage } from './lib.mjs'

const AWKWARD = [
  'plain', 'a b', 'ü/ +%2F?&=#~', '//x', '/x', 'a//b', 'a/', '/', '日本語/テスト', '😀', 'a\nb', 'a\r\nb', 'a\tb', '%', '%25', '%zz', '+', '&amp;', '<a>&"\'</a>', ']]>', '*', "(it's)!", '...', '.a', 'a.', '..a', 'a:b', '@', 'a;b,c$d', 'a\\b', '|^`{}', ' a ', '\u0085', '\u2028', 'e\u0301', '\u00e9', 'A', 'a', 'x'.repeat(1024), 'é'.repeat(512), '日'.repeat(341) + 'x',
]
const MiB = 1 << 20

for (const kind of ['moto', 'radosgw']) {
  describe(kind, () => {
    const server = serve(kind, kind === 'moto' ? { auth: true } : undefined)
    const config = (more = {}) => ({ accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey, region: server.region, endpoint: server.endpoint, ...more })
    // moto's own routes lose a name with a line break.
    const awkward = AWKWARD.filter((name) => kind !== 'moto' || !/[\n\r\u0085\u2028]/.test(name))
    let store
    before(async () => {
      store = storage('s3', config())
      await store.createContainer('bucket')
    })
    const sum = (bytes) => createHash('sha256').update(bytes).digest('hex')

    test('containers', async () => {
      const made = await store.createContainer('my.second-bucket')
      assert.equal(made.name, 'my.second-bucket')
      assert.ok(names(await store.listContainers()).includes('my.second-bucket'))
      const listed = (await store.listContainers()).find((c) => c.name === 'bucket')
      assert.ok(Math.abs(Date.now() - Date.parse(listed.createdAt)) < 600_000)
      assert.equal((await store.getContainer(made)).name, 'my.second-bucket')
      await store.upload(made, 'in the way', 'x')
      await fails(store.deleteContainer(made), 'conflict', { code: 'BucketNotEmpty', status: 409, provider: 's3', operation: 'deleteContainer' })
      await store.deleteObject(made, 'in the way')
      await store.deleteContainer(made)
      await fails(store.getContainer(made), 'not-found', { status: 404 })
      await fails(store.listObjects(made), 'not-found', { code: 'NoSuchBucket' })
    })

    test('awkward names come back to the letter, by every way', async () => {
      await store.createContainer('names')
      const put = await store.each(awkward, (driver, name) => driver.upload('names', name, `body of ${name}`))
      for (const [i, result] of put.entries()) {
        if (result.status === 'rejected') throw new Error(`upload of ${JSON.stringify(awkward[i])}: ${result.reason}`, { cause: result.reason })
        assert.equal(result.value.name, awkward[i])
      }
      const listed = await store.listObjects('names')
      assert.deepEqual(listed.map((o) => o.name).sort(), [...awkward].sort())
      for (const name of awkward) {
        assert.equal(await (await store.download('names', name)).text(), `body of ${name}`, JSON.stringify(name))
        assert.equal((await store.getObject('names', name)).size, Buffer.byteLength(`body of ${name}`))
        assert.equal((await store.getObject('names', byName(listed, name))).name, name)
      }
      for (const name of awkward) {
        const found = await store.listObjects('names', { prefix: name })
        assert.ok(found.some((o) => o.name === name) && found.every((o) => o.name.startsWith(name)), `the prefix ${JSON.stringify(name)}`)
      }
      await store.createContainer('copies')
      const copied = await store.each(awkward, (driver, name) => driver.copyObject('names', name, 'copies', name))
      copied.forEach((r, i) => assert.equal(r.status === 'fulfilled' && r.value.name, awkward[i], String(r.reason)))
      assert.deepEqual((await store.listObjects('copies')).map((o) => o.name).sort(), [...awkward].sort())
      for (const name of awkward) await store.deleteObject('copies', name)
      assert.deepEqual(await store.listObjects('copies'), [])
      assert.deepEqual(await store.deleteObjects('names', listed), [])
      assert.deepEqual(await store.listObjects('names'), [])
      await store.deleteContainer('names')
      await store.deleteContainer('copies')
    })

    test('2,500 objects: listed whole, as they come, in pages, by prefix and delimiter; deleted together', async () => {
      await store.createContainer('many')
      const all = range(2500).map((i) => `${['a', 'b', 'c'][i % 3]}/${i % 7}/ü ${String(i).padStart(5, '0')}`)
      const put = await store.each(all, (driver, name) => driver.upload('many', name, 'x'), { concurrency: 32 })
      assert.ok(put.every((r) => r.status === 'fulfilled'), String(put.find((r) => r.reason)?.reason))
      const events = counter()
      const listed = await store.listObjects('many', { onEvent: events.listener })
      assert.deepEqual(listed.map((o) => o.name).sort(), [...all].sort())
      assert.equal(events.of('listObjects'), 3)
      assert.ok(listed.every((o) => o.size === 1 && o.etag && o.container === 'many'))
      const given = []
      for await (const object of store.objects('many', { pageSize: 400 })) given.push(object.name)
      assert.deepEqual(given, listed.map((o) => o.name))
      assert.deepEqual((await store.listObjects('many', { prefix: 'b/3/' })).map((o) => o.name), listed.map((o) => o.name).filter((n) => n.startsWith('b/3/')))
      const top = await store.list('many', { delimiter: '/' })
      assert.deepEqual([[...top.prefixes].sort(), top.objects.length], [['a/', 'b/', 'c/'], 0])
      const below = await store.list('many', { delimiter: '/', prefix: 'a/', pageSize: 3 })
      assert.deepEqual([...below.prefixes].sort(), range(7).map((i) => `a/${i}/`))
      const after = listed[1999].name
      assert.deepEqual((await store.listObjects('many', { startAfter: after })).map((o) => o.name), listed.slice(2000).map((o) => o.name))
      const deletions = counter()
      assert.deepEqual(await store.deleteObjects('many', all.slice(0, 1500), { onEvent: deletions.listener }), [])
      assert.equal(deletions.of('deleteObjects'), 2)
      assert.deepEqual((await store.listObjects('many')).map((o) => o.name).sort(), all.slice(1500).sort())
      assert.deepEqual(await store.deleteObjects('many', [...all.slice(1500), 'never was']), [])
      await store.deleteContainer('many')
    })

    test('an object with everything it is stored with', async () => {
      const bytes = randomBytes(100_000)
      const put = await store.upload('bucket', 'full', bytes, {
        contentType: 'text/plain; charset=utf-8', cacheControl: 'max-age=60', contentDisposition: 'attachment; filename="a b.txt"', contentEncoding: 'identity',
        metadata: { colour: 'blue', 'x-long': 'a  b, c=d; "e"', Empty: '' },
      })
      assert.deepEqual([put.size, put.contentType, put.etag], [100_000, 'text/plain; charset=utf-8', createHash('md5').update(bytes).digest('hex')])
      const got = await store.getObject('bucket', 'full')
      assert.deepEqual([got.size, got.etag, got.contentType], [put.size, put.etag, put.contentType])
      assert.equal(got.metadata.colour, 'blue')
      assert.equal(got.metadata['x-long'].replace(/ +/g, ' '), 'a b, c=d; "e"')
      assert.equal(got.extra.cache_control, 'max-age=60')
      assert.ok(Math.abs(Date.now() - Date.parse(got.lastModified)) < 60_000)
      const file = await store.download('bucket', 'full')
      assert.deepEqual([file.size, file.etag, file.metadata.colour], [100_000, put.etag, 'blue'])
      assert.equal(sum(await file.bytes()), sum(bytes))
      assert.equal((await store.upload('bucket', 'empty', '')).size, 0)
      assert.equal(await (await store.download('bucket', 'empty')).text(), '')
      assert.equal((await store.getObject('bucket', 'empty')).size, 0)
      assert.deepEqual(await (await store.upload('bucket', 'json', JSON.stringify({ a: 'ü' })), await store.download('bucket', 'json')).json(), { a: 'ü' })
    })

    test('bodies of every kind', async () => {
      const text = 'grüß dich 😀'
      const bytes = new TextEncoder().encode(text)
      const inside = new Uint8Array(bytes.length + 10)
      inside.set(bytes, 5)
      const bodies = {
        text, bytes, buffer: bytes.buffer, view: new DataView(inside.buffer, 5, bytes.length), part: inside.subarray(5, 5 + bytes.length), Buffer: Buffer.from(bytes),
        blob: new Blob([bytes]), file: new File([bytes], 'f'), stream: new Blob([bytes]).stream(), response: new Response(text).body,
        pieces: new ReadableStream({ start: (c) => (bytes.forEach((b) => c.enqueue(Uint8Array.of(b))), c.enqueue(new Uint8Array()), c.close()) }),
      }
      for (const [name, body] of Object.entries(bodies)) {
        const seen = []
        const put = await store.upload('bucket', `body/${name}`, body, { onProgress: (p) => seen.push(p) })
        assert.equal(put.size, bytes.length, name)
        assert.equal(await (await store.download('bucket', `body/${name}`)).text(), text, name)
        assert.equal(seen.at(-1).bytes, bytes.length)
      }
    })

    test('ranges', async () => {
      await store.upload('bucket', 'digits', '0123456789')
      const read = async (range) => {
        const file = await store.download('bucket', 'digits', { range })
        assert.equal(file.size, 10, 'the whole object\'s size')
        const text = await file.text()
        assert.equal(file.length, text.length)
        return text
      }
      assert.equal(await read({ start: 2, end: 4 }), '234')
      assert.equal(await read({ start: 0, end: 0 }), '0')
      assert.equal(await read({ start: 7 }), '789')
      assert.equal(await read({ start: 7, end: 100 }), '789')
      assert.equal(await read({ suffix: 3 }), '789')
      assert.equal(await read({ suffix: 100 }), '0123456789')
      await fails(store.download('bucket', 'digits', { range: { start: 10 } }), 'invalid', { status: 416 })
    })

    test('conditions', async () => {
      const { etag } = await store.upload('bucket', 'conditional', 'one')
      assert.equal(await (await store.download('bucket', 'conditional', { ifMatch: etag })).text(), 'one')
      await fails(store.download('bucket', 'conditional', { ifMatch: 'another' }), 'conflict', { status: 412 })
      await fails(store.download('bucket', 'conditional', { ifNoneMatch: etag }), 'conflict', { status: 304 })
      assert.equal(await (await store.download('bucket', 'conditional', { ifNoneMatch: 'another' })).text(), 'one')
      await fails(store.upload('bucket', 'conditional', 'two', { ifNoneMatch: '*' }), 'conflict', { status: 412 })
      assert.equal(await (await store.download('bucket', 'conditional')).text(), 'one')
      await store.upload('bucket', 'conditional-new', 'two', { ifNoneMatch: '*' })
      assert.equal(await (await store.download('bucket', 'conditional-new')).text(), 'two')
    })

    test('what is not there', async () => {
      await fails(store.getObject('bucket', 'never was'), 'not-found', { provider: 's3', operation: 'getObject', status: 404 })
      await fails(store.download('bucket', 'never was'), 'not-found', { code: 'NoSuchKey' })
      await fails(store.download('no-such-bucket', 'x'), 'not-found', { code: 'NoSuchBucket' })
      await fails(store.upload('no-such-bucket', 'x', 'y'), 'not-found')
      await store.deleteObject('bucket', 'never was')
      await fails(store.copyObject('bucket', 'never was', 'bucket', 'x'), 'not-found')
    })

    test('a copy keeps the metadata, or takes new ones', async () => {
      await store.upload('bucket', 'original', 'x'.repeat(1000), { contentType: 'text/x-one', metadata: { a: '1' } })
      const same = await store.copyObject('bucket', 'original', 'bucket', 'copy of the same')
      assert.deepEqual([same.name, same.size], ['copy of the same', 1000])
      const got = await store.getObject('bucket', 'copy of the same')
      assert.deepEqual([got.contentType, got.metadata], ['text/x-one', { a: '1' }])
      await store.copyObject('bucket', 'original', 'bucket', 'copy with others', { contentType: 'text/x-two', metadata: { b: '2' } })
      const other = await store.getObject('bucket', 'copy with others')
      assert.deepEqual([other.contentType, other.metadata, other.size], ['text/x-two', { b: '2' }, 1000])
      assert.equal(sum(await (await store.download('bucket', 'copy with others')).bytes()), sum('x'.repeat(1000)))
    })

    test('a stream of 20 MiB goes up in parts, so many at once, and comes back the same', async () => {
      const piece = randomBytes(MiB)
      const hash = createHash('sha256')
      let made = 0, taken = 0, sending = 0, most = 0, ahead = 0
      const watched = storage('s3', config({
        fetch: async (url, init) => {
          const part = init.method === 'PUT' && url.includes('partNumber')
          if (part) {
            most = Math.max(most, ++sending)
            ahead = Math.max(ahead, made - taken)
          }
          try {
            return await fetch(url, init)
          } finally {
            if (part) {
              sending -= 1
              taken += 5
            }
          }
        },
      }))
      const stream = new ReadableStream({
        pull(controller) {
          if (made === 20) return controller.close()
          const chunk = Buffer.from(piece)
          chunk.writeUInt32LE(made++, 0)
          hash.update(chunk)
          controller.enqueue(new Uint8Array(chunk))
        },
      }, { highWaterMark: 0 })
      const events = counter()
      const progress = []
      const put = await watched.upload('bucket', 'big', stream, { partSize: 5 * MiB, concurrency: 2, contentType: 'application/x-big', metadata: { parts: 'yes' }, onEvent: events.listener, onProgress: (p) => progress.push(p.bytes) })
      assert.equal(put.size, 20 * MiB)
      assert.ok(most <= 2, `${most} parts at once`)
      assert.ok(ahead <= 15, `${ahead} MiB were taken from the stream before they could go out`)
      assert.equal(progress.at(-1), 20 * MiB)
      assert.deepEqual(progress, [...progress].sort((a, b) => a - b))
      assert.equal(events.of('putPart'), 4)
      const file = await store.download('bucket', 'big')
      assert.deepEqual([file.size, file.contentType, file.metadata.parts], [20 * MiB, 'application/x-big', 'yes'])
      const back = createHash('sha256')
      for await (const chunk of file.body) back.update(chunk)
      assert.equal(back.digest('hex'), hash.digest('hex'))
      assert.deepEqual(await store.listUploads('bucket'), [])
      const blob = await store.upload('bucket', 'blob', new Blob(range(11).map(() => piece)), { partSize: 5 * MiB })
      assert.equal(blob.size, 11 * MiB)
      assert.equal((await store.getObject('bucket', 'blob')).size, 11 * MiB)
    })

    test('an upload that is cancelled or fails leaves nothing behind', async () => {
      const stop = new AbortController()
      let sent = 0
      const endless = () => new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(MiB)) }, { highWaterMark: 0 })
      const progress = () => ++sent === 2 && stop.abort()
      await fails(store.upload('bucket', 'cancelled', endless(), { partSize: 5 * MiB, concurrency: 2, signal: stop.signal, onProgress: progress }), 'cancelled')
      await sleep(200)
      assert.deepEqual(await store.listUploads('bucket'), [])

      const failing = storage('s3', config({ fetch: (url, init) => (url.includes('partNumber=3') ? Promise.reject(new TypeError('cut')) : fetch(url, init)) }))
      await fails(failing.upload('bucket', 'failed', endless(), { partSize: 5 * MiB, concurrency: 2, retries: 1 }), 'transport', { provider: 's3' })
      await sleep(200)
      assert.deepEqual(await store.listUploads('bucket'), [])

      let pulled = 0
      const broken = new ReadableStream({ pull: (c) => (++pulled > 12 ? c.error(new Error('the disk is gone')) : c.enqueue(new Uint8Array(MiB))) })
      await assert.rejects(store.upload('bucket', 'broken', broken, { partSize: 5 * MiB }), (error) => /disk is gone/.test(error.message) || /disk is gone/.test(error.cause?.message))
      await sleep(200)
      assert.deepEqual(await store.listUploads('bucket'), [])
      for (const name of ['cancelled', 'failed', 'broken']) await fails(store.getObject('bucket', name), 'not-found')
      await fails(store.upload('bucket', 'late', endless(), { partSize: 5 * MiB, timeout: 400 }), 'deadline')
      await sleep(500)
      assert.deepEqual(await store.listUploads('bucket'), [])
    })

    test('an upload that somebody left is listed and abandoned', async () => {
      const { body } = await store.request('POST', '/bucket/left%20%C3%BC', { query: { uploads: '' } })
      const id = body.match(/<UploadId>([^<]+)/)[1]
      const pending = await store.listUploads('bucket')
      assert.deepEqual(pending.map((u) => [u.name, u.id]), [['left ü', id]])
      await store.abortUpload('bucket', pending[0])
      assert.deepEqual(await store.listUploads('bucket'), [])
    })

    test('a part whose answer is lost is sent again', async () => {
      let lost = 0
      const lossy = storage('s3', config({
        fetch: async (url, init) => {
          const answer = await fetch(url, init)
          if (url.includes('partNumber=2') && lost++ < 2) throw new TypeError('the answer was lost')
          return answer
        },
      }))
      const put = await lossy.upload('bucket', 'lossy', new Blob([randomBytes(11 * MiB)]).stream(), { partSize: 5 * MiB })
      assert.equal(put.size, 11 * MiB)
      assert.equal(lost, 3)
      assert.equal((await store.getObject('bucket', 'lossy')).size, 11 * MiB)
    })

    test('downloads are streams: the first bytes are there before the last are sent, and progress is told', async () => {
      await store.upload('bucket', 'long', randomBytes(8 * MiB))
      const seen = []
      const file = await store.download('bucket', 'long', { onProgress: (p) => seen.push(p) })
      const reader = file.body.getReader()
      const { value } = await reader.read()
      assert.ok(value.byteLength < 8 * MiB)
      let bytes = value.byteLength
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        bytes += value.byteLength
      }
      assert.equal(bytes, 8 * MiB)
      assert.deepEqual(seen.at(-1), { bytes: 8 * MiB, total: 8 * MiB })
      assert.ok(seen.length > 3)
    })

    test('many files come down together', async () => {
      const files = range(60).map((i) => `down/${i}`)
      await store.each(files, (driver, name) => driver.upload('bucket', name, `this is ${name}`))
      const seen = new Map()
      for await (const file of store.downloadMany('bucket', [...files, 'down/never was'], { concurrency: 6 })) seen.set(file.name, file.error ?? (await file.text()))
      assert.equal(seen.size, 61)
      for (const name of files) assert.equal(seen.get(name), `this is ${name}`)
      assert.equal(seen.get('down/never was').kind, 'not-found')
    })

    test('a wrong secret, a wrong key', async () => {
      const secret = 'aWrongSecret+/with=signs'
      const wrong = storage('s3', config({ secretAccessKey: secret }))
      for (const call of [() => wrong.listContainers(), () => wrong.listObjects('bucket'), () => wrong.upload('bucket', 'x', 'y'), () => wrong.download('bucket', 'digits')]) {
        const error = await fails(call, 'unauthorized', { provider: 's3', code: 'SignatureDoesNotMatch', status: 403, message: /credentials/ })
        keepsSecret(secret, error, wrong, wrong.task())
      }
      await fails(storage('s3', config({ accessKeyId: 'AKIANOBODY' })).listContainers(), 'unauthorized', { code: 'InvalidAccessKeyId' })
      keepsSecret(server.secretAccessKey, store)
    })

    // moto, when it verifies signatures, refuses every presigned URL, Amazon's own among them.
    if (kind === 'radosgw') {
      test('presigned URLs work by a plain fetch, for what and as long as they say', async () => {
        const name = 'presigned ü/ +%2F?&=#~'
        const put = await store.presign('bucket', name, { method: 'PUT', contentType: 'text/x-presigned' })
        assert.ok(!put.includes(server.secretAccessKey))
        assert.equal((await fetch(put, { method: 'PUT', body: 'by a stranger', headers: { 'content-type': 'text/x-presigned' } })).status, 200)
        assert.equal((await fetch(put, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/html' } })).status, 403, 'another type than was signed')
        const got = await fetch(await store.presign('bucket', name))
        assert.deepEqual([got.status, got.headers.get('content-type'), await got.text()], [200, 'text/x-presigned', 'by a stranger'])
        assert.equal((await fetch(await store.presign('bucket', name, { method: 'HEAD' }), { method: 'HEAD' })).status, 200)
        const url = await store.presign('bucket', name)
        assert.equal((await fetch(`${url.slice(0, -4)}0000`)).status, 403)
        assert.equal((await fetch(url, { method: 'DELETE' })).status, 403)
        const brief = await store.presign('bucket', name, { expiresIn: 1 })
        assert.equal((await fetch(brief)).status, 200)
        await sleep(2100)
        assert.equal((await fetch(brief)).status, 403)
        assert.equal((await fetch(await store.presign('bucket', name, { method: 'DELETE' }), { method: 'DELETE' })).status, 204)
        await fails(store.getObject('bucket', name), 'not-found')
        for (const awkward of AWKWARD) {
          await store.upload('bucket', awkward, 'x')
          assert.equal((await fetch(await store.presign('bucket', awkward))).status, 200, JSON.stringify(awkward))
        }
      })

      test('a canned ACL lets everybody read', async () => {
        await store.upload('bucket', 'public', 'for all', { acl: 'public-read' })
        assert.equal(await (await fetch(`${server.endpoint}/bucket/public`)).text(), 'for all')
        await store.upload('bucket', 'private', 'for us')
        assert.equal((await fetch(`${server.endpoint}/bucket/private`)).status, 403)
      })
    }
  })
}

const byName = (list, name) => list.find((one) => one.name === name)
