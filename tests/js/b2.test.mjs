// Backblaze B2, on Backblaze's own simulator: the storage suite, and what is B2's own.

import { createHash } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { assert, counter, fails, keepsSecret, names, range, serve, storage } from './lib.mjs'
import { suite } from './storage-suite.mjs'

const KEY = Buffer.alloc(32, 'k').toString('base64')
const sha1 = (bytes) => createHash('sha1').update(bytes).digest('hex')

const server = serve('b2')
const config = (more = {}) => ({ applicationKeyId: server.applicationKeyId, applicationKey: server.applicationKey, endpoint: server.endpoint, ...more })

/** A store whose containers go with the versions that are left in them, as B2 keeps all that was deleted or written over. */
function purging(store) {
  const deleteContainer = store.deleteContainer.bind(store)
  store.deleteContainer = async (container, options) => {
    if ((await store.listObjects(container)).length === 0) {
      await store.each(await store.listVersions(container), (driver, one) => driver.deleteObject(container, one.name, { version: one.id }))
    }
    return deleteContainer(container, options)
  }
  return store
}

suite({
  name: 'b2',
  provider: 'backblaze-b2',
  open: (more) => purging(storage('backblaze-b2', config(more))),
  features: {
    keeps: (name) => !/[\0-\x1f\x7f]/.test(name) && name.split('/').every((part) => part && Buffer.byteLength(part) <= 250),
    deletesNothing: false,
    conditions: [],
    presign: ['GET', 'HEAD'],
    versions: async () => {},
    // The simulator sorts all names for each list.
    listed: 1_200,
    objects: 400,
  },
})

