// Many accounts as one: what each has as it comes, and one that is broken hides no other.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SkyfetchError, compute } from '../../dist/node.js'

const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
const page = (ids, token = '') => new Response(`<DescribeInstancesResponse><reservationSet><item><instancesSet>${ids.map((id) => `<item><instanceId>${id}</instanceId><instanceState><name>running</name></instanceState></item>`).join('')}</instancesSet></item></reservationSet>${token && `<nextToken>${token}</nextToken>`}</DescribeInstancesResponse>`)
const after = (ms, value) => new Promise((resolve) => setTimeout(() => resolve(value()), ms))

/** An account whose pages come `ms` apart. */
function paged(ms, pages) {
  let at = 0
  return compute('ec2', { ...keys, region: 'eu-west-1', fetch: () => after(ms, () => page(pages[at], ++at < pages.length ? `t${at}` : '')) })
}
const slow = () => paged(60, [['s-1'], ['s-2']])
const fast = () => paged(5, [['f-1', 'f-2'], ['f-3']])
const broken = () => compute('ec2', { ...keys, region: 'eu-west-1', fetch: async () => new Response('<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error></Errors></Response>', { status: 401 }) })

test('nodes come as they come, with their account', async () => {
  const accounts = { slow: slow(), broken: broken(), fast: fast() }
  const seen = []
  for await (const { account, node, error } of compute.all(Object.values(accounts)).nodes()) {
    const name = Object.keys(accounts).find((n) => accounts[n] === account)
    seen.push(node ? `${name} ${node.id}` : `${name} ${error.kind}`)
    if (error) assert(error instanceof SkyfetchError)
  }
  assert.deepEqual(seen.filter((s) => s.startsWith('slow')), ['slow s-1', 'slow s-2'])
  assert.deepEqual(seen.filter((s) => s.startsWith('fast')), ['fast f-1', 'fast f-2', 'fast f-3'])
  assert(seen.includes('broken unauthorized'))
  assert(seen.indexOf('fast f-3') < seen.indexOf('slow s-2'), seen.join(', '))
})

test('one after another, and all at the end', async () => {
  const all = await compute.all([slow(), broken(), fast()]).listNodes({ concurrency: 1 })
  assert.deepEqual(all.map((one) => one.nodes.map((n) => n.id)), [['s-1', 's-2'], [], ['f-1', 'f-2', 'f-3']])
  assert.deepEqual(all.map((one) => one.error?.kind), [undefined, 'unauthorized', undefined])
})

test('cancelled, and left', async () => {
  const stop = new AbortController()
  const never = compute('ec2', { ...keys, region: 'eu-west-1', fetch: (_, { signal }) => new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason))) })
  setTimeout(() => stop.abort(), 10)
  const [one] = await compute.all([never]).listNodes({ signal: stop.signal })
  assert.equal(one.error.kind, 'cancelled')
  for await (const { node } of compute.all([fast()]).nodes()) {
    assert.equal(node.id, 'f-1')
    break
  }
  let aborted = 0
  const hanging = compute('ec2', { ...keys, region: 'eu-west-1', fetch: (_, { signal }) => new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason, aborted++))) })
  for await (const { node } of compute.all([hanging, fast()]).nodes()) if (node) break
  await after(20, () => {})
  assert.equal(aborted, 1)
  assert.throws(() => compute.all([{}]), { kind: 'invalid' })
  await assert.rejects(compute.all([]).nodes({ concurrency: 0 }).next(), { kind: 'invalid' })
  assert.deepEqual(await compute.all([]).listNodes(), [])
})
