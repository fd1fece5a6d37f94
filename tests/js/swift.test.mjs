// Storage on OpenStack Swift, with Keystone to log in at.

import { storage } from '../../dist/node.js'
import { assert, counter, fails, keepsSecret, names, range, serve, sleep } from './lib.mjs'
import { suite } from './storage-suite.mjs'

const swift = serve('swift')
const config = (more = {}) => ({ authUrl: swift.authUrl, username: swift.username, password: swift.password, project: swift.project, domain: swift.domain, region: swift.region, tempUrlKey: swift.tempUrlKey, ...more })

suite({
  name: 'openstack on Swift',
  provider: 'openstack',
  open: (more) => storage('openstack', config(more)),
  features: {
    deletesNothing: false,
    conditions: ['download.ifMatch', 'download.ifNoneMatch', 'upload.ifNoneMatch'],
    part: 1 << 20,
    versions: (store, container) => store.request('POST', `/${container}`, { headers: { 'x-versions-enabled': 'true' } }),
    // A rule names no methods here.
    cors: false,
    listed: 10_000,
  },
})
