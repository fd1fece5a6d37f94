// Many calls at once, and many answers at once, leave the event loop its turns: counted, not timed.

import assert from 'node:assert/strict'
import test from 'node:test'
import { compute } from 'skyfetch'

const COUNT = 4_000
/** A turn ends after some milliseconds: in this many turns at least is so much done, however quick the machine. */
const LEAST = 8
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', region: 'eu-west-1' }
const node = '<r><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><name>running</name></instanceState></item></instancesSet></item></reservationSet></r>'
const answer = () => new Response(node, { headers: { 'content-type': 'text/xml' } })

/** Counts what happens, turn by turn, until it is stopped. */
function turns() {
  const counts = [0]
  let on = true
  const next = () => {
    counts.push(0)
    if (on) setImmediate(next)
  }
  setImmediate(next)
  return {
    hear: () => counts[counts.length - 1]++,
    stop() {
      on = false
      return counts.filter((count) => count > 0)
    },
  }
}

for (const [name, all] of [
  ['calls', (cloud) => Promise.all(Array.from({ length: COUNT }, () => cloud.getNode('i-1')))],
  ['jobs of a fan-out', async (cloud) => (await cloud.each(Array(COUNT).fill('i-1'), (driver, id) => driver.getNode(id), { concurrency: COUNT })).map((r) => r.value)],
]) {
  test(`${name} at once start in many turns, all of them`, async () => {
    let started
    const cloud = compute('ec2', { ...keys, fetch: async () => (started.hear(), answer()) })
    started = turns()
    const nodes = await all(cloud)
    const counts = started.stop()
    assert.equal(counts.reduce((sum, count) => sum + count), COUNT)
    assert.ok(counts.length >= LEAST, `${COUNT} started in ${counts.length} turns`)
    assert.ok(nodes.every((one) => one.id === 'i-1'))
  })
}

test('answers that come at once are read in many turns, all of them', async () => {
  let [asked, open] = [0]
  const gate = new Promise((resolve) => (open = resolve))
  const cloud = compute('ec2', { ...keys, fetch: async () => (asked++, gate.then(answer)) })
  const calls = Array.from({ length: COUNT }, () => cloud.getNode('i-1'))
  while (asked < COUNT) await new Promise(setImmediate)
  const read = turns()
  for (const call of calls) call.then(read.hear)
  open()
  await Promise.all(calls)
  const counts = read.stop()
  assert.equal(counts.reduce((sum, count) => sum + count), COUNT)
  assert.ok(counts.length >= LEAST, `${COUNT} were read in ${counts.length} turns`)
})

test('turns come while the timers of a test stand still', async (t) => {
  t.mock.timers.enable({ apis: ['setImmediate', 'setInterval', 'setTimeout'] })
  const cloud = compute('ec2', { ...keys, fetch: async () => answer() })
  const nodes = await Promise.all(Array.from({ length: COUNT }, () => cloud.getNode('i-1')))
  assert.ok(nodes.every((one) => one.id === 'i-1'))
})
