// Prism, which answers as an API document's examples say, after holding each request against the document with its own checks.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmBin } from '../setup.mjs'
import { documentText } from '../specs/documents.mjs'
import { demand, launch, orUndo, removeFolder, stateFolder, untilAnswers, wantPort } from './lib.mjs'

const PRISM = ['@stoplight/prism-cli', '5.16.0', 'prism']
export const tools = [PRISM]
export const documents = true

/**
 * Starts Prism on a cloud's document. What is wrong with a request it tells by status 422, and in the header `sl-violations` where
 * the document has an answer for that.
 */
export async function start({ port, cloud } = {}) {
  const program = demand(npmBin(...PRISM), 'prism')
  const text = documentText(cloud)
  port = await wantPort(port)
  const folder = stateFolder('prism')
  const document = join(folder, `${cloud}.json`)
  writeFileSync(document, text)
  const endpoint = `http://127.0.0.1:${port}`
  const child = launch('prism', process.execPath, [program, 'mock', '--host', '127.0.0.1', '--port', String(port), document], { log: join(folder, 'log'), cwd: folder })
  const stop = async () => {
    await child.stop(0)
    removeFolder(folder)
  }
  return orUndo(async () => {
    await untilAnswers(endpoint, child)
    return { endpoint, pids: [child.pid], stop }
  }, stop)
}
