// The storage suite inside a page, on the browser's own file system.

import { ready, storage } from '../../../dist/node.js'
import { suite } from '../storage-suite.mjs'
import { run } from './test.mjs'

window.lines = []
const tell = (line) => void window.lines.push(line)

async function start() {
  await ready()
  const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle('suite', { create: true })
  const store = storage('local', { directory })
  const sums = ['crc32c', 'sha256']
  suite({ name: 'local', provider: 'local', open: () => store, features: { checksums: sums, partChecksums: sums, faults: false, objects: 500, listed: 2_500 } })
  await run(tell)

  // Another account sees what this one left, for it is all in the files.
  await store.createContainer('kept')
  await store.upload('kept', 'ü/ a.txt', 'still there', { contentType: 'text/x-kept', metadata: { a: 'b' } })
  const again = storage('local', { directory })
  const file = await again.download('kept', 'ü/ a.txt')
  const [listed] = await again.listContainers()
  const same = (await file.text()) === 'still there' && file.contentType === 'text/x-kept' && file.metadata.a === 'b' && listed.name === 'kept' && Date.parse(listed.createdAt) > Date.now() - 60_000
  tell({ name: 'what is stored is there for another account', ok: same, error: JSON.stringify([listed, file]) })
}

start().catch((error) => tell({ name: 'the suite', ok: false, error: String(error?.stack) })).finally(() => (window.over = true))
