// EC2 end to end, on moto with signatures verified: every operation through the JavaScript API.

import { request } from 'node:http'
import { before, describe, test } from 'node:test'
import { SkyfetchError, assert, byId, compute, counter, fails, keepsSecret, names, range, script, serve, until } from './lib.mjs'

const moto = serve('moto', { auth: true })
/** In front of moto, which keeps a client token but makes a second node for it: this holds to EC2's rule. */
const front = script()
const config = (more = {}) => ({ accessKeyId: moto.accessKeyId, secretAccessKey: moto.secretAccessKey, region: moto.region, endpoint: moto.endpoint, ...more })
const wait = { interval: 50, timeout: 30_000 }

describe('ec2', () => {
  let cloud, image, spec
  before(async () => {
    cloud = compute('ec2', config())
    const images = await cloud.listImages({ owner: 'amazon' })
    image = images[0]
    spec = { name: 'web', image, size: 't3.micro' }
  })

  test('sizes', async () => {
    const sizes = await cloud.listSizes()
    assert.ok(sizes.length > 300, `${sizes.length} sizes`)
    assert.equal(new Set(sizes.map((s) => s.id)).size, sizes.length)
    const micro = byId(sizes, 't3.micro')
    assert.deepEqual({ name: micro.name, ram: micro.ram, vcpus: micro.vcpus, price: micro.price }, { name: 't3.micro', ram: 1024, vcpus: 2, price: null })
    assert.ok(micro.extra.architectures.includes('x86_64'))
    assert.ok(Object.isFrozen(sizes) && Object.isFrozen(micro) && Object.isFrozen(micro.extra.architectures))
  })

  test('locations', async () => {
    const locations = await cloud.listLocations()
    const first = byId(locations, 'us-east-1a')
    assert.equal(first.country, 'US')
    assert.equal(first.extra.region_name, 'us-east-1')
  })

  test('images: the owner chooses, one is found by id', async () => {
    assert.deepEqual(await cloud.listImages(), [])
    assert.ok((await cloud.listImages({ owner: 'amazon' })).length > 10)
    assert.ok((await cloud.listImages({ owner: 'all' })).length >= (await cloud.listImages({ owner: 'amazon' })).length)
    assert.equal((await cloud.getImage(image)).name, image.name)
    await fails(cloud.getImage('ami-00000000'), 'not-found', { provider: 'ec2', operation: 'getImage', status: 400 })
  })

  test('key pairs: created, imported, found, deleted', async () => {
    const made = await cloud.createKeyPair('made here')
    assert.match(made.privateKey, /^-----BEGIN RSA PRIVATE KEY-----/)
    assert.equal(made.name, 'made here')
    const { publicKey } = await generate()
    const given = await cloud.importKeyPair('brought', publicKey)
    assert.equal(given.privateKey, null)
    assert.deepEqual(names(await cloud.listKeyPairs()), ['brought', 'made here'])
    const found = await cloud.getKeyPair('brought')
    assert.equal(found.fingerprint, given.fingerprint)
    await fails(cloud.importKeyPair('brought', publicKey), 'conflict', { code: 'InvalidKeyPair.Duplicate', operation: 'importKeyPair' })
    await cloud.deleteKeyPair(made)
    await cloud.deleteKeyPair('brought')
    assert.deepEqual(await cloud.listKeyPairs(), [])
    await fails(cloud.getKeyPair('brought'), 'not-found')
  })

  test('networks are subnets of the default VPC', async () => {
    const before = await cloud.listNetworks()
    const made = await cloud.createNetwork('inside', '172.31.200.0/24')
    assert.deepEqual({ name: made.name, cidr: made.cidr }, { name: 'inside', cidr: '172.31.200.0/24' })
    const listed = byId(await cloud.listNetworks(), made.id)
    assert.equal(listed.name, 'inside')
    const node = await cloud.createNode({ ...spec, networks: [made] })
    assert.equal(node.extra.subnet_id, made.id)
    assert.match(node.privateIps[0], /^172\.31\.200\./)
    await cloud.destroyNode(node)
    await cloud.deleteNetwork(made)
    assert.deepEqual((await cloud.listNetworks()).length, before.length)
    await fails(cloud.deleteNetwork(made), 'not-found')
  })

  test('security groups and their rules', async () => {
    const group = await cloud.createSecurityGroup('web', { description: 'what the web may reach' })
    assert.match(group.id, /^sg-/)
    await cloud.addSecurityGroupRule(group, { protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' })
    await cloud.addSecurityGroupRule(group, { protocol: 'udp', fromPort: 53, cidr: '2001:db8::/32' })
    await cloud.addSecurityGroupRule(group.id, { egress: true, protocol: 'tcp', fromPort: 25, toPort: 25, cidr: '10.0.0.0/8' })
    const { extra, description } = byId(await cloud.listSecurityGroups(), group.id)
    assert.equal(description, 'what the web may reach')
    const seen = extra.rules.map((r) => [r.egress, r.protocol, r.from_port, r.to_port, [...(r.cidr_ips ?? []), ...(r.cidr_ipv6s ?? [])]].flat(2).join(' '))
    assert.ok(seen.some((r) => r.startsWith('false tcp 443 443')), seen.join('\n'))
    assert.ok(seen.some((r) => r.startsWith('false udp 53 53')), seen.join('\n'))
    assert.ok(seen.some((r) => r.startsWith('true tcp 25 25')), seen.join('\n'))
    await fails(cloud.createSecurityGroup('web'), 'conflict', { code: 'InvalidGroup.Duplicate' })
    await cloud.deleteSecurityGroup(group)
    assert.equal(byId(await cloud.listSecurityGroups(), group.id), undefined)
  })

  test('a node: made with everything, and through its life', async () => {
    const group = await cloud.createSecurityGroup('for one node')
    const key = await cloud.createKeyPair('for one node')
    const userData = '#!/bin/sh\necho "grüß dich & 100 % + more"\n'
    const node = await cloud.createNode({
      name: 'web/1 ü+ %', image, size: 't3.micro', keyPair: key, securityGroups: [group], userData,
      location: 'us-east-1b', tags: { role: 'front', empty: '', 'with space': 'a&b=c' }, extra: { InstanceInitiatedShutdownBehavior: 'terminate' },
    })
    assert.equal(node.name, 'web/1 ü+ %')
    assert.equal(node.size, 't3.micro')
    assert.equal(node.image, image.id)
    assert.equal(node.extra.key_name, 'for one node')
    assert.equal(node.extra.availability, 'us-east-1b')
    const running = await cloud.waitUntil(node, 'running', wait)
    assert.equal(running.state, 'running')
    assert.ok(Object.isFrozen(running))
    const got = await cloud.getNode(node.id)
    assert.deepEqual({ id: got.id, name: got.name, state: got.state }, { id: node.id, name: 'web/1 ü+ %', state: 'running' })
    assert.equal(got.extra.groups[0].group_id, group.id)
    assert.ok(!Number.isNaN(Date.parse(got.createdAt)) && got.createdAt.endsWith('Z'))
    assert.match(got.privateIps[0], /^\d+\.\d+\.\d+\.\d+$/)
    assert.deepEqual(await cloud.listTags(node), { Name: 'web/1 ü+ %', role: 'front', empty: '', 'with space': 'a&b=c' })
    assert.equal(await userDataOf(node.id), userData)

    await cloud.stopNode(node)
    assert.equal((await cloud.waitUntil(node, 'stopped', wait)).state, 'stopped')
    await cloud.startNode(node)
    await cloud.waitUntil(node, 'running', wait)
    await cloud.rebootNode(node)
    await cloud.waitUntil(node, 'running', wait)

    await cloud.setTags(node, { role: 'back', 'new ü': 'x' })
    await cloud.deleteTags(node, ['empty', 'with space'])
    assert.deepEqual(await cloud.listTags(node), { Name: 'web/1 ü+ %', role: 'back', 'new ü': 'x' })

    await cloud.destroyNode(node)
    assert.equal((await cloud.waitUntil(node, 'terminated', wait)).state, 'terminated')
    await cloud.deleteSecurityGroup(group)
    await cloud.deleteKeyPair(key)
    await fails(cloud.getNode('i-00000000'), 'not-found', { code: 'InvalidInstanceID.NotFound', status: 400, provider: 'ec2', operation: 'getNode' })
    await fails(cloud.destroyNode('i-00000000'), 'not-found')
    await fails(cloud.waitUntil(node, 'running', wait), 'conflict', { operation: 'waitUntil', message: /terminated/ })
  })

  test('the same idempotency token makes one node, others make others', async () => {
    const before = (await cloud.listNodes()).length
    const through = compute('ec2', config({ endpoint: front.endpoint }))
    front.play(remembering(() => false))
    const token = 'one-node-please'
    const one = await through.createNode({ ...spec, idempotencyToken: token })
    const two = await through.createNode({ ...spec, idempotencyToken: token })
    assert.equal(one.id, two.id)
    const three = await through.createNode(spec)
    const four = await through.createNode(spec)
    assert.equal(new Set([one.id, three.id, four.id]).size, 3)
    assert.equal((await cloud.getNode(one)).extra.client_token, token)
    assert.ok((await cloud.getNode(three)).extra.client_token.length >= 16, 'a token is made up where none is given')
    assert.equal((await cloud.listNodes()).length, before + 3)
    for (const node of [one, three, four]) await cloud.destroyNode(node)
  })

  test('a creation whose answer was lost is repeated with its token: one node', async () => {
    const before = (await cloud.listNodes()).length
    const events = counter()
    front.play(remembering((n) => n === 1))
    const node = await compute('ec2', config({ endpoint: front.endpoint })).createNode(spec, { onEvent: events.listener })
    assert.equal(events.of('createNode'), 2)
    const [first, second] = front.requests.map((r) => new URLSearchParams(r.body).get('ClientToken'))
    assert.ok(first)
    assert.equal(first, second)
    assert.equal((await cloud.listNodes()).length, before + 1)
    await cloud.destroyNode(node)
  })

  test('volumes and snapshots', async () => {
    const node = await cloud.createNode({ ...spec, location: 'us-east-1a' })
    await cloud.waitUntil(node, 'running', wait)
    await fails(cloud.createVolume({ name: 'nowhere', size: 1 }), 'invalid', { message: /location/ })
    const volume = await cloud.createVolume({ name: 'data ü', size: 8, location: 'us-east-1a', volumeType: 'gp3' })
    assert.deepEqual({ name: volume.name, size: volume.size }, { name: 'data ü', size: 8 })
    assert.equal((await cloud.getVolume(volume)).state, 'available')
    await cloud.attachVolume(node, volume)
    const attached = byId(await cloud.listVolumes(), volume.id)
    assert.equal(attached.state, 'inuse')
    const devices = (await cloud.getNode(node)).extra.block_device_mapping
    assert.equal(devices.find((d) => d.ebs.volume_id === volume.id).device_name, '/dev/sdf')
    const second = await cloud.createVolume({ name: 'logs', size: 1, location: { id: 'us-east-1a' } })
    await cloud.attachVolume(node.id, second.id, { device: '/dev/sdm' })
    assert.ok((await cloud.getNode(node)).extra.block_device_mapping.some((d) => d.device_name === '/dev/sdm'))
    // moto answers DetachVolume without an InstanceId by 500 (EC2 wants only the volume's id), so detachVolume is
    // proved by the recorded cases, and on OpenStack. The node's end frees its volumes all the same.

    const snapshot = await cloud.createVolumeSnapshot(volume, { name: 'before the update' })
    assert.deepEqual({ name: snapshot.name, size: snapshot.size, volume: snapshot.volume }, { name: 'before the update', size: 8, volume: volume.id })
    assert.deepEqual(names(await cloud.listVolumeSnapshots(volume)), ['before the update'])
    assert.deepEqual(await cloud.listVolumeSnapshots(second), [])
    assert.ok((await cloud.listVolumeSnapshots()).some((s) => s.id === snapshot.id))
    const copy = await cloud.createVolume({ name: 'from the snapshot', snapshot, location: 'us-east-1a' })
    assert.equal(copy.size, 8)
    await cloud.destroyVolumeSnapshot(snapshot)
    assert.equal(byId(await cloud.listVolumeSnapshots(), snapshot.id), undefined)
    await cloud.destroyNode(node)
    await cloud.destroyVolume(copy)
    assert.equal(byId(await cloud.listVolumes(), copy.id), undefined)
    await fails(cloud.getVolume(copy), 'not-found', { code: 'InvalidVolume.NotFound' })
  })

  test('images: made of a node, copied, deleted', async () => {
    const node = await cloud.createNode(spec)
    await cloud.waitUntil(node, 'running', wait)
    const made = await cloud.createImage(node, 'golden', { description: 'as of today' })
    assert.match(made.id, /^ami-/)
    assert.deepEqual(names(await cloud.listImages()), ['golden'])
    assert.equal((await cloud.getImage(made)).extra.description, 'as of today')
    const copy = await cloud.copyImage('us-east-1', made, 'golden copy')
    assert.notEqual(copy.id, made.id)
    assert.ok((await cloud.getImage(copy)).name === 'golden copy')
    await cloud.deleteImage(made)
    await cloud.deleteImage(copy)
    assert.deepEqual(await cloud.listImages(), [])
    await cloud.destroyNode(node)
  })

  test('many nodes: created together, listed whole, given as they come', async () => {
    const results = await cloud.createNodes(range(30).map((i) => ({ ...spec, name: `n-${i}` })), { concurrency: 10 })
    assert.deepEqual(results.map((r) => r.status === 'fulfilled' && r.value.name), range(30).map((i) => `n-${i}`))
    const ids = new Set(results.map((r) => r.value.id))
    assert.equal(ids.size, 30)
    const listed = await cloud.listNodes()
    assert.equal(listed.filter((n) => ids.has(n.id)).length, 30)
    const given = []
    for await (const node of cloud.nodes()) given.push(node.id)
    assert.deepEqual(given.sort(), listed.map((n) => n.id).sort())
    const gone = await cloud.each(ids, (driver, id) => driver.destroyNode(id), { concurrency: 10 })
    assert.ok(gone.every((r) => r.status === 'fulfilled'))
  })

  test('watch says what changes', async () => {
    const changes = []
    const stop = new AbortController()
    let node
    const watching = (async () => {
      for await (const change of cloud.watch({ interval: 20, signal: stop.signal })) {
        changes.push([change.type, change.node.id, change.node.state])
        if (change.node.id === node?.id && change.node.state === 'stopped') stop.abort()
      }
    })()
    node = await cloud.createNode({ ...spec, name: 'watched' })
    await until('the node to be seen', () => changes.some(([, id, state]) => id === node.id && state === 'running'))
    await cloud.stopNode(node)
    await fails(watching, 'cancelled')
    const own = changes.filter(([, id]) => id === node.id)
    assert.equal(own[0][0], 'added')
    assert.deepEqual(own.at(-1), ['changed', node.id, 'stopped'])
    await cloud.destroyNode(node)
  })

  test('a plain request is signed like any other', async () => {
    const answer = await cloud.request('GET', '/', { query: { Action: 'DescribeRegions', Version: '2016-11-15' } })
    assert.equal(answer.status, 200)
    assert.match(answer.body, /<regionName>eu-west-1<\/regionName>/)
    const form = 'Action=DescribeRegions&Version=2016-11-15'
    const [posted, blob] = await Promise.all([form, new Blob([form])].map((body) => cloud.request('POST', '/', { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })))
    assert.equal(blob.status, 200)
    assert.match(posted.body, /DescribeRegionsResponse/)
  })

  test('a task counts what it does', async () => {
    const task = cloud.task({ timeout: 20_000 })
    assert.deepEqual(task.stats(), { requests: 0, retries: 0, paused: 0 })
    await Promise.all([task.listLocations(), task.listKeyPairs(), task.listVolumes()])
    assert.deepEqual(task.stats(), { requests: 3, retries: 0, paused: 0 })
  })

  test('a wrong secret, a wrong key: unauthorized, and nothing is shown', async () => {
    const secret = 'aWrongSecret+/with=signs'
    const wrong = compute('ec2', config({ secretAccessKey: secret }))
    const error = await fails(wrong.listNodes(), 'unauthorized', { provider: 'ec2', operation: 'listNodes', message: /credentials/ })
    assert.ok([401, 403].includes(error.status))
    assert.ok(error.code)
    keepsSecret(secret, error, wrong, wrong.task(), wrong.runner)
    await fails(compute('ec2', config({ accessKeyId: 'AKIANOBODY' })).listNodes(), 'unauthorized')
    keepsSecret(moto.secretAccessKey, cloud, cloud.task(), cloud.runner)
  })

  test('a wrong endpoint, a wrong region', async () => {
    const nowhere = compute('ec2', config({ endpoint: 'http://127.0.0.1:9' }))
    await fails(nowhere.listNodes({ retries: 0 }), 'transport', { provider: 'ec2', operation: 'listNodes' })
    const elsewhere = compute('ec2', config({ region: 'eu-west-1' }))
    const locations = await elsewhere.listLocations()
    assert.ok(locations.every((l) => l.id.startsWith('eu-west-1')), 'the region of the signature decides')
    assert.throws(() => compute('ec2', config({ region: 'evil.example/' })), (e) => e instanceof SkyfetchError && e.kind === 'invalid')
  })
})

/** Answers a token that it knows as it did before; the answers that `lose` names by number are lost on the way. */
function remembering(lose) {
  const known = new Map()
  return async (asked, response, number) => {
    const token = new URLSearchParams(asked.body).get('ClientToken')
    if (!known.has(token)) known.set(token, await pass(asked))
    if (lose(number)) return response.destroy()
    const { status, headers, body } = known.get(token)
    response.writeHead(status, { 'content-type': headers['content-type'] }).end(body)
  }
}

/** Sends a request on to moto as it came: the signature covers the host's name. */
function pass({ method, url, headers, body }) {
  return new Promise((done, fail) => {
    const sent = request(moto.endpoint + url, { method, headers }, async (answer) => {
      const chunks = []
      for await (const chunk of answer) chunks.push(chunk)
      done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) })
    })
    sent.once('error', fail)
    sent.end(body)
  })
}

/** A public key as OpenSSH has it. */
async function generate() {
  const { generateKeyPairSync } = await import('node:crypto')
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const field = (bytes) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes])
  const n = Buffer.concat([Buffer.from([0]), Buffer.from(jwk.n, 'base64url')])
  const blob = Buffer.concat([field(Buffer.from('ssh-rsa')), field(Buffer.from(jwk.e, 'base64url')), field(n)])
  return { publicKey: `ssh-rsa ${blob.toString('base64')} test@skyfetch` }
}

/** What moto keeps of a node's user data, by a plain request. */
async function userDataOf(id) {
  const query = { Action: 'DescribeInstanceAttribute', Version: '2016-11-15', InstanceId: id, Attribute: 'userData' }
  const { body } = await compute('ec2', config()).request('GET', '/', { query })
  return Buffer.from(body.match(/<value>([^<]*)<\/value>/)[1], 'base64').toString()
}
