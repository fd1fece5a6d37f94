// moto: the AWS APIs (EC2, S3, Route 53, ELB, IAM, STS and more) on one port.
// Browsers may call it from any page: moto_server.py beside this file sees to that, as real AWS does only for S3 buckets.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { venvBin } from '../setup.mjs'
import { demand, launch, orUndo, removeFolder, stateFolder, untilAnswers, wantPort } from './lib.mjs'

export const venvs = ['aws']

/**
 * Starts moto. With `auth` it verifies every signature (SigV4 in the Authorization header) and every permission, and the
 * keys are those of a real IAM user who may do everything; it then refuses all presigned URLs, which radosgw verifies.
 * Without, any keys will do.
 */
export async function start({ port, auth = false } = {}) {
  const python = demand(venvBin('aws', 'python'), 'moto')
  port = await wantPort(port)
  const folder = stateFolder('moto')
  const endpoint = `http://127.0.0.1:${port}`
  const child = launch('moto', python, [SERVER, '-H', '127.0.0.1', '-p', String(port)], {
    log: join(folder, 'log'),
    cwd: folder,
    env: { MOTO_PORT: String(port), AWS_DEFAULT_REGION: REGION, PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1' },
  })
  const stop = async () => {
    await child.stop(0)
    removeFolder(folder)
  }
  return orUndo(async () => {
    await untilAnswers(`${endpoint}/moto-api/data.json`, child)
    const keys = auth ? await enforce(endpoint) : { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
    return { endpoint, region: REGION, ...keys, pids: [child.pid], stop }
  }, stop)
}

/** Makes a user while nothing is checked yet, then has everything checked. */
async function enforce(endpoint) {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  await iam(endpoint, { Action: 'CreateUser', UserName: 'skyfetch' })
  await iam(endpoint, { Action: 'PutUserPolicy', UserName: 'skyfetch', PolicyName: 'all', PolicyDocument: JSON.stringify(everything) })
  const answer = await iam(endpoint, { Action: 'CreateAccessKey', UserName: 'skyfetch' })
  const field = (name) => answer.match(new RegExp(`<${name}>([^<]+)</${name}>`))[1]
  const reset = await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '0' })
  if (!reset.ok) throw new Error(`moto did not switch signature checks on: it answered ${reset.status}.`)
  return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') }
}

async function iam(endpoint, form) {
  // Not a signature, but moto reads the service's name here.
  const authorization = `AWS4-HMAC-SHA256 Credential=none/20260101/${REGION}/iam/aws4_request, SignedHeaders=host, Signature=none`
  const answer = await fetch(endpoint, { method: 'POST', headers: { authorization }, body: new URLSearchParams({ Version: '2010-05-08', ...form }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`moto refused ${form.Action}: ${answer.status} ${text}`)
  return text
}

const REGION = 'us-east-1'
const SERVER = fileURLToPath(new URL('moto_server.py', import.meta.url))
