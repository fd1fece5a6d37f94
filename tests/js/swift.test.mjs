// Storage on OpenStack Swift, with Keystone to log in at: the suite, and what only Swift has.

import { before, describe, test } from 'node:test'
import { assert, counter, fails, keepsSecret, range, script, serve, sleep, storage } from './lib.mjs'
import { suite } from './storage-suite.mjs'

const MiB = 1 << 20
const swift = serve('swift')
const config = (more = {}) => ({
  authUrl: swift.authUrl, username: swift.username, password: swift.password, project: swift.project, domain: swift.domain, region: swift.region, tempUrlKey: swift.tempUrlKey, ...more,
})

suite({
  name: 'openstack on Swift',
  provider: 'openstack',
  open: (more) => storage('openstack', config(more)),
  features: {
    deletesNothing: false,
    conditions: ['download.ifMatch', 'download.ifNoneMatch', 'upload.ifNoneMatch'],
    versions: (store, container) => store.request('POST', `/${container}`, { headers: { 'x-versions-enabled': 'true' } }),
    // A rule is for all methods.
    cors: false,
    // Each takes the one small machine that plays the cluster some 40 ms.
    listed: 1000,
  },
})

const body = (size) => new Blob([new Uint8Array(size)])

describe('swift', () => {
  let store
  before(async () => {
    store = storage('openstack', config())
    await store.createContainer('own')
  })
  const listed = async (container) => (await store.listObjects(container)).map((o) => o.name)
  const large = (name, size = 3 * MiB, more = {}) => store.upload('own', name, body(size), { partSize: MiB, ...more })

  test('containers: what they hold is counted; a second of one name is a conflict', async () => {
    await store.upload('own', 'counted', '12345')
    const { extra } = await store.getContainer('own')
    assert.equal(typeof extra.object_count, 'number')
    const found = (await store.listContainers()).find((c) => c.name === 'own')
    assert.equal(typeof found.extra.size, 'number')
    await fails(store.createContainer('own'), 'conflict', { status: 202, provider: 'openstack', operation: 'createContainer' })
    for (const name of ['a/b', '', '..', 'x'.repeat(257)]) await fails(() => store.createContainer(name), 'invalid')
    for (const name of ['größe 100%', 'a?b#c', '+', 'x'.repeat(256)]) {
      assert.equal((await store.createContainer(name)).name, name)
      assert.ok((await store.listContainers()).some((c) => c.name === name), name)
      await store.upload(name, 'x', 'y')
      assert.deepEqual(await store.deleteObjects(name, ['x']), [])
      await store.deleteContainer(name)
    }
  })

  test('metadata in any letters comes back to the letter, that of other clients too', async () => {
    const metadata = {
      letters: 'blü 日本 😀', percent: '100%', encoded: 'a%20b', twice: 'a%2520b', plus: 'a+b c', spaces: ' at both ends ', lines: 'a\nb', empty: '', tab: 'a\tb',
      inside: 'a  b, c=d; "e"', latin: '\u00e9', quoted: '%C3%BC', slash: 'a/b%2Fc',
    }
    await store.upload('own', 'words', 'x', { metadata })
    assert.deepEqual((await store.getObject('own', 'words')).metadata, metadata)
    assert.deepEqual((await store.copyObject('own', 'words', 'own', 'words again')).metadata, metadata)
    // UTF-8 in a header, as other clients write it.
    await store.request('PUT', '/own/raw', { headers: { 'x-object-meta-a': Buffer.from('hü').toString('latin1') } })
    assert.deepEqual((await store.getObject('own', 'raw')).metadata, { a: 'hü' })
    await fails(() => store.upload('own', 'x', 'y', { metadata: { a_b: 'c' } }), 'invalid', { message: /dash/ })
    await fails(() => store.upload('own', 'x', 'y', { metadata: { A: '1', a: '2' } }), 'invalid')
    await fails(() => store.upload('own', 'x', 'y', { metadata: { ü: '1' } }), 'invalid')
  })

  test('what Swift cannot keep is refused before anything is sent', async () => {
    const events = counter()
    for (const options of [{ acl: 'public-read' }, { storageClass: 'cold' }, { tags: { a: 'b' } }, { encryption: 'AES256' }, { checksum: 'sha256' }, { ifMatch: 'x' }, { ifNoneMatch: 'x' }]) {
      await fails(() => store.upload('own', 'x', 'y', { ...options, onEvent: events.listener }), 'unsupported')
    }
    await fails(() => store.presign('own', 'x', { method: 'PUT', contentType: 'text/plain' }), 'unsupported')
    await fails(() => store.setCors('own', [{ origins: ['https://a.example'] }, { origins: ['https://b.example'] }]), 'unsupported')
    assert.equal(events.of(), 0)
  })

  test('an object in parts: its own entity tag, in lists too; a plain one goes beside it', async () => {
    const put = await large('whole')
    const got = await store.getObject('own', 'whole')
    assert.deepEqual([got.size, got.etag, got.extra.static_large_object], [3 * MiB, put.etag, 'True'])
    const [entry] = await store.listObjects('own', { prefix: 'whole' })
    assert.deepEqual([entry.size, entry.etag], [3 * MiB, put.etag])
    assert.equal((await listed('own_segments')).filter((n) => n.startsWith('whole/')).length, 3)
    await store.upload('own', 'plain', 'x')
    assert.match((await store.getObject('own', 'plain')).extra.md5, /^[A-Za-z0-9+/]{22}==$/)
    await store.deleteObject('own', 'plain')
    const copy = await store.copyObject('own', 'whole', 'own', 'copy of the whole')
    assert.equal(copy.size, 3 * MiB)
    await store.deleteObject('own', 'whole')
    assert.deepEqual((await listed('own_segments')).filter((n) => n.startsWith('whole/')), [], 'its parts went with it')
    assert.equal((await (await store.download('own', 'copy of the whole')).bytes()).byteLength, 3 * MiB, 'a copy has bytes of its own')
  })

  test('parts go with their object when many are deleted, and when it is replaced', async () => {
    await large('one/large', 2 * MiB)
    await large('two ü %41', 2 * MiB)
    const small = range(30).map((i) => `small/${i}`)
    await store.each(small, (driver, name) => driver.upload('own', name, 'x'))
    const events = counter()
    assert.deepEqual(await store.deleteObjects('own', [...small, 'one/large', 'two ü %41', 'one'], { onEvent: events.listener }), [])
    assert.ok(events.of('deleteObjects') < 12, `${events.of('deleteObjects')} requests for 33 names`)
    assert.deepEqual(await listed('own_segments'), [])
    await large('again', 2 * MiB)
    await large('again', 4 * MiB)
    assert.equal((await listed('own_segments')).length, 4, 'the parts of what was replaced are gone')
    assert.equal((await store.getObject('own', 'again')).size, 4 * MiB)
    await store.deleteObject('own', 'again')
  })

  test('an upload that was completed cannot be aborted, and what it stored stands', async () => {
    const lost = storage('openstack', config({
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        if (url.includes('multipart-manifest=put')) throw new TypeError('the answer was lost')
        return answer
      },
    }))
    await fails(lost.upload('own', 'stands', body(2 * MiB).stream(), { partSize: MiB, retries: 1 }), 'transport')
    assert.equal((await (await store.download('own', 'stands')).bytes()).byteLength, 2 * MiB)
    assert.deepEqual(await store.listUploads('own'), [])
    await store.deleteObject('own', 'stands')
    await fails(store.abortUpload('own', { name: 'x', id: '0'.repeat(32) }), 'not-found')
    await fails(store.listParts('own', { name: 'x', id: '0'.repeat(32) }), 'not-found')
    await fails(() => store.abortUpload('own', { name: 'x', id: '../y' }), 'invalid')
    assert.deepEqual(await listed('own_segments'), [])
  })

  test('an upload in parts only where there is nothing, and none into a container that is not there', async () => {
    await store.upload('own', 'taken', 'x')
    await fails(large('taken', 2 * MiB, { ifNoneMatch: '*' }), 'conflict', { status: 412 })
    assert.equal(await (await store.download('own', 'taken')).text(), 'x')
    assert.deepEqual(await listed('own_segments'), [])
    await fails(store.upload('no-such-container', 'x', body(2 * MiB), { partSize: MiB }), 'not-found')
    assert.ok(!(await store.listContainers()).some((c) => c.name.startsWith('no-such-container')))
  })

  test('versions of objects in parts keep their parts', async () => {
    await store.createContainer('kept')
    await store.request('POST', '/kept', { headers: { 'x-versions-enabled': 'true' } })
    await store.upload('kept', 'v', body(2 * MiB), { partSize: MiB })
    await store.upload('kept', 'v', 'small')
    await store.upload('kept', 'v', body(3 * MiB), { partSize: MiB })
    await store.deleteObject('kept', 'v')
    const versions = await store.listVersions('kept')
    assert.deepEqual(versions.map((v) => [v.size, v.deleted]), [[0, true], [3 * MiB, false], [5, false], [2 * MiB, false]])
    for (const version of versions.slice(1)) assert.equal((await (await store.download('kept', 'v', { version: version.id })).bytes()).byteLength, version.size)
    for (const version of versions) await store.deleteObject('kept', 'v', { version: version.id })
    assert.deepEqual(await listed('kept_segments'), [])
    await store.deleteContainer('kept')
    assert.ok(!(await store.listContainers()).some((c) => c.name.startsWith('kept')))
  })

  test('temporary URLs: for one method, until their time, with the key only', async () => {
    const name = 'temporary ü/ +%2F?&=#~'
    const fresh = storage('openstack', config())
    const events = counter()
    const put = await fresh.presign('own', name, { method: 'PUT', onEvent: events.listener })
    assert.deepEqual([events.of('logIn'), events.of('presign')], [1, 1])
    assert.ok(!put.includes(swift.tempUrlKey) && put.startsWith(`${swift.endpoint}/own/`))
    assert.equal((await fetch(put, { method: 'PUT', body: 'by a stranger' })).status, 201)
    const get = await fresh.presign('own', name, { expiresIn: 1, onEvent: events.listener })
    assert.equal(events.of(), 2, 'the second asks nobody')
    assert.equal(await (await fetch(get)).text(), 'by a stranger')
    assert.equal((await fetch(get, { method: 'DELETE' })).status, 401)
    assert.equal((await fetch(get.replace(/sig=..../, 'sig=0000'))).status, 401)
    await sleep(2100)
    assert.equal((await fetch(get)).status, 401)
    await fails(storage('openstack', config({ tempUrlKey: undefined })).presign('own', name), 'invalid', { message: /tempUrlKey/ })
    const wrong = await storage('openstack', config({ tempUrlKey: 'another key' })).presign('own', name)
    assert.equal((await fetch(wrong)).status, 401)
    await fails(() => store.presign('own', name, { method: 'PATCH' }), 'invalid')
    await fails(() => store.presign('own', name, { expiresIn: 0 }), 'invalid')
  })

  test('CORS rules hold for a page', async () => {
    await store.setCors('own', [{ origins: ['https://app.example', 'https://b.example'], expose: ['x-object-meta-a'], maxAge: 60 }])
    const [rule] = await store.getCors('own')
    assert.deepEqual([rule.origins, rule.expose, rule.maxAge, rule.headers], [['https://app.example', 'https://b.example'], ['x-object-meta-a'], 60, ['*']])
    const ask = (origin) => fetch(`${swift.endpoint}/own/x`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } })
    const allowed = await ask('https://app.example')
    assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin'), allowed.headers.get('access-control-max-age')], [200, 'https://app.example', '60'])
    assert.match(allowed.headers.get('access-control-allow-methods'), /PUT/)
    assert.equal((await ask('https://evil.example')).status, 401)
    await store.setCors('own', [])
    assert.equal((await ask('https://app.example')).status, 401)
  })

  test('who may not, and who is not known', async () => {
    const guest = storage('openstack', config({ username: swift.guest.username }))
    await fails(guest.listContainers(), 'denied', { status: 403, provider: 'openstack' })
    await fails(guest.upload('own', 'x', 'y'), 'denied')
    const secret = 'not the password'
    const wrong = storage('openstack', config({ password: secret }))
    const error = await fails(wrong.listContainers(), 'unauthorized', { status: 401 })
    keepsSecret([secret, swift.tempUrlKey], error, wrong, wrong.task())
    const missing = await fails(store.getObject('own', 'never was'), 'not-found', { status: 404 })
    assert.match(missing.requestId, /^tx/)
    await fails(storage('openstack', config({ region: 'Nowhere' })).listContainers(), 'invalid', { message: /region/ })
  })

  test('a token that Keystone revoked is replaced', async () => {
    let refused = 0
    // As if it were too old: nobody knows this one.
    const stale = storage('openstack', config({
      fetch: (url, init) => {
        const headers = new Headers(init.headers)
        if (headers.get('x-auth-token') && refused++ === 0) headers.set('x-auth-token', 'gAAAAA')
        return fetch(url, { ...init, headers })
      },
    }))
    const events = counter()
    assert.ok((await stale.listContainers({ onEvent: events.listener })).length > 0)
    assert.equal(events.of('logIn'), 2)
  })
})

