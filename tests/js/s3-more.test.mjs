// What S3 has beyond the storage suite, on moto and on Ceph's gateway, which both verify signatures; each by what it has.

import { createHash, randomBytes } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { assert, counter, fails, keepsSecret, range, serve, storage } from './lib.mjs'

const MiB = 1 << 20
const AWKWARD = ['plain', 'a b', 'ü/ +%2F?&=#~', '//x', 'a//b', '日本語', '😀', '%25', '+', '&amp;', '<a>&"\'</a>', "(it's)!", 'a\\b', ' a ']
const key = () => randomBytes(32).toString('base64')
const crc32c = (bytes) => {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(~crc >>> 0)
  return sum.toString('base64')
}
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('base64')

for (const [kind, provider] of [['moto', 's3'], ['radosgw', 'ceph-rgw']]) {
  describe(kind, () => {
    const server = serve(kind, kind === 'moto' ? { auth: true } : undefined)
    const config = () => ({ accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey, region: server.region, endpoint: server.endpoint })
    const versioned = (container) =>
      store.request('PUT', `/${container}`, { query: { versioning: '' }, body: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>' })
    const text = async (name, options) => (await store.download('bucket', name, options)).text()
    let store
    before(async () => {
      store = storage(provider, config())
      await store.createContainer('bucket')
    })

    test('versions: listed in pages, read, deleted, of every name', async () => {
      await store.createContainer('versions')
      await versioned('versions')
      for (const name of AWKWARD) for (const body of ['1', '22']) await store.upload('versions', name, body)
      await store.deleteObject('versions', 'a b')
      const events = counter()
      const all = await store.listVersions('versions', { pageSize: 5, onEvent: events.listener })
      assert.ok(events.of('listVersions') >= 6, `${events.of('listVersions')} pages`)
      assert.equal(new Set(all.map((v) => `${v.name} ${v.id}`)).size, all.length)
      assert.deepEqual([...new Set(all.map((v) => v.name))].sort(), [...AWKWARD].sort())
      for (const name of AWKWARD) {
        const latest = all.filter((v) => v.name === name && v.latest)
        assert.deepEqual([latest.length, latest[0].deleted], [1, name === 'a b'], JSON.stringify(name))
        const bodies = all.filter((v) => v.name === name && !v.deleted)
        assert.deepEqual(bodies.map((v) => v.size), [2, 1])
        assert.equal(await (await store.download('versions', name, { version: bodies[1].id })).text(), '1')
        const old = await store.getObject('versions', name, { version: bodies[1].id })
        assert.deepEqual([old.size, old.extra.version_id], [1, bodies[1].id])
      }
      // moto puts what was deleted last.
      assert.deepEqual((await store.listVersions('versions', { prefix: 'a b' })).map((v) => v.deleted).sort(), [false, false, true])
      await fails(store.download('versions', 'a b'), 'not-found')
      await store.deleteObject('versions', 'a b', { version: all.find((v) => v.deleted).id })
      assert.equal(await (await store.download('versions', 'a b')).text(), '22')
      const put = await store.upload('versions', 'last', 'x')
      assert.equal((await store.listVersions('versions', { prefix: 'last' }))[0].id, put.extra.version_id)
      for (const version of await store.listVersions('versions')) await store.deleteObject('versions', version.name, { version: version.id })
      await store.deleteContainer('versions')
    })

    test('1,100 versions come in more than one page', async () => {
      await store.createContainer('crowd')
      await versioned('crowd')
      const made = await store.each(range(1100), (driver, i) => driver.upload('crowd', `n ${i}`, 'x'), { concurrency: 32 })
      assert.ok(made.every((r) => r.status === 'fulfilled'))
      const events = counter()
      const all = await store.listVersions('crowd', { onEvent: events.listener })
      assert.deepEqual([new Set(all.map((v) => v.name)).size, all.length, events.of('listVersions')], [1100, 1100, 2])
    })

    test('tags: with an upload, set, replaced, removed; with and for copies', async () => {
      const tags = { colour: 'blue', 'two words': 'a b+c=d/e:f@g_h.i-j', umlaut: 'ü' }
      await store.upload('bucket', 'tagged', 'x', { tags })
      assert.deepEqual(await store.getTags('bucket', 'tagged'), tags)
      await store.copyObject('bucket', 'tagged', 'bucket', 'copied')
      assert.deepEqual(await store.getTags('bucket', 'copied'), tags)
      await store.copyObject('bucket', 'tagged', 'bucket', 'retagged', { tags: { other: '1' } })
      assert.deepEqual(await store.getTags('bucket', 'retagged'), { other: '1' })
      await store.setTags('bucket', 'tagged', { a: '' })
      assert.deepEqual(await store.getTags('bucket', 'tagged'), { a: '' })
      await store.setTags('bucket', 'tagged', {})
      assert.deepEqual(await store.getTags('bucket', 'tagged'), {})
      await store.upload('bucket', 'in parts', randomBytes(6 * MiB), { partSize: 5 * MiB, tags })
      assert.deepEqual(await store.getTags('bucket', 'in parts'), tags)
      await fails(store.getTags('bucket', 'never was'), 'not-found', { code: 'NoSuchKey' })
    })

    test('CORS rules', async () => {
      assert.deepEqual(await store.getCors('bucket'), [])
      const rules = [
        { origins: ['https://a.example', 'https://b.example'], methods: ['GET', 'PUT'], headers: ['*'], expose: ['etag', 'x-amz-version-id'], maxAge: 600 },
        { origins: ['*'], methods: ['GET'], headers: [], expose: [], maxAge: null },
      ]
      await store.setCors('bucket', rules)
      const got = await store.getCors('bucket')
      const whole = (rule) => ({ ...rule, origins: [...rule.origins].sort(), methods: [...rule.methods].sort(), expose: [...rule.expose].sort() })
      const byOrigin = (list) => list.map(whole).sort((a, b) => (a.origins.join() < b.origins.join() ? -1 : 1))
      assert.deepEqual(byOrigin(got).map((r) => ({ ...r, maxAge: r.maxAge || null })), byOrigin(rules))
      if (kind === 'radosgw') {
        const preflight = (origin, method) => fetch(`${server.endpoint}/bucket/x`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method } })
        const allowed = await preflight('https://a.example', 'PUT')
        assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin')], [200, 'https://a.example'])
        assert.equal((await preflight('https://c.example', 'PUT')).status, 403)
      }
      await store.setCors('bucket', [])
      assert.deepEqual(await store.getCors('bucket'), [])
      await fails(store.getCors('never-was'), 'not-found', { code: 'NoSuchBucket' })
    })

    test('the caller\'s own key: stored, read, copied, in parts', async () => {
      const [customerKey, another] = [key(), key()]
      const put = await store.upload('bucket', 'locked', 'secret', { customerKey })
      assert.equal(put.size, 6)
      assert.equal(await text('locked', { customerKey }), 'secret')
      assert.equal(await text('locked', { customerKey, range: { start: 2, end: 4 } }), 'cre')
      assert.equal((await store.getObject('bucket', 'locked', { customerKey })).size, 6)
      const large = randomBytes(11 * MiB)
      await store.upload('bucket', 'locked in parts', large, { customerKey, partSize: 5 * MiB })
      assert.equal(sha256(await (await store.download('bucket', 'locked in parts', { customerKey })).bytes()), sha256(large))
      if (kind === 'radosgw') {
        for (const wrong of [{}, { customerKey: another }]) {
          const error = await fails(store.download('bucket', 'locked', wrong), 'invalid', { status: 400 })
          keepsSecret(customerKey, error)
          keepsSecret(another, error)
          await fails(store.getObject('bucket', 'locked in parts', wrong), 'invalid')
        }
      } else {
        await store.copyObject('bucket', 'locked', 'bucket', 'locked copy', { customerKey })
        assert.equal(await text('locked copy', { customerKey }), 'secret')
      }
      await fails(store.upload('bucket', 'x', 'x', { customerKey: 'c2hvcnQ=' }), 'invalid', { message: /32 bytes/ })
    })

    test('many parts are listed to the end, and an upload is carried on', async () => {
      const large = randomBytes(17 * MiB)
      const cut = new AbortController()
      const broken = store.upload('bucket', 'carried on', large, {
        partSize: 5 * MiB, concurrency: 1, keepParts: true, signal: cut.signal, onProgress: ({ bytes }) => bytes >= 10 * MiB && cut.abort(),
      })
      await fails(broken, 'cancelled')
      const [left] = (await store.listUploads('bucket')).filter((upload) => upload.name === 'carried on')
      const events = counter()
      const done = await store.upload('bucket', 'carried on', large, { partSize: 5 * MiB, resume: left, onEvent: events.listener })
      assert.equal(done.size, large.length)
      assert.deepEqual([events.of('listParts'), events.of('putPart')], [1, 2])
      assert.equal(sha256(await (await store.download('bucket', 'carried on')).bytes()), sha256(large))
      assert.deepEqual((await store.listUploads('bucket')).filter((upload) => upload.name === 'carried on'), [])
      await fails(store.upload('bucket', 'carried on', large, { partSize: 5 * MiB, resume: left }), 'not-found', { operation: 'listParts' })
    })

    test('conditions of what is stored', async () => {
      const first = await store.upload('bucket', 'guarded', 'one', { ifNoneMatch: '*' })
      await fails(store.upload('bucket', 'guarded', 'two', { ifNoneMatch: '*' }), 'conflict', { status: 412 })
      await fails(store.upload('bucket', 'guarded', 'two', { ifMatch: '"5d41402abc4b2a76b9719d911017c592"' }), 'conflict', { status: 412 })
      await store.upload('bucket', 'guarded', 'two', { ifMatch: first.etag })
      assert.equal(await text('guarded'), 'two')
      const large = () => new Blob([randomBytes(6 * MiB)]).stream()
      if (kind === 'radosgw') {
        const events = counter()
        await fails(store.upload('bucket', 'guarded', large(), { partSize: 5 * MiB, ifNoneMatch: '*', onEvent: events.listener }), 'unsupported', { message: /parts/ })
        assert.equal(events.of('createUpload'), 0)
      } else {
        await fails(store.upload('bucket', 'guarded', large(), { partSize: 5 * MiB, ifNoneMatch: '*' }), 'conflict', { status: 412, operation: 'completeUpload' })
        await store.upload('bucket', 'guarded in parts', large(), { partSize: 5 * MiB, ifNoneMatch: '*' })
      }
      assert.equal(await text('guarded'), 'two')
      assert.deepEqual((await store.listUploads('bucket')).filter((upload) => upload.name.startsWith('guarded')), [])
    })

    test('addresses for everybody', async () => {
      await store.upload('bucket', 'ü/ open?', 'for all', { acl: 'public-read' })
      const url = await store.getObjectCdnUrl('bucket', 'ü/ open?')
      assert.equal(url, `${server.endpoint}/bucket/%C3%BC/%20open%3F`)
      assert.equal(await store.getContainerCdnUrl('bucket'), `${server.endpoint}/bucket`)
      if (kind === 'radosgw') assert.equal(await (await fetch(url)).text(), 'for all')
    })

    if (kind === 'moto') {
      test('checksums are kept, and told of objects', async () => {
        const bytes = randomBytes(100_000)
        for (const [checksum, sum] of [['crc32c', crc32c(bytes)], ['sha256', sha256(bytes)]]) {
          const put = await store.upload('bucket', checksum, bytes, { checksum })
          assert.equal(put.extra[checksum], sum)
          assert.equal((await store.getObject('bucket', checksum)).extra[checksum], sum)
          const got = await store.download('bucket', checksum, { verify: true })
          assert.equal(got.extra[checksum], sum)
          assert.deepEqual(Buffer.from(await got.bytes()), bytes)
        }
      })

      test('encryption by the store', async () => {
        const put = await store.upload('bucket', 'sealed', 'x', { encryption: 'aws:kms', encryptionKey: 'alias/mine' })
        assert.equal(put.extra.server_side_encryption, 'aws:kms')
        const got = await store.getObject('bucket', 'sealed')
        assert.deepEqual([got.extra.server_side_encryption, got.extra.kms_key_id], ['aws:kms', 'alias/mine'])
        await store.upload('bucket', 'sealed in parts', randomBytes(6 * MiB), { partSize: 5 * MiB, encryption: 'AES256' })
        assert.equal((await store.getObject('bucket', 'sealed in parts')).extra.server_side_encryption, 'AES256')
      })
    } else {
      test('what this store may not heed is refused before anything is sent', async () => {
        for (const options of [{ checksum: 'crc32c' }, { encryption: 'AES256' }, { encryptionKey: 'k' }]) {
          const events = counter()
          await fails(store.upload('bucket', 'x', 'x', { ...options, onEvent: events.listener }), 'unsupported', { message: new RegExp(Object.keys(options)[0]) })
          assert.equal(events.of('putObject'), 0)
        }
      })
    }
  })
}
