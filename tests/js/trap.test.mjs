// A wasm instance that trapped is dead. No input is known to make one trap, so here a trap is put in: what was on its way
// fails at once, the next call finds a new instance, and nothing else is heard of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'

// (module (func (export "t") unreachable))
const trapping = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11])))

/** The next call of an export whose name this is a part of traps. */
let trapAt
let instances = 0
const { Instance } = WebAssembly
WebAssembly.Instance = function (module, imports) {
  instances++
  const exports = {}
  for (const [name, value] of Object.entries(new Instance(module, imports).exports)) {
    exports[name] = typeof value !== 'function' ? value : (...args) => {
      if (trapAt && name.includes(trapAt)) {
        trapAt = undefined
        trapping.exports.t()
      }
      return value(...args)
    }
  }
  return { exports }
}

const stray = []
process.on('unhandledRejection', (reason) => stray.push(reason))
process.on('uncaughtException', (reason) => stray.push(reason))

const { compute, providers, storage, SkyfetchError } = await import('../../dist/node.js')

const never = () => new Promise(() => {})
let fetch = never
const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret', region: 'eu-west-1' }
const bucket = storage('s3', { ...keys, fetch: (...args) => fetch(...args) })
const listing = async () => new Response('<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>')
const lost = (error) => {
  assert(error instanceof SkyfetchError)
  assert.equal(error.kind, 'transport')
  assert.match(error.message, /starts again with the next call/)
  return true
}
/** Lets everything that is due happen. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20))

test('a trap while a call starts', async () => {
  fetch = never
  const [before, signal] = [instances, new AbortController()]
  const waiting = [bucket.listObjects('bucket'), bucket.getObject('bucket', 'o', { signal: signal.signal }), bucket.each([1, 2], (driver) => driver.getObject('bucket', 'o'))]
  const pages = bucket.objects('bucket')
  const page = pages.next()
  const task = bucket.task({})
  const inTask = task.getObject('bucket', 'o')
  await settle()
  trapAt = 'account_call'
  await assert.rejects(bucket.listObjects('bucket'), (error) => lost(error) && error.cause instanceof WebAssembly.RuntimeError)
  for (const one of [...waiting, page, inTask]) await assert.rejects(one, lost)

  fetch = listing
  assert.deepEqual((await bucket.listObjects('bucket')).map((o) => o.name), ['a'])
  assert.equal(instances, before + 1)
  await assert.rejects(task.listObjects('bucket'), /make another from the account/)
  // A signal that calls of the dead instance had serves those of the new one.
  fetch = never
  const again = bucket.listObjects('bucket', { signal: signal.signal })
  signal.abort()
  await assert.rejects(again, { kind: 'cancelled' })
})

test('a trap while an answer is read', async () => {
  const before = instances
  let answer
  fetch = () => new Promise((resolve) => (answer = resolve))
  const waiting = [bucket.listObjects('bucket'), bucket.listObjects('bucket')]
  await settle()
  trapAt = 'closure'
  answer(await listing())
  for (const one of waiting) await assert.rejects(one, lost)
  fetch = listing
  assert.equal(providers().length > 1, true)
  assert.equal((await bucket.each([1, 2, 3], (driver) => driver.listObjects('bucket'))).every((r) => r.status === 'fulfilled'), true)
  assert.equal((await compute('sandbox', { bootTime: '0', latency: '0' }).listSizes()).length > 0, true)
  assert.equal(instances, before + 1)
})

test('nothing else is heard of it', async () => {
  globalThis.gc?.()
  await settle()
  assert.deepEqual(stray, [])
})
