// What an operator would set up by hand: service users, the catalogue, an ordinary user, flavours, networks, an image.

import { CATALOGUE, PASSWORD, REGION, address } from './config.mjs'

/** A client of one project: `call(service, method, path, body)`, its token got once. */
export async function client({ ports, username, project }) {
  const body = {
    auth: {
      identity: { methods: ['password'], password: { user: { name: username, password: PASSWORD, domain: { id: 'default' } } } },
      scope: { project: { name: project, domain: { id: 'default' } } },
    },
  }
  const answer = await fetch(`${address(ports, 'keystone')}/v3/auth/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`Keystone refused ${username}: ${answer.status} ${await answer.text()}`)
  const token = answer.headers.get('x-subject-token')
  return async (service, method, path, content, headers = {}) => {
    const raw = content instanceof Uint8Array
    const answer = await fetch(`${address(ports, service)}${path}`, {
      method,
      headers: { 'x-auth-token': token, 'content-type': raw ? 'application/octet-stream' : 'application/json', ...headers },
      body: content === undefined ? undefined : raw ? content : JSON.stringify(content),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${service} refused ${method} ${path}: ${answer.status} ${text}`)
    return text.startsWith('{') ? JSON.parse(text) : text
  }
}

/** Needs Keystone only. */
export async function seedIdentity(ports) {
  const admin = await client({ ports, username: 'admin', project: 'admin' })
  const identity = (method, path, body) => admin('keystone', method, `/v3${path}`, body)
  const { roles } = await identity('GET', '/roles')
  const role = (name) => roles.find((each) => each.name === name).id
  const project = async (name) => (await identity('POST', '/projects', { project: { name, domain_id: 'default' } })).project.id
  const user = async (name, projectId, ...names) => {
    const { user } = await identity('POST', '/users', { user: { name, password: PASSWORD, domain_id: 'default' } })
    for (const each of names) await identity('PUT', `/projects/${projectId}/users/${user.id}/roles/${role(each)}`)
  }
  const service = await project('service')
  for (const [key, { name, type, path }] of Object.entries(CATALOGUE)) {
    await user(key, service, 'admin', 'service')
    const { service: { id } } = await identity('POST', '/services', { service: { name, type } })
    for (const kind of ['public', 'internal']) {
      await identity('POST', '/endpoints', { endpoint: { service_id: id, interface: kind, region_id: REGION, url: address(ports, key) + path } })
    }
  }
  await user('demo', await project('demo'), 'member')
}

/** Needs every service. */
export async function seedResources(ports) {
  const admin = await client({ ports, username: 'admin', project: 'admin' })
  for (const [id, name, ram, vcpus, disk] of [['1', 'm1.tiny', 512, 1, 1], ['2', 'm1.small', 2048, 1, 20], ['3', 'm1.medium', 4096, 2, 40]]) {
    await admin('nova', 'POST', '/v2.1/flavors', { flavor: { id, name, ram, vcpus, disk } })
  }
  const network = async (values) => (await admin('neutron', 'POST', '/v2.0/networks', { network: values })).network.id
  const subnet = async (values) => (await admin('neutron', 'POST', '/v2.0/subnets', { subnet: { ip_version: 4, ...values } })).subnet.id
  const inside = await network({ name: 'private', shared: true })
  const insideNet = await subnet({ name: 'private-subnet', network_id: inside, cidr: '10.20.0.0/24' })
  const outside = await network({ name: 'public', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'external' })
  await subnet({ name: 'public-subnet', network_id: outside, cidr: '203.0.113.0/24', enable_dhcp: false })
  const { router } = await admin('neutron', 'POST', '/v2.0/routers', { router: { name: 'router', external_gateway_info: { network_id: outside } } })
  await admin('neutron', 'PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: insideNet })
  const image = await admin('glance', 'POST', '/v2/images', { name: 'cirros', container_format: 'bare', disk_format: 'raw', visibility: 'public', min_disk: 1 })
  await admin('glance', 'PUT', `/v2/images/${image.id}/file`, new Uint8Array(1024))
}
