// Holds the built package to the recorded calls of Libcloud's own tests: the same answers from the same responses.
//
//   node tests/conformance/run.mjs                      every call; fails on a difference that differences.mjs does not name
//   node tests/conformance/run.mjs ec2 list_nodes       only these
//   node tests/conformance/run.mjs --requests --extra   also how requests differ, and what only one side's answers say
//   node tests/conformance/run.mjs --page               writes the page, README.md, which must be as the run says

import { compare, kindOf } from './compare.mjs'
import * as computeCalls from './compute.mjs'
import * as corpora from './corpus.mjs'
import { DIFFERENCES } from './differences.mjs'
import * as dnsCalls from './dns.mjs'
import { keep, page } from './page.mjs'
import { Replay } from './replay.mjs'
import * as storageCalls from './storage.mjs'

const { compute, dns, providers, storage } = await import('skyfetch').catch((error) => {
  throw new Error(`the package is not built (${error.message}). Next: npm run build`)
})
const SERVICES = [
  { name: 'compute', title: 'Compute', make: compute, ...computeCalls },
  { name: 'storage', title: 'Storage', make: storage, ...storageCalls },
  { name: 'dns', title: 'DNS', make: dns, ...dnsCalls },
]
const flags = new Set(process.argv.slice(2).filter((arg) => arg.startsWith('--')))
const [onlyProvider, onlyMethod] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))

/** Counts by provider and method. */
const table = new Map()
const row = (provider, method) => {
  const key = `${provider} ${method}`
  if (!table.has(key)) table.set(key, { same: 0, deliberate: 0, missing: 0, different: 0, unplayable: 0 })
  return table.get(key)
}
const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1)
const [requests, more, less, beside] = [new Map(), new Map(), new Map(), new Map()]
/** Differences that no entry of the table covers, and those that one does, by provider, method and field. */
const [open, covered] = [new Map(), new Map()]
/** How many fields of models were held against each other. */
let fields = 0

/** A recorded call's arguments by name. */
function bind(names, { args, kwargs }) {
  const positional = args.map((value, i) => [names[i] ?? `argument ${i}`, value])
  return { ...Object.fromEntries(positional), ...kwargs }
}

/** Makes a recorded call here, and gives its answer or error with all that was asked. */
async function play(corpus, service, cloud, { init, event, test, pools }) {
  const [names, call] = service.METHODS[event.method]
  const replay = new Replay(corpus, cloud, event, test, pools)
  const clock = Date.now
  // Signatures and tokens are of the recorded time.
  Date.now = () => Date.parse(test.clock)
  try {
    const account = service.make(cloud.provider, { ...cloud.config({ init, event, test }), fetch: replay.fetch })
    const args = bind(cloud.names?.[event.method] ?? names, event)
    const answer = await call(account.task({ retries: 0 }), cloud.args?.(args) ?? args, event)
    // What Libcloud sorts we give as it comes.
    const byName = (a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))
    return { replay, answer: cloud.sorted?.includes(event.method) ? [...answer].sort(byName) : answer }
  } catch (error) {
    return { replay, error }
  } finally {
    Date.now = clock
  }
}

/** How a call that was played differs from the recorded one. */
function differences(corpus, service, event, { replay, answer, error }) {
  if (replay.unknown.length) return replay.unknown.map((ours) => ({ field: `asks ${ours}`, recorded: 'not asked', ours }))
  if (event.raised) {
    const recorded = kindOf(event.raised)
    if (error?.kind === recorded) return []
    return [{ field: 'error', recorded: `${recorded} (${event.raised.type})`, ours: error ? said(error) : 'an answer' }]
  }
  if (error) return [{ field: 'error', recorded: 'an answer', ours: said(error) }]
  if (event.exchanges.length && !replay.pairs.length) return [{ field: 'asks', recorded: 'something', ours: 'nothing' }]
  const expected = service.METHODS[event.method][2]?.(event, corpus) ?? event.result
  const side = (map) => (field) => count(map, `${event.method} ${field}`)
  return compare(expected, answer, { held: () => fields++, more: side(more), less: side(less) })
}

const said = (error) => `${error.kind ?? error.name}: ${error.message}`

/** The entry of the table that covers a difference. */
function deliberate(provider, event, { field, recorded, ours }) {
  const is = (wanted, value) => wanted === undefined || [wanted].flat().includes(value)
  const driver = event.cls.split('.').pop()
  return DIFFERENCES.find(
    (entry) =>
      is(entry.provider, provider) &&
      is(entry.method, event.method) &&
      is(entry.class, driver) &&
      is(entry.field, field) &&
      (entry.when?.({ event, recorded, ours }) ?? true),
  )
}

