// mimic: Rackspace's own simulator of its cloud (Identity 2.0 with API keys, servers, load balancers, Cloud Files).
// Browsers: it sends no CORS headers at all, so a page reaches it only through a relay.

import { join } from 'node:path'
import { venvBin } from '../setup.mjs'
import { demand, launch, orUndo, removeFolder, stateFolder, untilAnswers, wantPort } from './lib.mjs'

export const venvs = ['mimic']

/** Starts mimic in real time. Any user and key will do, but for the few names it keeps for failures. */
export async function start({ port } = {}) {
  const program = demand(venvBin('mimic', 'twistd'), 'mimic')
  port = await wantPort(port)
  const folder = stateFolder('mimic')
  const endpoint = `http://127.0.0.1:${port}`
  const child = launch('mimic', program, ['-n', '--pidfile=', 'mimic', '--listen', `tcp:${port}:interface=127.0.0.1`, '--realtime'], {
    log: join(folder, 'log'),
    cwd: folder,
    env: { PYTHONWARNINGS: 'ignore' },
  })
  const stop = async () => {
    await child.stop(0)
    removeFolder(folder)
  }
  return orUndo(async () => {
    await untilAnswers(`${endpoint}/`, child)
    return { endpoint, identityEndpoint: `${endpoint}/identity`, username: 'skyfetch', apiKey: '0123456789abcdef0123456789abcdef', region: 'ORD', pids: [child.pid], stop }
  }, stop)
}
