// The storage suite, on every provider that has a server, and on those that need none.

import { suite } from './storage-suite.mjs'
import { serve, storage } from './lib.mjs'

/** moto's own routes lose a name with a line break. */
const keptByMoto = (name) => !/[\n\r\u0085\u2028]/.test(name)

const moto = serve('moto')
suite({
  name: 'moto',
  provider: 's3',
  open: (more) => storage('s3', { accessKeyId: moto.accessKeyId, secretAccessKey: moto.secretAccessKey, region: moto.region, endpoint: moto.endpoint, ...more }),
  features: { keeps: keptByMoto },
})