async function hold(corpus, service, cloud, situation) {
  const { event, test } = situation
  const counts = row(cloud.provider, event.method)
  // A test that replaces Libcloud's insides, or answers without a request, leaves nothing to answer with.
  const silent = event.exchanges.length === 0 && !event.raised && !cloud.offline?.includes(event.method)
  if (event.patched || silent) return counts.unplayable++
  const played = await play(corpus, service, cloud, situation)
  for (const how of played.replay.differences()) count(requests, `${cloud.provider} ${event.method}: ${how}`)
  const found = differences(corpus, service, event, played)
  let uncovered = 0
  for (const difference of found) {
    const entry = deliberate(cloud.provider, event, difference)
    const list = entry ? covered : open
    const key = entry ?? `${cloud.provider} ${event.method} ${difference.field}`
    if (!list.has(key)) list.set(key, { times: 0, where: `${test.file} ${test.name}`, ...difference })
    list.get(key).times++
    if (!entry) uncovered++
  }
  if (uncovered) counts[played.error?.kind === 'unsupported' ? 'missing' : 'different']++
  else counts[found.length ? 'deliberate' : 'same']++
}

const corpus = corpora.open()
for (const service of SERVICES) {
  for (const cloud of service.CLOUDS) {
    if (onlyProvider && cloud.provider !== onlyProvider) continue
    const tests = [...corpus.tests(cloud.tests)]
    // What a class was answered in all of its tests.
    const everything = new Map()
    for (const { cls, exchanges } of tests.flatMap((test) => test.events)) {
      if (exchanges) everything.set(cls, [...(everything.get(cls) ?? []), ...exchanges])
    }
    for (const test of tests) {
      const drivers = new Map()
      const pool = [...test.events.flatMap((event) => event.exchanges ?? []), ...test.orphans]
      for (const event of test.events) {
        if (event.kind === 'init') drivers.set(event.driver, event)
        if (event.kind !== 'call') continue
        if (!cloud.classes.test(event.cls) || !service.METHODS[event.method]) {
          count(beside, cloud.provider)
          continue
        }
        if (onlyMethod && event.method !== onlyMethod) continue
        const init = drivers.get(event.driver)
        await hold(corpus, service, cloud, { init, event, test, pools: [pool, everything.get(event.cls)] })
      }
    }
  }
}
report()

function report() {
  const columns = ['same', 'deliberate', 'missing', 'different', 'unplayable']
  const line = (name, counts) => console.log(name.padEnd(44) + columns.map((c) => String(counts[c] || '·').padStart(11)).join(''))
  console.log(' '.repeat(44) + columns.map((c) => c.padStart(11)).join(''))
  const total = Object.fromEntries(columns.map((c) => [c, 0]))
  for (const [name, counts] of [...table].sort()) {
    line(name, counts)
    for (const c of columns) total[c] += counts[c]
  }
  line('all', total)
  console.log(`\n${fields} fields of answers compared, besides answers without fields, and errors.`)
  console.log('unplayable: the test replaced Libcloud\'s own request code, so no response was recorded.')
  console.log(`beside the base API, not held here: ${[...beside].map(([name, n]) => `${n} calls of ${name}`).join(', ')}`)

  const list = (title, map, wanted) => {
    if (!wanted || map.size === 0) return
    console.log(`\n${title}:`)
    for (const [key, n] of [...map].sort()) console.log(`  ${key} ×${n}`)
  }
  console.log(`requests differ in ${requests.size} ways: --requests lists them.`)
  list('requests that differ', requests, flags.has('--requests'))
  list('only our answers say', more, flags.has('--extra'))
  list('only Libcloud\'s answers say', less, flags.has('--extra'))

  if (covered.size) console.log('\ndeliberate:')
  for (const [{ provider, method, field, reason }, { times }] of covered) {
    console.log(`  ${[provider].flat().join(', ')} ${[method].flat().join(', ')}: ${field} ×${times}\n    ${reason}`)
  }
  const stale = onlyProvider ? [] : DIFFERENCES.filter((entry) => !covered.has(entry))
  if (stale.length) console.log('\nentries of differences.mjs that cover nothing any more:')
  for (const { provider, method, field } of stale) console.log(`  ${provider} ${method}: ${field}`)
  if (open.size) console.log('\ndifferences that are not deliberate:')
  for (const [key, { times, where, recorded, ours }] of [...open].sort()) {
    console.log(`  ${key} ×${times}\n    Libcloud: ${show(recorded)}\n    ours:     ${show(ours)}\n    first in ${where}`)
  }
  if (stale.length || open.size) process.exitCode = 1
  if (!onlyProvider && !keep(page(SERVICES, providers(), table, covered), flags.has('--page'))) {
    console.log('\ntests/conformance/README.md is not what this run says. Next: npm run conformance -- --page')
    process.exitCode = 1
  }
}

function show(value) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  return text.length > 200 ? `${text.slice(0, 197)}...` : text
}
