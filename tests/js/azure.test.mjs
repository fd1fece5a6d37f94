// Azure Blob Storage on Azurite, which verifies account keys and shared access signatures; with TLS, tokens of Entra ID.

import { createHash, randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { assert, counter, fails, keepsSecret, names, range, script, serve, storage } from './lib.mjs'

// Azure takes a backslash for a slash, and its lists, being XML, lose a carriage return.
const AWKWARD = [
  'plain', 'a b', 'ü/ +%2F?&=#~', '//x', '/x', 'a//b', 'a/', '/', '日本語/テスト', '😀', 'a\nb', 'a\tb', '%', '%25', '%zz', '+', '&amp;', '<a>&"\'</a>', ']]>', '*', "(it's)!", '...', '.a', 'a.', '..a', 'a:b', '@', 'a;b,c$d', '|^`{}', ' a ', '\u0085', '\u2028', 'e\u0301', '\u00e9', 'A', 'a', 'x'.repeat(1024), 'é'.repeat(512),
]
const MiB = 1 << 20
const sum = (bytes) => createHash('sha256').update(bytes).digest('hex')
const md5 = (bytes) => createHash('md5').update(bytes).digest('base64')
/** An operation by its name: what the package has no method for yet. */
const call = async (store, method, args, body) => JSON.parse(await store.runner.call(method, args, {}, body))

describe('azurite', () => {
  const server = serve('azurite', { strict: false })
  const config = (more = {}) => ({ account: server.account, accountKey: server.accountKey, endpoint: server.endpoint, ...more })
  let store
  before(async () => {
    store = storage('azure-blobs', config())
    await store.createContainer('bucket')
  })

  test('containers', async () => {
    const made = await store.createContainer('second')
    assert.equal(made.name, 'second')
    assert.ok(made.extra.etag)
    const listed = (await store.listContainers()).find((c) => c.name === 'second')
    assert.deepEqual(listed.extra.lease, { state: 'available', status: 'unlocked' })
    assert.equal((await store.getContainer(made)).name, 'second')
    await fails(store.createContainer('second'), 'conflict', { code: 'ContainerAlreadyExists', status: 409, provider: 'azure-blobs', operation: 'createContainer' })
    await store.upload(made, 'in the way', 'x')
    await fails(store.deleteContainer(made), 'conflict', { message: /not empty/, operation: 'deleteContainer' })
    await store.deleteObject(made, 'in the way')
    await store.deleteContainer(made)
    await fails(store.getContainer(made), 'not-found', { status: 404, code: 'ContainerNotFound' })
    await fails(store.listObjects(made), 'not-found', { code: 'ContainerNotFound' })
    await fails(store.createContainer('a/b'), 'invalid')
    await fails(store.createContainer('Upper'), 'invalid', { status: 400 })
  })

  test('awkward names come back to the letter, by every way', async () => {
    await store.createContainer('names')
    const put = await store.each(AWKWARD, (driver, name) => driver.upload('names', name, `body of ${name}`))
    put.forEach((result, i) => assert.equal(result.status === 'fulfilled' && result.value.name, AWKWARD[i], `${JSON.stringify(AWKWARD[i])}: ${result.reason}`))
    const listed = await store.listObjects('names')
    assert.deepEqual(listed.map((o) => o.name).sort(), [...AWKWARD].sort())
    for (const name of AWKWARD) {
      assert.equal(await (await store.download('names', name)).text(), `body of ${name}`, JSON.stringify(name))
      assert.equal((await store.getObject('names', name)).size, Buffer.byteLength(`body of ${name}`))
      const found = await store.listObjects('names', { prefix: name })
      assert.ok(found.some((o) => o.name === name) && found.every((o) => o.name.startsWith(name)), `the prefix ${JSON.stringify(name)}`)
      assert.equal((await fetch(await store.presign('names', name))).status, 200, JSON.stringify(name))
    }
    await store.createContainer('copies')
    const copied = await store.each(AWKWARD, (driver, name) => driver.copyObject('names', name, 'copies', name))
    copied.forEach((r, i) => assert.equal(r.status === 'fulfilled' && r.value.name, AWKWARD[i], String(r.reason)))
    assert.deepEqual((await store.listObjects('copies')).map((o) => o.name).sort(), [...AWKWARD].sort())
    for (const name of AWKWARD) await store.deleteObject('copies', name)
    assert.deepEqual(await store.listObjects('copies'), [])
    assert.deepEqual(await store.deleteObjects('names', [...AWKWARD, 'never was']), [])
    assert.deepEqual(await store.listObjects('names'), [])
    for (const name of ['', '.', 'a/../b', 'a\\b', '\uffff', 'x'.repeat(1025)]) await fails(store.upload('names', name, 'x'), 'invalid')
    await store.deleteContainer('names')
    await store.deleteContainer('copies')
  })

  test('600 objects: listed whole, as they come, in pages, by prefix, delimiter and start; deleted together', async () => {
    await store.createContainer('many')
    const all = range(600).map((i) => `${['a', 'b', 'c'][i % 3]}/${i % 7}/ü ${String(i).padStart(5, '0')}`)
    const put = await store.each(all, (driver, name) => driver.upload('many', name, 'x'), { concurrency: 32 })
    assert.ok(put.every((r) => r.status === 'fulfilled'), String(put.find((r) => r.reason)?.reason))
    const events = counter()
    const listed = await store.listObjects('many', { pageSize: 250, onEvent: events.listener })
    assert.deepEqual(listed.map((o) => o.name), [...all].sort())
    assert.equal(events.of('listObjects'), 3)
    assert.ok(listed.every((o) => o.size === 1 && o.etag && o.container === 'many' && o.lastModified && o.extra.md5 === md5('x')))
    const given = []
    for await (const object of store.objects('many', { pageSize: 200 })) given.push(object.name)
    assert.deepEqual(given, listed.map((o) => o.name))
    assert.deepEqual((await store.listObjects('many', { prefix: 'b/3/' })).map((o) => o.name), given.filter((n) => n.startsWith('b/3/')))
    const top = await store.list('many', { delimiter: '/' })
    assert.deepEqual([[...top.prefixes].sort(), top.objects.length], [['a/', 'b/', 'c/'], 0])
    const below = await store.list('many', { delimiter: '/', prefix: 'a/', pageSize: 3 })
    assert.deepEqual([...below.prefixes].sort(), range(7).map((i) => `a/${i}/`))
    assert.deepEqual((await store.listObjects('many', { startAfter: given[499] })).map((o) => o.name), given.slice(500))
    assert.deepEqual((await store.list('many', { delimiter: '/', startAfter: 'b/5/' })).prefixes, ['b/', 'c/'])
    const versions = await call(store, 'listVersions', ['many', { prefix: 'c/6/', pageSize: 10 }])
    assert.deepEqual(versions.map((v) => v.name), given.filter((n) => n.startsWith('c/6/')))
    assert.ok(versions.every((v) => v.latest && !v.deleted && v.size === 1))
    assert.deepEqual(await store.deleteObjects('many', all.slice(0, 300)), [])
    assert.deepEqual((await store.listObjects('many')).map((o) => o.name), all.slice(300).sort())
    const gone = await store.each(all.slice(300), (driver, name) => driver.deleteObject('many', name), { concurrency: 32 })
    assert.ok(gone.every((r) => r.status === 'fulfilled'))
    await store.deleteContainer('many')
  })

  test('an object with everything it is stored with', async () => {
    const bytes = randomBytes(100_000)
    const put = await store.upload('bucket', 'full', bytes, {
      contentType: 'text/plain; charset=utf-8', cacheControl: 'max-age=60', contentDisposition: 'attachment; filename="a b.txt"', contentEncoding: 'identity',
      storageClass: 'Cool', metadata: { colour: 'blue', a_1: 'a  b, c=d; "e"', a1: '1', Empty: '' },
    })
    assert.deepEqual([put.size, put.contentType, put.extra.md5], [100_000, 'text/plain; charset=utf-8', md5(bytes)])
    const got = await store.getObject('bucket', 'full')
    assert.deepEqual([got.size, got.etag, got.contentType, got.extra.md5], [put.size, put.etag, put.contentType, md5(bytes)])
    assert.deepEqual(got.metadata, { colour: 'blue', a_1: 'a  b, c=d; "e"', a1: '1', empty: '' })
    assert.deepEqual([got.extra.cache_control, got.extra.content_disposition, got.extra.storage_class, got.extra.blob_type], ['max-age=60', 'attachment; filename="a b.txt"', 'Cool', 'BlockBlob'])
    assert.ok(Math.abs(Date.now() - Date.parse(got.lastModified)) < 60_000)
    const file = await store.download('bucket', 'full')
    assert.deepEqual([file.size, file.etag, file.metadata.colour], [100_000, put.etag, 'blue'])
    assert.equal(sum(await file.bytes()), sum(bytes))
    const listed = (await store.listObjects('bucket', { prefix: 'full' }))[0]
    assert.deepEqual([listed.etag, listed.contentType, listed.metadata.colour, listed.extra.storage_class], [put.etag, put.contentType, 'blue', 'Cool'])
    assert.equal((await store.upload('bucket', 'empty', '')).size, 0)
    assert.equal(await (await store.download('bucket', 'empty')).text(), '')
    assert.equal((await store.getObject('bucket', 'empty')).size, 0)
    await store.upload('bucket', 'blob', new Blob(['x'], { type: 'text/x-blob' }))
    assert.equal((await store.getObject('bucket', 'blob')).contentType, 'text/x-blob')
    await fails(store.upload('bucket', 'x', 'x', { metadata: { 'no-identifier': 'x' } }), 'invalid', { code: 'InvalidMetadata' })
    await fails(store.upload('bucket', 'x', 'x', { metadata: { a: 'ü' } }), 'invalid', { status: undefined })
    await fails(store.upload('bucket', 'x', 'x', { storageClass: 'lukewarm' }), 'invalid')
    await fails(store.upload('bucket', 'x', 'x', { acl: 'public-read' }), 'unsupported')
  })

  test('ranges', async () => {
    await store.upload('bucket', 'digits', '0123456789')
    const read = async (range, sent = 1) => {
      const events = counter()
      const file = await store.download('bucket', 'digits', { range, onEvent: events.listener })
      assert.equal(events.of(), sent)
      assert.equal(file.size, 10, 'the whole object\'s size')
      const text = await file.text()
      assert.equal(file.length, text.length)
      return text
    }
    assert.equal(await read({ start: 2, end: 4 }), '234')
    assert.equal(await read({ start: 0, end: 0 }), '0')
    assert.equal(await read({ start: 7 }), '789')
    assert.equal(await read({ start: 7, end: 100 }), '789')
    assert.equal(await read({ suffix: 3 }, 2), '789')
    assert.equal(await read({ suffix: 100 }, 2), '0123456789')
    await fails(store.download('bucket', 'digits', { range: { start: 11 } }), 'invalid', { status: 416 })
    await store.upload('bucket', 'nothing', '')
    assert.equal(await (await store.download('bucket', 'nothing', { range: { suffix: 3 } })).text(), '')
  })

  test('conditions', async () => {
    const { etag } = await store.upload('bucket', 'conditional', 'one')
    assert.equal(await (await store.download('bucket', 'conditional', { ifMatch: etag })).text(), 'one')
    await fails(store.download('bucket', 'conditional', { ifMatch: '0x1' }), 'conflict', { status: 412 })
    await fails(store.download('bucket', 'conditional', { ifNoneMatch: etag }), 'conflict', { status: 304 })
    assert.equal(await (await store.download('bucket', 'conditional', { ifNoneMatch: '0x1' })).text(), 'one')
    await fails(store.upload('bucket', 'conditional', 'two', { ifNoneMatch: '*' }), 'conflict')
    await fails(store.upload('bucket', 'conditional', 'two', { ifMatch: '0x1' }), 'conflict', { status: 412 })
    assert.equal(await (await store.download('bucket', 'conditional')).text(), 'one')
    await store.upload('bucket', 'conditional', 'two', { ifMatch: etag })
    await store.upload('bucket', 'conditional-new', 'two', { ifNoneMatch: '*' })
    assert.equal(await (await store.download('bucket', 'conditional-new')).text(), 'two')
    const big = new Blob([new Uint8Array(11 * MiB)])
    await fails(store.upload('bucket', 'conditional', big, { ifNoneMatch: '*', partSize: 5 * MiB }), 'conflict')
    assert.equal(await (await store.download('bucket', 'conditional')).text(), 'two')
  })

  test('what is not there', async () => {
    await fails(store.getObject('bucket', 'never was'), 'not-found', { provider: 'azure-blobs', operation: 'getObject', status: 404, code: 'BlobNotFound' })
    await fails(store.download('bucket', 'never was'), 'not-found', { code: 'BlobNotFound' })
    await fails(store.download('no-such-bucket', 'x'), 'not-found', { code: 'ContainerNotFound' })
    await fails(store.upload('no-such-bucket', 'x', 'y'), 'not-found', { code: 'ContainerNotFound' })
    await fails(store.deleteObject('bucket', 'never was'), 'not-found', { code: 'BlobNotFound' })
    await fails(store.copyObject('bucket', 'never was', 'bucket', 'x'), 'not-found')
    assert.equal((await store.deleteObjects('no-such-bucket', ['a', 'b'])).length, 2)
  })

  test('a copy keeps what the object has, or takes new ones', async () => {
    const text = 'x'.repeat(1000)
    await store.upload('bucket', 'original', text, { contentType: 'text/x-one', cacheControl: 'no-cache', metadata: { a: '1' } })
    const events = counter()
    const same = await store.copyObject('bucket', 'original', 'bucket', 'copy of the same', { onEvent: events.listener })
    assert.deepEqual([same.name, same.size, same.contentType, same.metadata, events.of()], ['copy of the same', 1000, 'text/x-one', { a: '1' }, 2])
    const copied = await store.copyObject('bucket', 'original', 'bucket', 'copy with others', { contentType: 'text/x-two', metadata: { b: '2' }, storageClass: 'Cool' })
    const other = await store.getObject('bucket', 'copy with others')
    assert.deepEqual([other.contentType, other.metadata, other.size, other.extra.cache_control, other.etag], ['text/x-two', { b: '2' }, 1000, undefined, copied.etag])
    assert.deepEqual([other.extra.md5, other.extra.storage_class], [md5(text), 'Cool'])
    assert.equal(await (await store.download('bucket', 'copy with others')).text(), text)
    const typed = await store.copyObject('bucket', 'original', 'bucket', 'copy with a type', { contentType: 'text/x-three' })
    assert.deepEqual([typed.contentType, typed.metadata], ['text/x-three', {}])
    const marked = await store.copyObject('bucket', 'original', 'bucket', 'copy with metadata', { metadata: { c: '3' } })
    assert.deepEqual([marked.contentType, marked.metadata], ['application/octet-stream', { c: '3' }])
    await fails(store.copyObject('bucket', 'original', 'bucket', 'copy with others', { ifNoneMatch: '*' }), 'conflict')
  })

  test('tags', async () => {
    await call(store, 'putObject', ['bucket', 'tagged', { tags: { project: 'a/b +c', year: '2026' } }], new TextEncoder().encode('x'))
    assert.deepEqual(await call(store, 'getTags', ['bucket', 'tagged']), { project: 'a/b +c', year: '2026' })
    await call(store, 'setTags', ['bucket', 'tagged', { other: '=:_' }])
    assert.deepEqual(await call(store, 'getTags', ['bucket', 'tagged']), { other: '=:_' })
    await call(store, 'setTags', ['bucket', 'tagged', {}])
    assert.deepEqual(await call(store, 'getTags', ['bucket', 'tagged']), {})
    await fails(call(store, 'getTags', ['bucket', 'never was']), 'not-found')
    await fails(call(store, 'setTags', ['bucket', 'tagged', { 'ü': 'x' }]), 'invalid')
  })

  test('CORS rules are the account\'s; its other properties stay', async () => {
    const properties = '/?restype=service&comp=properties'
    const kept = '<DeleteRetentionPolicy><Enabled>true</Enabled><Days>3</Days></DeleteRetentionPolicy>'
    await store.request('PUT', '/', { query: { restype: 'service', comp: 'properties' }, body: `<StorageServiceProperties>${kept}</StorageServiceProperties>`, headers: { 'content-type': 'application/xml' } })
    assert.deepEqual(await call(store, 'getCors', ['bucket']), [])
    const rules = [
      { origins: ['https://a.example', 'https://b.example'], methods: ['GET', 'HEAD', 'PUT'], headers: ['*'], expose: ['ETag', 'x-ms-*'], maxAge: 60 },
      { origins: ['*'], methods: ['GET'], headers: [], expose: [], maxAge: 0 },
    ]
    await call(store, 'setCors', ['bucket', rules])
    assert.deepEqual(await call(store, 'getCors', ['another']), rules)
    assert.match((await store.request('GET', properties)).body, /<Days>3<\/Days>/)
    const preflight = await fetch(`${server.endpoint}/bucket/x`, { method: 'OPTIONS', headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' } })
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://a.example')
    await call(store, 'setCors', ['bucket', []])
    assert.deepEqual(await call(store, 'getCors', ['bucket']), [])
    assert.match((await store.request('GET', properties)).body, /<Days>3<\/Days>/)
  })

  test('checksums are checked', async () => {
    const put = (checksum) => call(store, 'putObject', ['bucket', 'summed', { checksum }], new TextEncoder().encode('body'))
    assert.equal((await put(`md5=${md5('body')}`)).extra.md5, md5('body'))
    // Azure itself says Md5Mismatch.
    await fails(put(`md5=${md5('another')}`), 'invalid', { code: 'InvalidOperation' })
    await fails(put('crc32c=AAAAAA=='), 'unsupported', { message: /md5 or crc64/ })
    const upload = await call(store, 'createUpload', ['bucket', 'summed', { checksum: 'md5' }])
    const part = await call(store, 'putPart', ['bucket', 'summed', { upload, number: 1, checksum: `md5=${md5('part')}` }], new TextEncoder().encode('part'))
    assert.equal(part.checksum, `md5=${md5('part')}`)
    await fails(call(store, 'putPart', ['bucket', 'summed', { upload, number: 2, checksum: `md5=${md5('another')}` }], new TextEncoder().encode('part')), 'invalid')
    await fails(call(store, 'createUpload', ['bucket', 'summed', { checksum: 'sha256' }]), 'unsupported')
  })

  test('a customer\'s key goes along, in one request only', async () => {
    const customerKey = randomBytes(32).toString('base64')
    const seen = []
    const watched = storage('azure-blobs', config({ fetch: (url, init) => (seen.push(init.headers), fetch(url, init)) }))
    await call(watched, 'putObject', ['bucket', 'mine', { customerKey, encryptionKey: 'scope' }], new TextEncoder().encode('x'))
    await call(watched, 'getObject', ['bucket', 'mine', { customerKey }])
    const digest = createHash('sha256').update(Buffer.from(customerKey, 'base64')).digest('base64')
    for (const headers of seen) assert.deepEqual(['key', 'key-sha256', 'algorithm'].map((name) => headers.get(`x-ms-encryption-${name}`)), [customerKey, digest, 'AES256'])
    assert.equal(seen[0].get('x-ms-encryption-scope'), 'scope')
    const wrong = await fails(call(store, 'getObject', ['bucket', 'mine', { customerKey: 'c2hvcnQ=' }]), 'invalid', { message: /32 bytes/ })
    keepsSecret('c2hvcnQ=', wrong)
    await fails(call(store, 'createUpload', ['bucket', 'mine', { customerKey }]), 'unsupported')
  })

  test('a stream of 20 MiB goes up in parts and comes back the same', async () => {
    const piece = randomBytes(MiB)
    const hash = createHash('sha256')
    let made = 0
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
    const put = await store.upload('bucket', 'big', stream, { partSize: 5 * MiB, concurrency: 2, contentType: 'application/x-big', metadata: { parts: 'yes' }, onEvent: events.listener, onProgress: (p) => progress.push(p.bytes) })
    assert.deepEqual([put.size, progress.at(-1), events.of('putPart'), events.of()], [20 * MiB, 20 * MiB, 4, 5])
    const file = await store.download('bucket', 'big')
    assert.deepEqual([file.size, file.etag, file.contentType, file.metadata.parts], [20 * MiB, put.etag, 'application/x-big', 'yes'])
    const back = createHash('sha256')
    for await (const chunk of file.body) back.update(chunk)
    assert.equal(back.digest('hex'), hash.digest('hex'))
  })

  test('an upload by hand: parts in any order, listed, completed twice; another of that name does not mix in', async () => {
    const bytes = (text) => new TextEncoder().encode(text)
    const [one, other] = [await call(store, 'createUpload', ['bucket', 'by hand', {}]), await call(store, 'createUpload', ['bucket', 'by hand', {}])]
    assert.deepEqual(await call(store, 'listParts', ['bucket', 'by hand', one]), [])
    const put = (upload, number, text) => call(store, 'putPart', ['bucket', 'by hand', { upload, number }], bytes(text))
    const parts = [await put(one, 3, 'three'), await put(one, 1, 'one')]
    await put(other, 1, 'another')
    await put(one, 2, 'replaced')
    parts.push(await put(one, 2, 'two'))
    const listed = await call(store, 'listParts', ['bucket', 'by hand', one])
    assert.deepEqual(listed.map((p) => [p.number, p.size]).sort(), [[1, 3], [2, 3], [3, 5]])
    assert.deepEqual((await call(store, 'listParts', ['bucket', 'by hand', other])).map((p) => p.size), [7])
    const complete = () => call(store, 'completeUpload', ['bucket', 'by hand', one, parts, { contentType: 'text/x-hand', tags: { a: 'b' }, metadata: { c: 'd' } }])
    const done = await complete()
    assert.deepEqual([done.size, (await complete()).size], [11, 11])
    assert.equal(await (await store.download('bucket', 'by hand')).text(), 'onetwothree')
    const got = await store.getObject('bucket', 'by hand')
    assert.deepEqual([got.contentType, got.metadata, await call(store, 'getTags', ['bucket', 'by hand'])], ['text/x-hand', { c: 'd' }, { a: 'b' }])
    // Completed, an object has thrown the blocks of all others away.
    assert.deepEqual(await call(store, 'listParts', ['bucket', 'by hand', other]), [])
    await fails(call(store, 'completeUpload', ['bucket', 'by hand', other, [{ number: 1, etag: '', size: 7 }], {}]), 'conflict', { code: 'InvalidBlockList' })
    await store.abortUpload('bucket', { id: other, name: 'by hand' })
    await fails(call(store, 'listParts', ['no-such-bucket', 'x', one]), 'not-found', { code: 'ContainerNotFound' })
    await fails(store.listUploads('bucket'), 'unsupported')
    await fails(call(store, 'completeUpload', ['bucket', 'by hand', one, [], {}]), 'invalid')
  })

  test('an upload that is cancelled leaves no object behind', async () => {
    const stop = new AbortController()
    let sent = 0
    const endless = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(MiB)) }, { highWaterMark: 0 })
    const upload = store.upload('bucket', 'cancelled', endless, { partSize: 5 * MiB, signal: stop.signal, onProgress: () => ++sent === 2 && stop.abort() })
    await fails(upload, 'cancelled')
    await fails(store.getObject('bucket', 'cancelled'), 'not-found')
    assert.ok(!names(await store.listObjects('bucket')).includes('cancelled'))
  })

  test('URLs that work by themselves', async () => {
    const name = 'presigned/ü +%.txt'
    const url = await store.presign('bucket', name, { method: 'PUT' })
    const put = await fetch(url, { method: 'PUT', body: 'by URL', headers: { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'text/plain' } })
    assert.equal(put.status, 201, await put.text())
    assert.equal((await fetch(url)).status, 403, 'a URL for PUT does not read')
    assert.equal(await (await fetch(await store.presign('bucket', name))).text(), 'by URL')
    assert.equal((await fetch(await store.presign('bucket', name, { method: 'HEAD' }), { method: 'HEAD' })).headers.get('content-length'), '6')
    assert.equal((await fetch((await store.presign('bucket', name)).replace('presigned', 'resigned'))).status, 403)
    const short = new URL(await store.presign('bucket', name, { expiresIn: 60 }))
    assert.ok(Math.abs(Date.parse(short.searchParams.get('se')) - Date.now() - 60_000) < 5000)
    assert.equal((await fetch(await store.presign('bucket', name, { method: 'DELETE' }), { method: 'DELETE' })).status, 202)
    await fails(store.getObject('bucket', name), 'not-found')
    await fails(store.presign('bucket', name, { method: 'PUT', contentType: 'text/plain' }), 'unsupported')
    await fails(store.presign('bucket', name, { expiresIn: 0 }), 'invalid')
    await fails(store.presign('bucket', name, { method: 'POST' }), 'invalid')
    assert.equal(await call(store, 'getObjectCdnUrl', ['bucket', 'a b/c']), `${server.endpoint}/bucket/a%20b/c`)
    assert.equal(await call(store, 'getContainerCdnUrl', ['bucket']), `${server.endpoint}/bucket`)
  })

  test('a shared access signature does what it allows, copies with it', async () => {
    const { searchParams } = new URL(await store.presign('bucket', 'by signature', { method: 'PUT' }))
    const one = storage('azure-blobs', config({ accountKey: undefined, sasToken: `?${searchParams}` }))
    await one.upload('bucket', 'by signature', 'x', { contentType: 'text/plain' })
    const error = await fails(one.download('bucket', 'by signature'), 'denied', { status: 403 })
    keepsSecret(searchParams.get('sig'), error, one)
    await fails(one.listContainers(), 'unauthorized')
    await fails(one.presign('bucket', 'by signature'), 'unsupported', { message: /accountKey/ })
    // Of the whole account, signed by hand.
    const { createHmac } = await import('node:crypto')
    const [sv, se] = ['2023-11-03', new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '')]
    const text = [server.account, 'rwdlac', 'b', 'sco', '', se, '', '', sv, '', ''].join('\n')
    const sig = createHmac('sha256', Buffer.from(server.accountKey, 'base64')).update(text).digest('base64')
    const all = storage('azure-blobs', config({ accountKey: undefined, sasToken: String(new URLSearchParams({ sv, ss: 'b', srt: 'sco', sp: 'rwdlac', se, sig })) }))
    await all.createContainer('signed')
    await all.upload('signed', 'ü +', new Blob([new Uint8Array(11 * MiB)]), { partSize: 5 * MiB })
    assert.equal((await all.copyObject('signed', 'ü +', 'signed', 'copy')).size, 11 * MiB)
    assert.deepEqual(names(await all.listObjects('signed')), ['copy', 'ü +'])
    assert.deepEqual(await all.deleteObjects('signed', ['copy', 'ü +']), [])
    await all.deleteContainer('signed')
  })

  test('keys that are wrong are refused, and never shown', async () => {
    const wrong = randomBytes(64).toString('base64')
    const stranger = storage('azure-blobs', config({ accountKey: wrong }))
    const error = await fails(stranger.listContainers(), 'unauthorized', { code: 'AuthorizationFailure', status: 403, message: /credentials/ })
    keepsSecret(wrong, error, stranger)
    for (const bad of [{ accountKey: 'no base64' }, { accountKey: undefined }, { token: 'x' }, { account: 'a/b' }, { endpoint: '127.0.0.1' }]) {
      keepsSecret(server.accountKey, await fails(async () => storage('azure-blobs', config(bad)).listContainers(), 'invalid'))
    }
  })
})