describe('b2', () => {
  let store
  before(async () => {
    store = storage('backblaze-b2', config())
    await store.createContainer('bucket')
  })

  /** Asks the simulator for what no method covers. */
  const key = async (capabilities, bucketIds) => {
    const json = { accountId: server.applicationKeyId, capabilities, keyName: 'restricted', bucketIds }
    const made = JSON.parse((await store.request('POST', '/b2api/v4/b2_create_key', { body: JSON.stringify(json) })).body)
    return { applicationKeyId: made.applicationKeyId, applicationKey: made.applicationKey }
  }

  test('one log-in for all tasks, renewed when its token expires', async () => {
    const fresh = storage('backblaze-b2', config())
    const events = counter()
    await Promise.all(range(20).map(() => fresh.listContainers({ onEvent: events.listener })))
    assert.equal(events.of('logIn'), 1)
    await server.expire()
    const again = counter()
    await Promise.all(range(20).map((i) => fresh.upload('bucket', `renewed/${i}`, 'x', { onEvent: again.listener })))
    assert.equal(again.of('logIn'), 1)
    assert.equal(await (await fresh.download('bucket', 'renewed/7')).text(), 'x')
  })

  test('a wrong key is told, and never shown', async () => {
    const wrong = storage('backblaze-b2', config({ applicationKey: 'K002not-this-one' }))
    const error = await fails(wrong.listContainers(), 'unauthorized', { code: 'unauthorized', status: 401, provider: 'backblaze-b2', operation: 'listContainers' })
    keepsSecret('K002not-this-one', error, wrong)
    keepsSecret(server.applicationKey, store)
  })

  test('uploads go on where they went, and elsewhere when a pod is busy', async () => {
    const fresh = storage('backblaze-b2', config())
    const events = counter()
    for (const i of range(5)) await fresh.upload('bucket', `pods/${i}`, `at ${i}`, { onEvent: events.listener })
    assert.deepEqual([events.of('putObject') - 1, events.of('ticket')], [5, 1], 'the bucket is looked up once, and a pod asked for once')
    await server.busy(2)
    const busy = counter()
    await fresh.upload('bucket', 'pods/busy', 'x'.repeat(1000), { onEvent: busy.listener })
    assert.deepEqual([busy.of('putObject'), busy.of('ticket')], [3, 2])
    assert.equal(await (await fresh.download('bucket', 'pods/busy')).text(), 'x'.repeat(1000))
    await server.busy(9)
    await fails(fresh.upload('bucket', 'pods/never', 'x', { retries: 2 }), 'unavailable', { code: 'service_unavailable', status: 503 })
    await fresh.upload('bucket', 'pods/at last', 'x', { retries: 9 })
  })

  test('a key that is restricted to some buckets', async () => {
    const mine = await store.createContainer('restricted')
    await store.upload('restricted', 'a', 'mine')
    const own = storage('backblaze-b2', config(await key(['listBuckets', 'listFiles', 'readFiles', 'writeFiles'], [mine.extra.id])))
    assert.deepEqual(names(await own.listContainers()), ['restricted'])
    assert.equal((await own.getContainer('restricted')).extra.id, mine.extra.id)
    await fails(own.getContainer('bucket'), 'unauthorized', { code: 'unauthorized' })
    await own.upload('restricted', 'b', 'by the restricted')
    assert.deepEqual(names(await own.listObjects('restricted')), ['a', 'b'])
    await fails(own.createContainer('another-bucket'), 'unauthorized')
    const reader = storage('backblaze-b2', config(await key(['readFiles'], [mine.extra.id])))
    assert.equal(await (await reader.download('restricted', 'a')).text(), 'mine')
    await fails(reader.upload('restricted', 'c', 'x'), 'unauthorized')
  })

  test('what a file is stored with: every text, ten names at most', async () => {
    const metadata = { colour: 'blue', words: 'grüß dich, 日本 + 100 % = "x"; \t', empty: '' }
    await store.upload('bucket', 'told', 'x', { metadata, cacheControl: 'no-cache', contentType: 'text/x-told' })
    const got = await store.getObject('bucket', 'told')
    assert.deepEqual(got.metadata, metadata)
    assert.deepEqual([got.extra.cache_control, got.contentType, got.etag], ['no-cache', 'text/x-told', sha1('x')])
    const listed = (await store.listObjects('bucket', { prefix: 'told' }))[0]
    assert.deepEqual([listed.metadata, listed.contentType, listed.etag, listed.extra.fileId], [metadata, 'text/x-told', sha1('x'), got.extra.fileId])
    const eleven = Object.fromEntries(range(11).map((i) => [`name-${i}`, 'x']))
    await fails(store.upload('bucket', 'many', 'x', { metadata: eleven }), 'invalid')
    for (const name of ['/a', 'a/', 'a//b', 'a\nb', 'x'.repeat(251), 'é'.repeat(513)]) await fails(store.upload('bucket', name, 'x'), 'invalid')
  })

  test('a SHA-1 goes along where it is asked for, and is verified', async () => {
    const body = 'to be verified'
    const put = await store.upload('bucket', 'summed', body, { checksum: 'sha1' })
    assert.deepEqual([put.etag, put.extra.contentSha1], [sha1(body), sha1(body)])
    assert.equal((await store.upload('bucket', 'unsummed', body)).extra.contentSha1, `unverified:${sha1(body)}`)
    const large = Buffer.alloc(6 << 20, 'x')
    await store.upload('bucket', 'summed in parts', large, { checksum: 'sha1', partSize: 5 << 20 })
    assert.ok(Buffer.from(await (await store.download('bucket', 'summed in parts')).bytes()).equals(large))
    // What is spoilt on the way is refused.
    const spoilt = storage('backblaze-b2', config({ fetch: (url, init) => fetch(url, init.body ? { ...init, body: Buffer.from(init.body).map((b, i) => (String(url).includes('/pod/') && i === 3 ? b ^ 1 : b)) } : init) }))
    await fails(spoilt.upload('bucket', 'spoilt', body, { checksum: 'sha1' }), 'invalid', { code: 'bad_request' })
    await fails(spoilt.upload('bucket', 'spoilt', large, { checksum: 'sha1', partSize: 5 << 20 }), 'invalid')
    await fails(store.upload('bucket', 'sha256', body, { checksum: 'sha256' }), 'unsupported')
    assert.deepEqual(names(await store.listObjects('bucket', { prefix: 'sp' })), [])
    assert.equal((await store.listUploads('bucket')).length, 0)
  })

  test('a delete hides: what was stored is kept, until it is deleted by version', async () => {
    await store.upload('bucket', 'hidden', 'one')
    await store.deleteObject('bucket', 'hidden')
    await fails(store.getObject('bucket', 'hidden'), 'not-found')
    await fails(store.deleteObject('bucket', 'hidden'), 'not-found', { code: 'already_hidden' })
    assert.deepEqual((await store.listVersions('bucket', { prefix: 'hidden' })).map((v) => [v.latest, v.deleted]), [[true, true], [false, false]])
    const [marker, one] = await store.listVersions('bucket', { prefix: 'hidden' })
    await store.deleteObject('bucket', 'hidden', { version: marker.id })
    assert.equal(await (await store.download('bucket', 'hidden')).text(), 'one')
    await store.deleteObject('bucket', 'hidden', { version: one.id })
    await fails(store.deleteObject('bucket', 'hidden', { version: one.id }), 'not-found')
    assert.deepEqual(await store.listVersions('bucket', { prefix: 'hidden' }), [])
  })

  test('encryption by B2, and by a key of the caller', async () => {
    const put = await store.upload('bucket', 'sse', 'hidden', { encryption: 'AES256' })
    assert.deepEqual(put.extra.serverSideEncryption, { mode: 'SSE-B2', algorithm: 'AES256' })
    assert.equal((await store.getObject('bucket', 'sse')).extra.server_side_encryption, 'AES256')
    const events = counter()
    await fails(store.upload('bucket', 'sse', 'x', { encryption: 'aws:kms', onEvent: events.listener }), 'invalid')
    assert.equal(events.of(), 0)
    const bytes = Buffer.alloc(11 << 20, 'z')
    for (const [name, body] of [['own', Buffer.from('mine alone')], ['own in parts', bytes]]) {
      await store.upload('bucket', name, body, { customerKey: KEY, partSize: 5 << 20 })
      await fails(store.download('bucket', name), 'denied', { code: 'access_denied' })
      await fails(store.download('bucket', name, { customerKey: Buffer.alloc(32, 'x').toString('base64') }), 'denied')
      assert.ok(Buffer.from(await (await store.download('bucket', name, { customerKey: KEY })).bytes()).equals(body))
    }
    await fails(store.upload('bucket', 'short', 'x', { customerKey: 'c2hvcnQ=' }), 'invalid')
  })

  test('a bucket that another account object made anew is found again', async () => {
    const [one, other] = [storage('backblaze-b2', config()), storage('backblaze-b2', config())]
    await one.createContainer('passing')
    await other.listObjects('passing')
    await one.deleteContainer('passing')
    await fails(other.listObjects('passing'), 'not-found', { code: 'bad_bucket_id' })
    await fails(one.listObjects('passing'), 'not-found')
    await one.createContainer('passing')
    await one.upload('passing', 'a', 'x')
    assert.deepEqual(names(await one.listObjects('passing')), ['a'])
  })

  test('nothing is left of uploads that fail', async () => {
    const before = (await server.state()).unfinished
    const stop = new AbortController()
    const endless = new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1 << 20)) }, { highWaterMark: 0 })
    await fails(store.upload('bucket', 'endless', endless, { partSize: 5 << 20, signal: stop.signal, onProgress: () => stop.abort() }), 'cancelled')
    assert.equal((await server.state()).unfinished, before)
  })

  test('a download URL is for the names that start so', async () => {
    await store.upload('bucket', 'shared/one', '1')
    await store.upload('bucket', 'other', '2')
    const url = new URL(await store.presign('bucket', 'shared/one', { expiresIn: 60 }))
    assert.equal(await (await fetch(url)).text(), '1')
    url.pathname = url.pathname.replace('shared/one', 'other')
    assert.equal((await fetch(url)).status, 401)
    await fails(store.presign('bucket', 'shared/one', { method: 'PUT' }), 'unsupported')
  })
})
