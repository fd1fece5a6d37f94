// OpenStack end to end, on Keystone, Nova, Glance, Neutron and Cinder themselves.

import { before, describe, test } from 'node:test'
import { assert, byId, compute, counter, fails, keepsSecret, names, range, serve, until } from './lib.mjs'

const stack = serve('openstack')
const config = (more = {}) => ({ authUrl: stack.authUrl, username: stack.username, password: stack.password, project: stack.project, region: stack.region, ...more })
const wait = { interval: 100, timeout: 90_000 }

describe('openstack', () => {
  let cloud, image, network, spec
  before(async () => {
    cloud = compute('openstack', config())
    image = (await cloud.listImages()).find((i) => i.name === 'cirros')
    network = (await cloud.listNetworks()).find((n) => n.name === 'private')
    spec = { name: 'web', image, size: '1', networks: [network] }
  })

  const volumeIs = (volume, state) => until(`volume ${state}`, async () => (await cloud.getVolume(volume)).state === state)

  test('sizes, locations', async () => {
    const sizes = await cloud.listSizes()
    assert.deepEqual(names(sizes), ['m1.medium', 'm1.small', 'm1.tiny'])
    const tiny = byId(sizes, '1')
    assert.deepEqual({ ram: tiny.ram, disk: tiny.disk, vcpus: tiny.vcpus, price: tiny.price }, { ram: 512, disk: 1, vcpus: 1, price: null })
    assert.deepEqual((await cloud.listLocations()).map((l) => l.name), ['nova'])
  })

  test('images: listed, filtered, found', async () => {
    assert.deepEqual(names(await cloud.listImages({ owner: 'public' })), ['cirros'])
    assert.deepEqual(await cloud.listImages({ owner: 'private' }), [])
    assert.equal((await cloud.getImage(image)).name, 'cirros')
    await fails(cloud.getImage('00000000-0000-4000-8000-000000000000'), 'not-found', { provider: 'openstack', operation: 'getImage', status: 404 })
    await fails(cloud.deleteImage(image), 'denied', { status: 403 })
  })

  test('key pairs', async () => {
    // Nova of this microversion makes RSA pairs; names may have what URLs may not.
    const made = await cloud.createKeyPair('made here')
    assert.match(made.privateKey, /PRIVATE KEY/)
    assert.match(made.publicKey, /^ssh-rsa /)
    const given = await cloud.importKeyPair('brought', made.publicKey)
    assert.equal(given.fingerprint, made.fingerprint)
    assert.equal(given.privateKey, null)
    assert.deepEqual(names(await cloud.listKeyPairs()), ['brought', 'made here'])
    assert.equal((await cloud.getKeyPair('made here')).publicKey, made.publicKey)
    await fails(cloud.importKeyPair('brought', made.publicKey), 'conflict', { status: 409 })
    await cloud.deleteKeyPair(made)
    await cloud.deleteKeyPair('brought')
    assert.deepEqual(await cloud.listKeyPairs(), [])
    await fails(cloud.getKeyPair('brought'), 'not-found')
  })

  test('networks', async () => {
    const made = await cloud.createNetwork('inside ü', '10.77.0.0/24')
    assert.deepEqual({ name: made.name, cidr: made.cidr }, { name: 'inside ü', cidr: '10.77.0.0/24' })
    assert.equal(byId(await cloud.listNetworks(), made.id).name, 'inside ü')
    const six = await cloud.createNetwork('six', '2001:db8:7::/64')
    await fails(cloud.createNetwork('bad', '10.0.0.0'), 'invalid', { status: undefined })
    await fails(cloud.createNetwork('bad', 'not a range'), 'invalid', { status: undefined })
    for (const network of [made, six]) await cloud.deleteNetwork(network)
    assert.equal(byId(await cloud.listNetworks(), made.id), undefined)
    await fails(cloud.deleteNetwork(made), 'not-found')
  })

  test('security groups and their rules', async () => {
    const group = await cloud.createSecurityGroup('web', { description: 'what the web may reach' })
    assert.equal(group.description, 'what the web may reach')
    await cloud.addSecurityGroupRule(group, { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' })
    await cloud.addSecurityGroupRule(group.id, { egress: true, protocol: 'udp', fromPort: 53, toPort: 53, cidr: '2001:db8::/32' })
    const { extra } = byId(await cloud.listSecurityGroups(), group.id)
    const rules = JSON.stringify(extra)
    assert.match(rules, /443/)
    assert.match(rules, /2001:db8::\/32/)
    await fails(cloud.addSecurityGroupRule(group, { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' }), 'conflict', { status: 409, code: 'SecurityGroupRuleExists' })
    await fails(cloud.addSecurityGroupRule(group, { protocol: 'tcp', fromPort: 70_000 }), 'invalid', { status: undefined })
    await cloud.deleteSecurityGroup(group)
    assert.equal(byId(await cloud.listSecurityGroups(), group.id), undefined)
  })

  test('a node: made with everything, and through its life', async () => {
    const group = await cloud.createSecurityGroup('for one node')
    const key = await cloud.createKeyPair('for-one-node')
    const node = await cloud.createNode({
      name: 'web/1 ü+ %', image, size: { id: '1' }, networks: [network.id], keyPair: key, securityGroups: [group.name], location: 'nova',
      userData: '#!/bin/sh\necho "grüß dich"\n', tags: { role: 'front', 'with space': 'a&b=c ü' }, password: 'correct horse',
    })
    assert.equal(node.name, 'web/1 ü+ %')
    assert.equal(node.extra.password, 'correct horse')
    const running = await cloud.waitUntil(node, 'running', wait)
    assert.equal(running.size, '1')
    assert.equal(running.image, image.id)
    assert.match(running.privateIps[0], /^10\.20\.0\./)
    assert.ok(!Number.isNaN(Date.parse(running.createdAt)))
    assert.equal(running.extra.key_name, 'for-one-node')
    assert.deepEqual(await cloud.listTags(node), { role: 'front', 'with space': 'a&b=c ü' })
    await cloud.setTags(node, { role: 'back', more: '1' })
    await cloud.deleteTags(node, ['with space', 'more'])
    assert.deepEqual(await cloud.listTags(node), { role: 'back' })
    await fails(cloud.deleteTags(node, ['never was']), 'not-found')

    await cloud.stopNode(node)
    assert.equal((await cloud.waitUntil(node, 'stopped', wait)).state, 'stopped')
    await fails(cloud.stopNode(node), 'conflict', { status: 409 })
    await cloud.startNode(node)
    await cloud.waitUntil(node, 'running', wait)
    await cloud.rebootNode(node)
    await cloud.waitUntil(node, 'running', wait)

    const picture = await cloud.createImage(node, 'golden ü', { description: 'as of today' })
    // The fake hypervisor has no disk to send, so the image stays empty.
    assert.equal((await cloud.getImage(picture)).name, 'golden ü')
    const { body } = await cloud.request('GET', `/images/${picture.id}`, { service: 'image' })
    assert.equal(JSON.parse(body).description, 'as of today')
    assert.ok(names(await cloud.listImages({ owner: 'private' })).includes('golden ü'))
    await cloud.deleteImage(picture)
    assert.equal(byId(await cloud.listImages(), picture.id), undefined)

    await cloud.destroyNode(node)
    assert.equal((await cloud.waitUntil(node, 'terminated', wait)).state, 'terminated')
    // Nova shows a deleted server for a moment yet.
    await until('the node to be gone', () => cloud.getNode(node).then(() => false, (e) => e.kind === 'not-found' || Promise.reject(e)))
    await fails(cloud.getNode(node), 'not-found', { provider: 'openstack', operation: 'getNode', status: 404 })
    const id = (await fails(cloud.rebootNode(node), 'not-found')).requestId
    assert.match(id, /^req-/)
    await until('the group to be free', () => cloud.deleteSecurityGroup(group).then(() => true, (e) => e.kind !== 'conflict' && Promise.reject(e)))
    await cloud.deleteKeyPair(key)
  })

  test('volumes: made, attached, snapshot, detached, destroyed', async () => {
    const node = await cloud.createNode({ ...spec, name: 'with volumes' })
    await cloud.waitUntil(node, 'running', wait)
    const volume = await cloud.createVolume({ name: 'data ü', size: 1 })
    assert.deepEqual({ name: volume.name, size: volume.size }, { name: 'data ü', size: 1 })
    await volumeIs(volume, 'available')
    await fails(cloud.detachVolume(volume), 'conflict', { operation: 'detachVolume' })
    await cloud.attachVolume(node, volume)
    await volumeIs(volume, 'inuse')
    assert.ok(JSON.stringify(byId(await cloud.listVolumes(), volume.id).extra).includes(node.id), 'the volume says where it is')
    const snapshot = await cloud.createVolumeSnapshot(volume, { name: 'while in use' })
    assert.equal(snapshot.volume, volume.id)
    await until('the snapshot', async () => (await cloud.listVolumeSnapshots(volume)).some((s) => s.id === snapshot.id && s.state === 'available'))
    await cloud.detachVolume(volume)
    await volumeIs(volume, 'available')

    const copy = await cloud.createVolume({ name: 'from the snapshot', snapshot, size: 1 })
    await volumeIs(copy, 'available')
    assert.deepEqual(await cloud.listVolumeSnapshots(copy), [])
    assert.ok((await cloud.listVolumeSnapshots()).some((s) => s.id === snapshot.id))
    await cloud.destroyVolume(copy)
    await cloud.destroyVolumeSnapshot(snapshot)
    await until('the snapshot to be gone', async () => (await cloud.listVolumeSnapshots(volume)).length === 0)
    await cloud.destroyVolume(volume)
    await until('both volumes to be gone', async () => (await cloud.listVolumes()).length === 0)
    await fails(cloud.getVolume(volume), 'not-found', { status: 404 })
    await cloud.destroyNode(node)
    await cloud.waitUntil(node, 'terminated', wait)
  })

  test('many nodes: created together, listed page after page, given as they come', async () => {
    const results = await cloud.createNodes(range(5).map((i) => ({ ...spec, name: `n-${i}` })), { concurrency: 5 })
    for (const result of results) if (result.status === 'rejected') throw result.reason
    assert.deepEqual(results.map((r) => r.value.name), range(5).map((i) => `n-${i}`))
    await Promise.all(results.map((r) => cloud.waitUntil(r.value, 'running', wait)))
    const own = (list) => list.filter((name) => name.startsWith('n-')).sort()
    const all = range(5).map((i) => `n-${i}`)
    assert.deepEqual(own(names(await cloud.listNodes())), all)
    // Nova's own pages are of 1,000: asked for two at a time by a plain request, its links still lead through all.
    const seen = []
    for (let path = '/servers?limit=2'; path; ) {
      const { servers, servers_links } = JSON.parse((await cloud.request('GET', path, { service: 'compute' })).body)
      seen.push(...servers.map((s) => s.name))
      const next = servers_links?.find((l) => l.rel === 'next')?.href
      path = next && `/servers${new URL(next).search}`
    }
    assert.deepEqual(own(seen), all)
    const given = []
    for await (const node of cloud.nodes()) given.push(node.name)
    assert.deepEqual(own(given), all)
    await cloud.each(results, (driver, result) => driver.destroyNode(result.value), { concurrency: 5 })
    await Promise.all(results.map((r) => cloud.waitUntil(r.value, 'terminated', wait)))
  })

  test('a hundred joined calls log in once', async () => {
    const fresh = compute('openstack', config())
    const events = counter()
    const answers = await Promise.all(range(100).map((i) => (i % 2 ? fresh.listSizes({ onEvent: events.listener }) : fresh.listLocations({ onEvent: events.listener }))))
    assert.equal(events.of('logIn'), 1)
    assert.equal(events.of('listSizes'), 50)
    assert.equal(events.of('listLocations'), 50)
    answers.forEach((answer, i) => assert.equal(answer.length, i % 2 ? 3 : 1))
  })

  test('a token that the services refuse is renewed, once for all', async () => {
    let spoilt
    const fresh = compute('openstack', config({
      fetch: (url, init) => {
        const token = init.headers.get('x-auth-token')
        spoilt ??= token
        if (token !== null && token === spoilt) init.headers.set('x-auth-token', 'gAAAAABforgotten')
        return fetch(url, init)
      },
    }))
    const events = counter()
    const answers = await Promise.all(range(20).map(() => fresh.listSizes({ onEvent: events.listener })))
    assert.ok(answers.every((a) => a.length === 3))
    assert.ok(events.seen.some((e) => e.status === 401), 'the services refused')
    assert.equal(events.of('logIn'), 2)
  })

  test('a wrong password: unauthorized, asked once however many want in, and nothing is shown', async () => {
    const password = 'aWrongPassword+/with=signs'
    const wrong = compute('openstack', config({ password }))
    const events = counter()
    const errors = await Promise.all(range(20).map(() => fails(wrong.listNodes({ onEvent: events.listener }), 'unauthorized', { provider: 'openstack', status: 401, message: /credentials/ })))
    assert.equal(events.of('logIn'), 1, 'many tries would lock the account out')
    assert.equal(events.of('listNodes'), 0)
    keepsSecret(password, ...errors, wrong, wrong.task(), wrong.runner)
    keepsSecret(stack.password, cloud, cloud.task(), cloud.runner)
  })

  test('a wrong project, region, address', async () => {
    await fails(compute('openstack', config({ project: 'nobody' })).listNodes(), 'unauthorized')
    const region = await fails(compute('openstack', config({ region: 'Elsewhere' })).listNodes(), 'invalid')
    assert.match(region.message, /region/i)
    await fails(compute('openstack', config({ authUrl: 'http://127.0.0.1:9/v3' })).listNodes({ retries: 0 }), 'transport')
    const plain = compute('openstack', config({ authUrl: stack.authUrl.replace(/\/v3$/, '') }))
    assert.equal((await plain.listSizes()).length, 3, 'authUrl may lack its /v3')
  })

  test('an administrator may do what a member may not', async () => {
    const { username, password, project } = stack.admin
    const admin = compute('openstack', config({ username, password, project }))
    const answer = JSON.parse((await admin.request('GET', '/os-hypervisors', { service: 'compute' })).body)
    assert.equal(answer.hypervisors.length, 1)
    await fails(cloud.request('GET', '/os-hypervisors', { service: 'compute' }), 'denied', { status: 403, operation: 'request' })
  })
})
