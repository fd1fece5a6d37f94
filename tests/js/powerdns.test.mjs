// DNS on PowerDNS itself: what the API took is asked for by DNS.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { debian } from '../setup.mjs'
import { assert, dns, exec, fails, keepsSecret, range, serve } from './lib.mjs'

const server = serve('pdns')
const config = (more = {}) => ({ endpoint: server.endpoint, apiKey: server.apiKey, ...more })

describe('powerdns', () => {
  let cloud, count = 0
  before(async () => {
    cloud = dns('powerdns', config())
    await debian('bind9-utils')
  }, { timeout: 300_000 })

  const dig = async (name, type) => (await server.dig(name, type)).sort()
  /** A zone of a test's own. */
  const fresh = () => cloud.createZone(`zone-${++count}.example`, { nameservers: ['ns1.example.net', 'ns2.example.net'] })
  const found = (records, name, type) => records.filter((r) => r.name === name && r.type === type).map((r) => r.data).sort()

  test('zones: made, listed, found, changed, deleted', async () => {
    const zone = await cloud.createZone('Example.ORG', { nameservers: ['ns1.example.net', 'ns2.example.net'], type: 'master' })
    assert.deepEqual([zone.domain, zone.type], ['example.org', 'master'])
    assert.deepEqual(await dig('example.org', 'NS'), ['ns1.example.net.', 'ns2.example.net.'])
    assert.equal((await dig('example.org', 'SOA')).length, 1)
    assert.ok((await cloud.listZones()).some((z) => z.id === zone.id))
    for (const id of [zone, zone.id, 'example.org', 'example.org.']) assert.equal((await cloud.getZone(id)).domain, 'example.org')
    const seen = []
    for await (const each of cloud.zones()) seen.push(each.domain)
    assert.ok(seen.includes('example.org'))
    const slave = await cloud.createZone('slave.example', { type: 'slave', masters: ['192.0.2.53'] })
    assert.equal(slave.type, 'slave')
    const changed = await cloud.updateZone(slave, { masters: ['192.0.2.54'] })
    assert.match(JSON.stringify(changed.extra), /192\.0\.2\.54/)
    await cloud.deleteZone(slave)
    await fails(cloud.createZone('example.org'), 'conflict', { provider: 'powerdns', operation: 'createZone' })
    await cloud.deleteZone(zone)
    await fails(cloud.getZone(zone), 'not-found', { provider: 'powerdns', operation: 'getZone' })
    await fails(cloud.deleteZone('never-was.example'), 'not-found')
    assert.deepEqual(await dig('example.org', 'NS'), [])
  })

  test('a second record of a name keeps the first; a change or deletion of one keeps its siblings', async () => {
    const zone = await fresh()
    const www = `www.${zone.domain}`
    const one = await cloud.createRecord(zone, { name: 'www', type: 'A', data: '192.0.2.1', ttl: 300 })
    assert.deepEqual([one.name, one.type, one.data, one.ttl], ['www', 'A', '192.0.2.1', 300])
    const two = await cloud.createRecord(zone, { name: 'www', type: 'A', data: '192.0.2.2' })
    await cloud.createRecord(zone, { name: 'www', type: 'AAAA', data: '2001:db8::1' })
    assert.deepEqual(await dig(www, 'A'), ['192.0.2.1', '192.0.2.2'])
    const changed = await cloud.updateRecord(zone, one, { data: '192.0.2.3' })
    assert.equal(changed.data, '192.0.2.3')
    assert.deepEqual(await dig(www, 'A'), ['192.0.2.2', '192.0.2.3'])
    assert.deepEqual(await dig(www, 'AAAA'), ['2001:db8::1'])
    await cloud.deleteRecord(zone, two)
    assert.deepEqual(await dig(www, 'A'), ['192.0.2.3'])
    assert.deepEqual(await dig(www, 'AAAA'), ['2001:db8::1'])
    assert.deepEqual((await cloud.getRecord(zone, changed)).data, '192.0.2.3')
    await fails(cloud.getRecord(zone, one), 'not-found')
    await fails(cloud.deleteRecord(zone, two), 'not-found')
    await fails(cloud.createRecord(zone, { name: 'www', type: 'A', data: '192.0.2.3' }), 'conflict')
    await cloud.deleteRecord(zone, changed)
    assert.deepEqual(await dig(www, 'A'), [])
    assert.deepEqual(await dig(www, 'AAAA'), ['2001:db8::1'])
    const moved = await cloud.updateRecord(zone, (await cloud.listRecords(zone)).find((r) => r.type === 'AAAA'), { name: 'web' })
    assert.equal(moved.name, 'web')
    assert.deepEqual([await dig(www, 'AAAA'), await dig(`web.${zone.domain}`, 'AAAA')], [[], ['2001:db8::1']])
  })

  test('records of every kind, as DNS gives them and as they were given', async () => {
    const zone = await fresh()
    const long = 'k=' + 'a'.repeat(600)
    const cases = [
      [{ name: '', type: 'A', data: '192.0.2.10' }, zone.domain, ['192.0.2.10']],
      [{ name: 'text', type: 'TXT', data: 'v=spf1 include:_spf.example -all; "quoted" \\ back' }, 'text', ['"v=spf1 include:_spf.example -all; \\"quoted\\" \\\\ back"']],
      [{ name: 'unicode', type: 'TXT', data: 'grüß' }, 'unicode', ['"gr\\195\\188\\195\\159"']],
      [{ name: 'long', type: 'TXT', data: long }, 'long', [`"${long.slice(0, 255)}" "${long.slice(255, 510)}" "${long.slice(510)}"`]],
      [{ name: '', type: 'MX', data: 'mail.example.net', priority: 10 }, zone.domain, ['10 mail.example.net.']],
      [{ name: '_https._tcp', type: 'SRV', data: '5 443 www.example.net', priority: 1 }, '_https._tcp', ['1 5 443 www.example.net.']],
      [{ name: 'alias', type: 'CNAME', data: 'www.example.net' }, 'alias', ['www.example.net.']],
      [{ name: '', type: 'CAA', data: '0 issue "ca.example"' }, zone.domain, ['0 issue "ca.example"']],
      [{ name: '*', type: 'A', data: '192.0.2.99' }, 'anything-at-all', ['192.0.2.99']],
      [{ name: '*.deep', type: 'TXT', data: 'wild' }, 'x.y.deep', ['"wild"']],
      [{ name: 'sub', type: 'NS', data: 'ns.elsewhere.example' }, undefined, undefined],
      [{ name: 'ptr', type: 'PTR', data: 'host.example.net' }, 'ptr', ['host.example.net.']],
      [{ name: 'tls._tcp', type: 'TLSA', data: '3 1 1 ' + 'ab'.repeat(32) }, undefined, undefined],
    ]
    for (const [record, name, lines] of cases) {
      const made = await cloud.createRecord(zone, record)
      assert.deepEqual([made.name, made.type, made.data], [record.name, record.type, record.data], JSON.stringify(record))
      if (record.priority !== undefined) assert.equal(made.extra.priority, record.priority)
      if (name !== undefined) assert.deepEqual(await dig(name.endsWith(zone.domain) ? name : `${name}.${zone.domain}`, record.type), lines, JSON.stringify(record))
      const listed = await cloud.listRecords(zone)
      assert.ok(found(listed, record.name, record.type).includes(record.data), `${JSON.stringify(record)} is listed as ${JSON.stringify(found(listed, record.name, record.type))}`)
    }
    // What was listed is good enough to make it again.
    const copy = await fresh()
    for (const r of (await cloud.listRecords(zone)).filter((r) => r.type !== 'SOA' && r.type !== 'NS')) {
      await cloud.createRecord(copy, { name: r.name, type: r.type, data: r.data, ttl: r.ttl, ...(r.extra.priority === undefined || r.extra.priority === null ? {} : { priority: r.extra.priority }) })
    }
    for (const [record, name, lines] of cases.filter(([, name]) => name)) assert.deepEqual(await dig(name === zone.domain ? copy.domain : `${name}.${copy.domain}`, record.type), lines)
  })

  test('a name beyond ASCII is refused, its punycode taken', async () => {
    const zone = await fresh()
    for (const name of ['grüße', '日本']) {
      await fails(cloud.createRecord(zone, { name, type: 'A', data: '192.0.2.7' }), 'invalid')
    }
    const idn = await cloud.createZone('xn--gre-goa3l.example')
    await cloud.createRecord(idn, { name: 'xn--wgv71a', type: 'A', data: '192.0.2.8' })
    assert.deepEqual(await dig('xn--wgv71a.xn--gre-goa3l.example', 'A'), ['192.0.2.8'])
    await fails(cloud.createZone('grüße.example'), 'invalid')
  })

  test('what no zone may have is refused, and nothing changes', async () => {
    const zone = await fresh()
    await cloud.createRecord(zone, { name: 'www', type: 'CNAME', data: 'a.example.net' })
    const before = await cloud.listRecords(zone)
    await fails(cloud.createRecord(zone, { name: 'www', type: 'A', data: '192.0.2.1' }), 'conflict')
    await fails(cloud.createRecord(zone, { name: 'www', type: 'CNAME', data: 'b.example.net' }), 'invalid', { message: /more than one/ })
    for (const record of [
      { name: 'x', type: 'A', data: '192.0.2' }, { name: 'x', type: 'AAAA', data: '192.0.2.1' }, { name: 'x', type: 'MX', data: 'mail.example.net' }, { name: 'x', type: 'SRV', data: 'www', priority: 1 },
      { name: 'x', type: 'NONSENSE', data: 'x' }, { name: 'x.', type: 'A', data: '192.0.2.1' }, { name: 'a..b', type: 'A', data: '192.0.2.1' }, { name: 'x'.repeat(64), type: 'A', data: '192.0.2.1' }, { name: 'a b', type: 'A', data: '192.0.2.1' },
    ]) await fails(cloud.createRecord(zone, record), 'invalid')
    assert.deepEqual(await cloud.listRecords(zone), before)
  })

  test('replaceRecords replaces a set, or deletes it', async () => {
    const zone = await fresh()
    await cloud.createRecord(zone, { name: 'www', type: 'A', data: '192.0.2.1' })
    await cloud.createRecord(zone, { name: 'www', type: 'TXT', data: 'stays' })
    await cloud.replaceRecords(zone, 'www', 'A', range(5).map((i) => ({ data: `192.0.2.${i + 10}`, ttl: 60 })))
    assert.deepEqual(await dig(`www.${zone.domain}`, 'A'), range(5).map((i) => `192.0.2.${i + 10}`))
    assert.ok((await cloud.listRecords(zone)).filter((r) => r.type === 'A').every((r) => r.ttl === 60))
    await cloud.replaceRecords(zone, 'www', 'A', [])
    assert.deepEqual([await dig(`www.${zone.domain}`, 'A'), await dig(`www.${zone.domain}`, 'TXT')], [[], ['"stays"']])
  })

  test('a plan says what would change and changes nothing; applied, the zone is so', async () => {
    const zone = await fresh()
    for (const [name, type, data] of [['www', 'A', '192.0.2.1'], ['www', 'A', '192.0.2.2'], ['old', 'A', '192.0.2.3'], ['same', 'TXT', 'same'], ['turns', 'A', '192.0.2.4']]) await cloud.createRecord(zone, { name, type, data })
    const before = await cloud.listRecords(zone)
    const desired = [
      { name: 'www', type: 'A', data: '192.0.2.2' }, { name: 'www', type: 'A', data: '192.0.2.9' }, { name: 'new', type: 'MX', data: 'mail.example.net', priority: 5 },
      { name: 'same', type: 'TXT', data: 'same' }, { name: 'turns', type: 'CNAME', data: 'www.example.net' },
    ]
    const plan = await cloud.plan(zone, desired)
    assert.deepEqual(plan.changes.map((c) => `${c.action} ${c.name} ${c.type}`).sort(), ['create new MX', 'create turns CNAME', 'delete turns A', 'update www A'])
    assert.deepEqual(await cloud.listRecords(zone), before, 'a plan changes nothing')
    const text = JSON.parse(JSON.stringify(plan))
    await cloud.apply(text)
    assert.deepEqual(await dig(`www.${zone.domain}`, 'A'), ['192.0.2.2', '192.0.2.9'])
    assert.deepEqual(await dig(`new.${zone.domain}`, 'MX'), ['5 mail.example.net.'])
    assert.deepEqual(await dig(`turns.${zone.domain}`, 'CNAME'), ['www.example.net.'])
    assert.deepEqual(await dig(`old.${zone.domain}`, 'A'), ['192.0.2.3'], 'nobody spoke of it')
    assert.deepEqual((await cloud.plan(zone, desired)).changes, [], 'nothing is left to do')
    const pruned = await cloud.plan(zone, desired, { prune: true })
    assert.deepEqual(pruned.changes.map((c) => `${c.action} ${c.name} ${c.type}`), ['delete old A'])
    await cloud.apply(pruned)
    assert.deepEqual(await dig(`old.${zone.domain}`, 'A'), [])
    assert.equal((await dig(zone.domain, 'NS')).length, 2, 'the apex keeps its name servers')
    // What a list gave is a wish list, too.
    assert.deepEqual((await cloud.plan(zone, await cloud.listRecords(zone), { prune: true })).changes, [])
  })

  test('an exported zone is what BIND reads, and what is in the zone', async () => {
    const zone = await fresh()
    const records = [
      ['', 'A', '192.0.2.1'], ['', 'MX', 'mail.example.net', 10], ['www', 'A', '192.0.2.2'], ['www', 'A', '192.0.2.3'], ['txt', 'TXT', 'a "b" \\ ; (c) grüß'], ['long', 'TXT', 'x'.repeat(700)],
      ['_sip._udp', 'SRV', '5 5060 sip.example.net', 1], ['alias', 'CNAME', 'www.example.net'], ['*', 'A', '192.0.2.9'], ['', 'CAA', '0 issue "ca.example"'],
    ]
    for (const [name, type, data, priority] of records) await cloud.createRecord(zone, { name, type, data, ...(priority && { priority }) })
    const file = await cloud.exportZone(zone)
    const folder = await mkdtemp(join(tmpdir(), 'skyfetch-zone-'))
    try {
      const path = join(folder, 'zone')
      await writeFile(path, file)
      const { stdout } = await exec('/usr/bin/named-checkzone', ['-i', 'local', '-k', 'ignore', '-D', '-o', join(folder, 'read'), zone.domain, path])
      assert.match(stdout, /OK/)
      // BIND's own canonical form, read back, against what DNS answers.
      const read = (await readFile(join(folder, 'read'), 'utf8')).split('\n').map((line) => line.match(/^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+(.*)$/)).filter(Boolean)
      for (const [name, type] of records) {
        const full = name ? `${name}.${zone.domain}.` : `${zone.domain}.`
        const lines = read.filter((r) => r[1] === full && r[3] === type).map((r) => r[4]).sort()
        assert.deepEqual(lines, await dig(full, type), `${full} ${type}`)
      }
      assert.equal(read.length, (await cloud.listRecords(zone)).length)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('many records, listed whole; changes of different names, joined', async () => {
    const zone = await fresh()
    const made = await cloud.each(range(100), (driver, i) => driver.createRecord(zone, { name: `n-${i}`, type: 'A', data: `192.0.2.${i}` }), { concurrency: 8 })
    for (const result of made) if (result.status === 'rejected') throw result.reason
    const listed = (await cloud.listRecords(zone)).filter((r) => r.name.startsWith('n-'))
    assert.equal(listed.length, 100)
    const given = []
    for await (const record of cloud.records(zone)) given.push(record.id)
    assert.ok(listed.every((r) => given.includes(r.id)))
    assert.deepEqual(await dig(`n-42.${zone.domain}`, 'A'), ['192.0.2.42'])
  })

  test('a wrong key, a wrong server, nobody there', async () => {
    const key = 'aWrongKey+/with=signs'
    const wrong = dns('powerdns', config({ apiKey: key }))
    const error = await fails(wrong.listZones(), 'unauthorized', { provider: 'powerdns', operation: 'listZones', status: 401 })
    keepsSecret(key, error, wrong, wrong.task())
    keepsSecret(server.apiKey, cloud)
    await fails(dns('powerdns', config({ server: 'elsewhere' })).listZones(), 'not-found')
    await fails(dns('powerdns', config({ endpoint: 'http://127.0.0.1:9' })).listZones({ retries: 0 }), 'transport')
  })
})