describe('azurite with Entra ID', () => {
  const server = serve('azurite', { tls: true })
  const entra = script((asked, response) => {
    const form = new URLSearchParams(asked.body)
    const good = asked.url === '/contoso.example/oauth2/v2.0/token' && form.get('client_secret') === 'the secret' && form.get('scope') === 'https://storage.azure.com/.default'
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(good ? { token_type: 'Bearer', expires_in: 3600, access_token: token() } : { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.\r\nTrace ID: t' }))
  })
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url')
  // Azurite reads tokens, and takes every signature.
  const token = (aud = 'https://storage.azure.com') => {
    const now = Math.floor(Date.now() / 1000)
    return `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ aud, iss: 'https://sts.windows.net/t/', iat: now - 60, nbf: now - 60, exp: now + 3600 })}.c2ln`
  }
  const config = (more = {}) => ({ account: server.account, endpoint: server.endpoint, ...more })
  const client = (clientSecret = 'the secret') => ({ tenantId: 'contoso.example', clientId: 'client', clientSecret, authority: entra.endpoint })
  // The certificate is Azurite's own.
  const before_ = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  before(() => (process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'))
  after(() => (before_ === undefined ? delete process.env.NODE_TLS_REJECT_UNAUTHORIZED : (process.env.NODE_TLS_REJECT_UNAUTHORIZED = before_)))

  test('an application logs in once, however many tasks ask', async () => {
    const store = storage('azure-blobs', config(client()))
    await store.createContainer('entra')
    const put = await store.each(range(20), (driver, i) => driver.upload('entra', `o ${i}`, 'x'), { concurrency: 20 })
    assert.ok(put.every((r) => r.status === 'fulfilled'), String(put.find((r) => r.reason)?.reason))
    assert.equal(entra.requests.length, 1)
    assert.equal((await store.listObjects('entra')).length, 20)
    assert.equal((await store.copyObject('entra', 'o 1', 'entra', 'copy')).size, 1)
    await fails(store.presign('entra', 'o 1'), 'unsupported')
  })

  test('a token that is there already', async () => {
    const store = storage('azure-blobs', config({ token: token() }))
    assert.ok((await store.listContainers()).length > 0)
    await fails(storage('azure-blobs', config({ token: token('https://another.example') })).listContainers(), 'unauthorized')
  })

  test('a secret that is wrong is refused, and never shown', async () => {
    const store = storage('azure-blobs', config(client('a wrong one')))
    const error = await fails(store.listContainers(), 'unauthorized', { code: 'invalid_client', message: /AADSTS7000215[^\n]*$/ })
    keepsSecret('a wrong one', error, store)
  })
})
