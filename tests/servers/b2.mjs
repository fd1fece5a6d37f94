// Backblaze's own simulator of B2, from their SDK on PyPI, over HTTP: b2_server.py beside this file says what is whose.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { venvBin } from '../setup.mjs'
import { demand, launch, orUndo, removeFolder, stateFolder, untilAnswers, wantPort } from './lib.mjs'

export const venvs = ['sdks']

/** Starts it with one account, whose master key it gives; `busy`, `expire` and `state` are its controls for tests. */
export async function start({ port } = {}) {
  const python = demand(venvBin('sdks', 'python'), 'b2')
  port = await wantPort(port)
  const folder = stateFolder('b2')
  const endpoint = `http://127.0.0.1:${port}`
  const child = launch('b2', python, [SERVER, String(port)], { log: join(folder, 'log'), cwd: folder, env: { PYTHONDONTWRITEBYTECODE: '1' } })
  const stop = async () => {
    await child.stop(0)
    removeFolder(folder)
  }
  const control = async (what, body) => {
    const answer = await fetch(`${endpoint}/sim/${what}`, { method: 'POST', body: JSON.stringify(body ?? {}) })
    if (!answer.ok) throw new Error(`the simulator refused ${what}: ${await answer.text()}`)
    return answer.json()
  }
  return orUndo(async () => {
    await untilAnswers(`${endpoint}/sim/state`, child)
    return {
      endpoint,
      applicationKeyId: 'account-0',
      applicationKey: 'masterKey-0',
      /** So many uploads are answered with 503. */
      busy: (count) => control('busy', { count }),
      /** Every token expires. */
      expire: () => control('expire'),
      /** How many files there are, and how many of them are not complete. */
      state: () => control('state'),
      pids: [child.pid],
      stop,
    }
  }, stop)
}

const SERVER = fileURLToPath(new URL('b2_server.py', import.meta.url))
