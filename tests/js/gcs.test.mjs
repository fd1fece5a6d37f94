// Cloud Storage: log-in and signatures against a gate that verifies them, uploads that go on, and what only this provider has.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { assert, counter, fails, keepsSecret, names, range, serve, sleep, storage } from './lib.mjs'

const MiB = 1 << 20
const UNIT = 256 << 10
const AWKWARD = ['plain', 'a b', 'ü/ +%2F?&=#~', '//x', '/x', 'a//b', 'a/', '/', '日本語/テスト', '😀', 'a\nb', '%25', '+', '*', "(it's)!", '...', 'a\\b', ' a ', 'e\u0301', '\u00e9', 'é'.repeat(512)]
const key = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).privateKey

describe('gcs', () => {
  const server = serve('gcs', { auth: true })
  const account = (more = {}) => storage('gcs', { credentials: server.credentials, endpoint: server.endpoint, ...more })
  const file = () => JSON.parse(server.credentials)
  /** An operation that the package does not name. */
  const call = async (store, method, args, body) => JSON.parse((await store.runner.call(method, args, {}, body)) ?? 'null')
  let store
  before(async () => {
    store = account()
    await store.createContainer('bucket')
  })

  describe('accounts', () => {
    test('a hundred tasks log in once', async () => {
      const many = account()
      const before = server.statements.length
      const events = counter()
      await Promise.all(range(100).map(() => many.getContainer('bucket', { onEvent: events.listener })))
      assert.equal(server.statements.length - before, 1)
      assert.equal(events.of('logIn'), 1)
      const said = server.statements.at(-1)
      assert.deepEqual([said.iss, said.scope, said.exp - said.iat], [file().client_email, 'https://www.googleapis.com/auth/devstorage.full_control', 3600])
    })

    test('a token is renewed a minute before it expires, and once when it was revoked', async () => {
      server.live(62)
      const brief = account()
      const before = server.statements.length
      await brief.getContainer('bucket')
      await brief.getContainer('bucket')
      assert.equal(server.statements.length - before, 1)
      await sleep(2100)
      await brief.getContainer('bucket')
      assert.equal(server.statements.length - before, 2)
      server.live(3600)
      const lasting = account()
      await lasting.getContainer('bucket')
      server.revoke()
      await Promise.all(range(20).map(() => lasting.getContainer('bucket')))
      assert.equal(server.statements.length - before, 4)
      await lasting.upload('bucket', 'after', 'x')
      server.revoke()
      await lasting.upload('bucket', 'after', randomBytes(1000))
    })

    test('the key file as a text, as an object, in parts; keys with \\n for line breaks', async () => {
      const { client_email: clientEmail, private_key: privateKey, token_uri: tokenUri } = file()
      const parts = { credentials: undefined, clientEmail, privateKey, tokenUri, projectId: 'skyfetch-test' }
      for (const more of [{ credentials: file() }, parts, { ...parts, privateKey: privateKey.replaceAll('\n', '\\n') }]) {
        assert.ok(names(await account(more).listContainers()).includes('bucket'))
      }
    })

    test('a token that was got elsewhere', async () => {
      await store.getContainer('bucket')
      const accessToken = [...server.tokens.keys()].at(-1)
      const before = server.statements.length
      const other = storage('gcs', { accessToken, endpoint: server.endpoint })
      assert.equal((await other.getContainer('bucket')).name, 'bucket')
      assert.equal(server.statements.length, before)
      await fails(other.listContainers(), 'invalid', { message: /projectId/ })
      await fails(other.presign('bucket', 'x'), 'invalid', { message: /private key/ })
      const wrong = storage('gcs', { accessToken: 'ya29.wrong', endpoint: server.endpoint })
      keepsSecret('ya29.wrong', await fails(wrong.getContainer('bucket'), 'unauthorized', { status: 401, code: 'authError' }), wrong)
    })

    test('what is wrong with an account is said, and no key is shown', async () => {
      const other = key()
      const stranger = account({ credentials: { ...file(), private_key: other } })
      const error = await fails(stranger.getContainer('bucket'), 'unauthorized', { code: 'invalid_grant', message: /Invalid JWT Signature.*credentials/ })
      const secrets = other.split('\n').slice(1, -2)
      keepsSecret(secrets, error, stranger, stranger.task())
      const refused = (more) => {
        try {
          account(more)
        } catch (error) {
          assert.equal(error.kind, 'invalid')
          keepsSecret(secrets, error)
          return error.message
        }
        assert.fail('it was taken')
      }
      assert.match(refused({ credentials: other }), /JSON/)
      assert.match(refused({ credentials: { ...file(), private_key: other.slice(0, 500) } }), /PKCS #8/)
      assert.match(refused({ credentials: { type: 'authorized_user', client_id: 'x' } }), /service account/)
      assert.match(refused({ credentials: undefined, clientEmail: 'a@b' }), /privateKey/)
      const pkcs1 = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } }).privateKey
      assert.match(refused({ credentials: { ...file(), private_key: pkcs1 } }), /PKCS #8/)
      const curve = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).privateKey
      await fails(account({ credentials: { ...file(), private_key: curve } }).getContainer('bucket'), 'invalid', { message: /no RSA key/ })
    })

    test('a clock that is wrong is put right by what the provider says', async () => {
      const right = Date.now
      try {
        Date.now = () => right() + 86_400_000
        const late = account()
        assert.equal((await late.getContainer('bucket')).name, 'bucket')
        const before = server.statements.length
        await late.getContainer('bucket')
        assert.equal(server.statements.length, before)
        assert.equal((await fetch(await late.presign('bucket', 'nothing'))).status, 404)
      } finally {
        Date.now = right
      }
    })
  })

  test('containers', async () => {
    const made = await store.createContainer('second.bucket')
    assert.deepEqual([made.name, made.extra.storage_class], ['second.bucket', 'STANDARD'])
    await fails(store.createContainer('second.bucket'), 'conflict', { status: 409 })
    assert.ok(names(await store.listContainers()).includes('second.bucket'))
    await store.upload(made, 'in the way', 'x')
    await fails(store.deleteContainer(made), 'conflict', { status: 409, provider: 'gcs', operation: 'deleteContainer' })
    await store.deleteObject(made, 'in the way')
    await store.deleteContainer(made)
    await fails(store.getContainer(made), 'not-found', { code: 'notFound' })
  })

  test('names come back to the letter; downloads take one request, and tell of the object what a look at it tells', async () => {
    const put = await store.each(AWKWARD, (driver, name) => driver.upload('bucket', `n/${name}`, `body of ${name}`.slice(0, 40), { contentType: 'text/x', metadata: { Colour: 'blue' }, cacheControl: 'max-age=60' }))
    for (const [i, name] of AWKWARD.entries()) {
      assert.equal(put[i].value?.name, `n/${name}`, String(put[i].reason))
      const events = counter()
      const file = await store.download('bucket', `n/${name}`, { onEvent: events.listener })
      assert.equal(await file.text(), `body of ${name}`.slice(0, 40))
      assert.equal(events.of(), 1)
      const look = await store.getObject('bucket', `n/${name}`)
      for (const field of ['name', 'size', 'etag', 'contentType', 'metadata']) assert.deepEqual(file[field], look[field], field)
      for (const field of ['crc32c', 'md5', 'version_id', 'cache_control']) assert.equal(file.extra[field], look.extra[field], field)
      assert.deepEqual(look.metadata, { colour: 'blue' })
    }
    const listed = await store.listObjects('bucket', { prefix: 'n/' })
    assert.deepEqual(names(listed), AWKWARD.map((n) => `n/${n}`).sort())
    const after = listed[5].name
    assert.deepEqual((await store.listObjects('bucket', { prefix: 'n/', startAfter: after, pageSize: 4 })).map((o) => o.name), listed.slice(6).map((o) => o.name))
    assert.deepEqual(await store.deleteObjects('bucket', [...listed, 'never was']), [])
    assert.deepEqual(await store.listObjects('bucket', { prefix: 'n/' }), [])
  })

  test('1,100 objects are listed in pages and deleted by the hundred', async () => {
    const all = range(1100).map((i) => `many/${String(i).padStart(5, '0')}`)
    const put = await store.each(all, (driver, name) => driver.upload('bucket', name, 'x'), { concurrency: 32 })
    assert.ok(put.every((r) => r.status === 'fulfilled'), String(put.find((r) => r.reason)?.reason))
    const events = counter()
    assert.equal((await store.listObjects('bucket', { prefix: 'many/', onEvent: events.listener })).length, 1100)
    assert.equal(events.of(), 2)
    const deletions = counter()
    assert.deepEqual(await store.deleteObjects('bucket', all, { onEvent: deletions.listener }), [])
    assert.equal(deletions.of(), 11)
    assert.deepEqual(await store.listObjects('bucket', { prefix: 'many/' }), [])
  })

  test('an etag is a generation, and conditions of reads and writes are about it', async () => {
    const one = await store.upload('bucket', 'c', 'one')
    assert.match(one.etag, /^\d+$/)
    await fails(store.upload('bucket', 'c', 'x', { ifNoneMatch: '*' }), 'conflict', { status: 412, code: 'conditionNotMet' })
    const two = await store.upload('bucket', 'c', 'two', { ifMatch: one.etag })
    for (const options of [{ ifMatch: one.etag }, { ifMatch: one.etag, metadata: { a: 'b' } }]) await fails(store.upload('bucket', 'c', 'three', options), 'conflict')
    await fails(store.download('bucket', 'c', { ifMatch: one.etag }), 'conflict', { status: 412 })
    await fails(store.download('bucket', 'c', { ifNoneMatch: two.etag }), 'conflict', { status: 304 })
    await fails(store.download('bucket', 'c', { ifMatch: 'no generation' }), 'conflict')
    const got = await store.download('bucket', 'c', { ifNoneMatch: one.etag })
    assert.deepEqual([await got.text(), got.etag, got.size], ['two', two.etag, 3])
    assert.equal(await (await store.download('bucket', 'c', { ifMatch: two.etag })).text(), 'two')
    await store.upload('bucket', 'c-new', 'x', { ifNoneMatch: '*', contentType: 'text/plain' })
    await fails(store.upload('bucket', 'c', 'x', { ifMatch: '1', ifNoneMatch: '*' }), 'invalid')
    await fails(store.copyObject('bucket', 'c', 'bucket', 'c-new', { ifNoneMatch: '*' }), 'conflict')
  })

  test('checksums are checked by the provider, and those of parts add up', async () => {
    await call(store, 'putObject', ['bucket', 'sum', { checksum: 'crc32c=mnG7TA==' }], new TextEncoder().encode('hello'))
    const wrong = call(store, 'putObject', ['bucket', 'sum2', { checksum: 'crc32c=AAAAAA==' }], new TextEncoder().encode('hello'))
    await fails(wrong, 'invalid', { status: 400, message: /CRC32C/ })
    await fails(store.getObject('bucket', 'sum2'), 'not-found')
    const upload = await call(store, 'createUpload', ['bucket', 'summed', { checksum: 'crc32c' }])
    const bytes = randomBytes(UNIT + 5)
    const parts = []
    for (const [number, offset, end] of [[1, 0, UNIT], [2, UNIT, UNIT + 5]]) {
      parts.push(await call(store, 'putPart', ['bucket', 'summed', { upload, number, offset, checksum: `crc32c=${crc32c(bytes.subarray(offset, end))}` }], bytes.subarray(offset, end)))
    }
    const bad = [parts[0], { ...parts[1], checksum: 'crc32c=AAAAAA==' }]
    assert.equal((await call(store, 'completeUpload', ['bucket', 'summed', upload, parts])).extra.crc32c, crc32c(bytes))
    await fails(call(store, 'completeUpload', ['bucket', 'summed', upload, bad]), 'conflict', { message: /CRC32C/ })
    await fails(store.getObject('bucket', 'summed'), 'not-found')
  })

  test('a stream goes up in order, in few pieces of memory, and comes back the same; what is left of it can be carried on', async () => {
    for (const length of [20 * MiB + 17, 8 * MiB]) {
      const bytes = randomBytes(length)
      let sending = 0
      let most = 0
      const watched = account({
        fetch: async (url, init) => {
          if (init.method === 'PUT') most = Math.max(most, ++sending)
          try {
            return await fetch(url, init)
          } finally {
            if (init.method === 'PUT') sending -= 1
          }
        },
      })
      const put = await watched.upload('bucket', 'big', new Blob([bytes]).stream(), { partSize: 4 * MiB, concurrency: 4, metadata: { a: 'b' } })
      assert.deepEqual([put.size, most], [length, 1])
      const back = createHash('md5')
      for await (const chunk of (await store.download('bucket', 'big')).body) back.update(chunk)
      assert.equal(back.digest('base64'), createHash('md5').update(bytes).digest('base64'))
    }
    const id = await call(store, 'createUpload', ['bucket', 'slow'])
    assert.deepEqual(await call(store, 'listParts', ['bucket', 'slow', id]), [])
    await call(store, 'putPart', ['bucket', 'slow', { upload: id, number: 1, offset: 0 }], new Uint8Array(UNIT))
    // Its answer may have been lost.
    await call(store, 'putPart', ['bucket', 'slow', { upload: id, number: 1, offset: 0 }], new Uint8Array(UNIT))
    assert.equal((await call(store, 'listParts', ['bucket', 'slow', id]))[0].size, UNIT)
    await call(store, 'abortUpload', ['bucket', 'slow', id])
    const gone = await fails(call(store, 'listParts', ['bucket', 'slow', id]), 'not-found')
    keepsSecret(id, gone)
    await fails(store.getObject('bucket', 'slow'), 'not-found')
  })

  test('an upload that is cancelled or fails is abandoned, and its address is in no error and no event', async () => {
    const addresses = []
    const ended = []
    const more = {
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        const found = answer.headers.get('location')?.match(/upload_id=([^&]+)/)
        if (found) addresses.push(decodeURIComponent(found[1]), found[1])
        if (init.method === 'DELETE') ended.push(answer.status)
        return answer
      },
    }
    const events = counter()
    const endless = () => new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(MiB)) }, { highWaterMark: 0 })
    const stop = new AbortController()
    let sent = 0
    const progress = () => ++sent === 2 && stop.abort()
    const cancelled = await fails(account(more).upload('bucket', 'left', endless(), { partSize: MiB, signal: stop.signal, onProgress: progress, onEvent: events.listener }), 'cancelled')
    let puts = 0
    const failing = account({ fetch: (url, init) => (init.method === 'PUT' && ++puts > 2 ? Promise.reject(new TypeError(`cut off at ${url}`)) : more.fetch(url, init)) })
    const lost = await fails(failing.upload('bucket', 'left', endless(), { partSize: MiB, retries: 1, onEvent: events.listener }), 'transport')
    const forsaken = account({ fetch: (url, init) => (init.method === 'DELETE' ? Promise.reject(new TypeError('cut')) : init.method === 'PUT' ? Promise.reject(new TypeError('cut')) : more.fetch(url, init)) })
    const both = await fails(forsaken.upload('bucket', 'left', endless(), { partSize: MiB, retries: 0, onEvent: events.listener }), 'transport')
    assert.deepEqual(ended, [499, 499])
    assert.equal(addresses.length, 6)
    keepsSecret(addresses, cancelled, lost, both, ...events.seen)
    await fails(store.getObject('bucket', 'left'), 'not-found')
  })

  test('a copy keeps the metadata, takes new ones, or another class alone', async () => {
    await store.upload('bucket', 'from', 'x'.repeat(1000), { contentType: 'text/one', metadata: { a: '1' } })
    const same = await store.copyObject('bucket', 'from', 'bucket', 'to')
    assert.deepEqual([same.size, same.contentType, same.metadata], [1000, 'text/one', { a: '1' }])
    const other = await store.copyObject('bucket', 'from', 'bucket', 'to', { contentType: 'text/two', metadata: { b: '2' } })
    assert.deepEqual([other.contentType, other.metadata], ['text/two', { b: '2' }])
    const cold = await store.copyObject('bucket', 'from', 'bucket', 'to', { storageClass: 'COLDLINE' })
    assert.deepEqual([cold.contentType, cold.metadata, cold.extra.storage_class], ['text/one', { a: '1' }, 'COLDLINE'])
    await fails(store.copyObject('bucket', 'never was', 'bucket', 'to'), 'not-found')
  })

  test('CORS rules', async () => {
    const rule = { origins: ['https://example.com'], methods: ['GET', 'PUT'], headers: ['Content-Type'], expose: ['Content-Type', 'ETag'], maxAge: 60 }
    await call(store, 'setCors', ['bucket', [rule]])
    assert.deepEqual(await call(store, 'getCors', ['bucket']), [{ ...rule, headers: ['Content-Type', 'ETag'] }])
    await call(store, 'setCors', ['bucket', []])
    assert.deepEqual(await call(store, 'getCors', ['bucket']), [])
  })

  test('presigned URLs work by a plain fetch, for what and as long as they say', async () => {
    const name = 'presigned ü/ +%2F?&=#~'
    const before = server.statements.length
    const stranger = account()
    const put = await stranger.presign('bucket', name, { method: 'PUT', contentType: 'text/x-presigned' })
    assert.equal(server.statements.length, before, 'a URL needs no token')
    assert.equal((await fetch(put, { method: 'PUT', body: 'by a stranger', headers: { 'content-type': 'text/x-presigned' } })).status, 200)
    assert.equal((await fetch(put, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/html' } })).status, 403, 'another type than was signed')
    const got = await fetch(await stranger.presign('bucket', name))
    assert.deepEqual([got.status, got.headers.get('content-type'), await got.text()], [200, 'text/x-presigned', 'by a stranger'])
    assert.equal((await fetch(await stranger.presign('bucket', name, { method: 'HEAD' }), { method: 'HEAD' })).status, 200)
    const url = await stranger.presign('bucket', name)
    assert.equal((await fetch(`${url.slice(0, -4)}0000`)).status, 403)
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 403)
    const brief = await stranger.presign('bucket', name, { expiresIn: 1 })
    assert.equal((await fetch(brief)).status, 200)
    await sleep(2100)
    assert.equal((await fetch(brief)).status, 403)
    for (const awkward of AWKWARD) {
      await store.upload('bucket', awkward, 'x')
      assert.equal((await fetch(await stranger.presign('bucket', awkward))).status, 200, JSON.stringify(awkward))
    }
    assert.equal(await call(store, 'getObjectCdnUrl', ['bucket', 'a/ü b']), `${server.endpoint}/bucket/a/%C3%BC%20b`)
    await fails(stranger.presign('bucket', 'a/../b'), 'invalid')
    keepsSecret(file().private_key.split('\n').slice(1, -2), url, store, stranger)
  })

  test('what the provider has not is refused', async () => {
    await fails(store.listUploads('bucket'), 'unsupported')
    await fails(store.upload('bucket', 'x', 'y', { tags: { a: 'b' } }), 'unsupported')
    await fails(call(store, 'createUpload', ['bucket', 'x', { checksum: 'sha256' }]), 'unsupported')
  })
})

test('an emulator needs no account', async (t) => {
  const { start } = await import('../servers/index.mjs')
  const server = await start('gcs')
  t.after(() => server.stop())
  const store = storage('gcs', { endpoint: server.endpoint, projectId: server.projectId })
  await store.createContainer('open')
  await store.upload('open', 'a', 'hello')
  assert.equal(await (await store.download('open', 'a')).text(), 'hello')
  assert.deepEqual(names(await store.listContainers()), ['open'])
})

function crc32c(bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  const out = Buffer.alloc(4)
  out.writeUInt32BE(~crc >>> 0)
  return out.toString('base64')
}
