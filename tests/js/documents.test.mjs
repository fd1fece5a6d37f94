// The package's calls against Prism, which holds each request against the cloud's own API document by checks of its own, and
// answers as the document's examples say: what we send it takes, what it answers we read. The calls are the recorded cases'.

import { describe, test } from 'node:test'
import { account, cases } from '../specs/cases.mjs'
import { assert, compute, fails, serve } from './lib.mjs'

/**
 * `base`: what addresses of servers end with, and the paths of the document go without. `words`: what the cases call a thing,
 * and what the document's examples do. `prefer`: which example of several. `fails`: cases that the examples let fail, as what,
 * and why; `refused` is what Prism itself refuses.
 */
const CLOUDS = {
  digitalocean: {
    base: '',
    words: { 'My key': 'Other Public Key' },
    prefer: { 'POST /v2/droplets': 'example=Single Droplet Create Response' },
    fails: {
      create_image: ['deadline', "the example's action never completes"],
      detach_volume: ['not-found', "the example's volume is at no droplet"],
    },
  },
  hetzner: { base: '/v1', words: { 'my key': 'my-resource' }, prefer: {}, fails: {} },
  linode: {
    base: '/v4',
    words: { 'My key': 'My SSH Key' },
    prefer: {},
    fails: { rebuild_node: ['refused', 'the document wants a password, in whose place the keys of users will do since 2026'] },
  },
}

for (const [cloud, { base, words, prefer, fails: failing }] of Object.entries(CLOUDS)) {
  describe(cloud, () => {
    const prism = serve('prism', { cloud })
    const whole = cases(cloud).filter(({ result }) => result !== undefined)

    test('the cases that fail are there', () => {
      for (const name of Object.keys(failing)) assert.ok(whole.some((one) => one.name === name), name)
    })

    for (const { name, call } of whole) {
      test(name, async () => {
        const refused = []
        let requests = 0
        const through = async (url, init) => {
          const { pathname, search } = new URL(url)
          const headers = new Headers(init.headers)
          const wanted = prefer[`${init.method} ${pathname}`]
          if (wanted) headers.set('prefer', wanted)
          const answer = await fetch(prism.endpoint + pathname.slice(base.length) + search, { ...init, headers })
          requests++
          // It tells of its own answers, too: some examples are not what their document says.
          const told = JSON.parse(answer.headers.get('sl-violations') ?? '[]').filter(({ location }) => location[0] === 'request')
          refused.push(...told.map(({ location, message }) => `${init.method} ${pathname}: ${location.slice(1).join(' ')}: ${message}`))
          if (answer.status >= 400 && told.length === 0) refused.push(`${init.method} ${pathname}: ${answer.status}`)
          return answer
        }
        const driver = compute(cloud, { ...account(cloud).fields, fetch: through })
        const args = named(call.args, words)
        // Where the first argument may be left out, options are not it.
        const asked = () => (call.method === 'listVolumeSnapshots' && args.length === 0 ? driver.listVolumeSnapshots() : driver[call.method](...args, { timeout: 4000 }))
        const [kind] = failing[name] ?? []
        if (kind === 'refused') {
          await asked().catch(() => {})
          assert.notDeepEqual(refused, [], 'the document lets it pass')
          return
        }
        const result = kind ? await fails(asked, kind) : await asked()
        if (call.method.startsWith('list') && call.args.length === 0) assert.ok(result.length > 0, 'the example has some')
        if (call.method.endsWith('Node')) assert.notEqual(result?.state, 'unknown')
        assert.ok(requests > 0)
        assert.deepEqual(refused, [])
      })
    }
  })
}

/** The same with other words, wherever a whole text is one. */
function named(value, words) {
  if (typeof value === 'string') return words[value] ?? value
  if (Array.isArray(value)) return value.map((one) => named(one, words))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === 'tags' ? one : named(one, words)]))
}
