// The storage suite, on every provider that has a server, and on those that need none; inside.test.mjs has those that live
// in a Worker or in a browser.

import { chances, suite } from './storage-suite.mjs'
import { directory } from './directory.mjs'
import { serve, storage } from './lib.mjs'

/** moto's own routes lose a name with a line break; its CRC-32C is none unless one more package is there. */
const keptByMoto = (name) => !/[\n\r\u0085\u2028]/.test(name)

/** Has an S3 keep versions. */
const versions = (store, container) =>
  store.request('PUT', `/${container}`, { query: { versioning: '' }, body: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>' })

const config = (server, more) => ({ accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey, region: server.region, endpoint: server.endpoint, ...more })

const moto = serve('moto')
suite({
  name: 'moto',
  provider: 's3',
  open: (more) => storage('s3', config(moto, more)),
  features: { keeps: keptByMoto, versions, checksums: ['sha256'], partChecksums: ['crc32c', 'sha256'], wrong: ['crc32c'] },
})

const ceph = serve('radosgw')
suite({
  name: "Ceph's gateway",
  provider: 'ceph-rgw',
  open: (more) => storage('ceph-rgw', config(ceph, more)),
  features: { versions, listed: 2_500 },
})

suite({ name: 'local, in memory', provider: 'local', open: () => memory, features: { checksums: ['crc32c', 'sha256'], partChecksums: ['crc32c', 'sha256'], faults: false } })
const memory = storage('local', {})

/** Fails some steps, and so a tenth of the requests, in the ways of a file system that others use, too. */
function unsteady() {
  const random = chances()
  return directory(async () => {
    if (random() < 0.03) throw new DOMException('somebody else has it', random() < 0.5 ? 'NoModificationAllowedError' : 'UnknownError')
  })
}

const disk = storage('local', { directory: directory() })
suite({
  name: 'local, in a directory',
  provider: 'local',
  open: () => disk,
  features: {
    checksums: ['crc32c', 'sha256'],
    partChecksums: ['crc32c', 'sha256'],
    faults: async () => {
      const store = storage('local', { directory: unsteady() })
      await store.createContainer('suite-faults', { retries: 50 })
      return store
    },
  },
})