// Ceph speaks Swift too, in most clouds that have no Swift of their own; its log-in here is by a stand-in for Keystone.
describe('swift as Ceph speaks it', () => {
  const ceph = serve('radosgw')
  const keystone = script(async (_, response) => {
    const { headers } = await fetch(ceph.swift.authUrl, { headers: { 'x-auth-user': ceph.swift.user, 'x-auth-key': ceph.swift.key } })
    const catalog = [{ type: 'object-store', endpoints: [{ interface: 'public', region: 'ceph', url: headers.get('x-storage-url') }] }]
    response.writeHead(201, { 'x-subject-token': headers.get('x-auth-token') })
    response.end(JSON.stringify({ token: { expires_at: '2099-01-01T00:00:00Z', catalog } }))
  })
  let store
  before(async () => {
    store = storage('openstack', { authUrl: `${keystone.endpoint}/v3`, username: 'test', password: 'test', project: 'test', tempUrlKey: 'key', tempUrlDigest: 'sha1' })
    await store.createContainer('photos')
  })
  const odd = ['plain', 'ü/ +%2F?&=#~', '//x', 'a\nb', '日本', '%25', '+', '/', ' a ']

  test('odd names and metadata, ranges, lists, copies', async () => {
    await store.each(odd, (driver, name) => driver.upload('photos', name, `body of ${name}`, { metadata: { words: 'blü 100%' } }))
    for (const name of odd) {
      const got = await store.download('photos', name)
      assert.deepEqual([await got.text(), got.metadata], [`body of ${name}`, { words: 'blü 100%' }])
    }
    assert.deepEqual((await store.listObjects('photos', { pageSize: 2 })).map((o) => o.name).sort(), [...odd].sort())
    assert.deepEqual((await store.list('photos', { prefix: 'ü', delimiter: '/' })).prefixes, ['ü/'])
    assert.equal(await (await store.download('photos', 'plain', { range: { start: 1, end: 2 } })).text(), 'od')
    assert.equal((await store.copyObject('photos', 'plain', 'photos', 'copy')).size, 13)
    await fails(store.getObject('photos', 'never was'), 'not-found')
    await fails(store.deleteContainer('photos'), 'conflict', { message: /conflict/ })
    assert.deepEqual(await store.deleteObjects('photos', [...odd, 'copy', 'never was', 'nor this']), [])
    assert.deepEqual(await store.listObjects('photos'), [])
  })

  test('parts, temporary URLs, CORS', async () => {
    await store.upload('photos', 'large', body(12 * MiB).stream(), { partSize: 5 * MiB })
    assert.equal((await (await store.download('photos', 'large')).bytes()).byteLength, 12 * MiB)
    assert.deepEqual(await store.listUploads('photos'), [])
    await store.deleteObject('photos', 'large')
    assert.deepEqual(await store.listObjects('photos_segments'), [])
    await store.upload('photos', 'ü 1', 'for a while')
    await store.request('POST', '/', { headers: { 'x-account-meta-temp-url-key': 'key' } })
    assert.equal(await (await fetch(await store.presign('photos', 'ü 1'))).text(), 'for a while')
    await store.setCors('photos', [{ origins: ['https://a.example'], maxAge: 60 }])
    assert.deepEqual((await store.getCors('photos')).map((rule) => [rule.origins, rule.maxAge]), [[['https://a.example'], 60]])
    await store.setCors('photos', [])
    assert.deepEqual(await store.getCors('photos'), [])
  })
})
