// Libcloud's compute calls as ours.

/** Ours are Google's paths, which Libcloud keeps beside numbers. */
const id = (thing) => /projects\/.*/.exec(thing?.extra?.selfLink)?.[0] ?? thing?.id ?? thing
/** Libcloud's EC2 locations are numbered; their names are what EC2 knows. */
const place = (location) => location?.availability_zone?.name ?? id(location)
const pick = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null))
const file = (path) => Buffer.from(path.$filecontent, 'base64').toString().trim()

/** Each method: the names of its arguments in order, and the same call here. */
export const METHODS = {
  list_nodes: [[], (cloud) => cloud.listNodes()],
  list_sizes: [['location'], (cloud) => cloud.listSizes()],
  list_locations: [[], (cloud) => cloud.listLocations()],
  create_node: [['name', 'size', 'image', 'location', 'auth'], (cloud, args) => cloud.createNode(spec(args))],
  reboot_node: [['node'], (cloud, { node }) => cloud.rebootNode(id(node))],
  start_node: [['node'], (cloud, { node }) => cloud.startNode(id(node))],
  stop_node: [['node'], (cloud, { node }) => cloud.stopNode(id(node))],
  destroy_node: [['node'], (cloud, { node }) => cloud.destroyNode(id(node))],
  list_volumes: [['node'], (cloud) => cloud.listVolumes()],
  // We ask for those of the volume; the recorded answers may be of all, from which Libcloud picked, or of another altogether.
  list_volume_snapshots: [
    ['volume'],
    async (cloud, { volume }) => {
      const all = await cloud.listVolumeSnapshots(id(volume))
      const own = all.filter((snapshot) => snapshot.volume === id(volume))
      return own.length ? own : all
    },
  ],
  create_volume: [
    ['size', 'name', 'location', 'snapshot'],
    (cloud, { size, name, location, snapshot, ex_volume_type: volumeType, ex_iops: iops }) =>
      cloud.createVolume(pick({ size, name, location: place(location), snapshot: id(snapshot), volumeType, iops })),
  ],
  create_volume_snapshot: [['volume', 'name'], (cloud, { volume, name }) => cloud.createVolumeSnapshot(id(volume), pick({ name }))],
  // Libcloud's word for a device that the provider chooses is "auto".
  attach_volume: [
    ['node', 'volume', 'device'],
    (cloud, { node, volume, device }) => cloud.attachVolume(id(node), id(volume), device === 'auto' ? {} : pick({ device })),
  ],
  detach_volume: [['volume'], (cloud, { volume }) => cloud.detachVolume(id(volume))],
  destroy_volume: [['volume'], (cloud, { volume }) => cloud.destroyVolume(id(volume))],
  destroy_volume_snapshot: [['snapshot'], (cloud, { snapshot }) => cloud.destroyVolumeSnapshot(id(snapshot))],
  list_images: [['location'], (cloud, { ex_owner: owner }) => cloud.listImages(pick({ owner }))],
  // OpenStack's third argument is metadata.
  create_image: [
    ['node', 'name', 'description'],
    (cloud, { node, name, description }) => cloud.createImage(id(node), name, typeof description === 'string' ? { description } : {}),
  ],
  delete_image: [['image'], (cloud, { image, node_image }) => cloud.deleteImage(id(image ?? node_image))],
  get_image: [['image_id'], (cloud, { image_id }) => cloud.getImage(image_id)],
  // EC2's takes the image first.
  copy_image: [
    ['image', 'source_region', 'name', 'description'],
    (cloud, { image, source_region, name, description }) => cloud.copyImage(source_region, id(image), name, pick({ description })),
  ],
  list_key_pairs: [[], (cloud) => cloud.listKeyPairs()],
  get_key_pair: [['name'], (cloud, { name }) => cloud.getKeyPair(name)],
  // Some of Libcloud's drivers import by it.
  create_key_pair: [
    ['name', 'public_key'],
    (cloud, { name, public_key: key }) => (key ? cloud.importKeyPair(name, key) : cloud.createKeyPair(name)),
  ],
  import_key_pair_from_string: [['name', 'key_material'], (cloud, { name, key_material }) => cloud.importKeyPair(name, key_material)],
  import_key_pair_from_file: [['name', 'key_file_path'], (cloud, { name, key_file_path }) => cloud.importKeyPair(name, file(key_file_path))],
  delete_key_pair: [['key_pair'], (cloud, { key_pair }) => cloud.deleteKeyPair(key_pair.name)],
}

/** What `create_node` is asked for; Libcloud's own arguments (`ex_…`) where we have them too. */
function spec(args) {
  return pick({
    name: args.name,
    image: id(args.image),
    size: id(args.size),
    location: place(args.location) ?? args.ex_availability_zone,
    keyPair: args.ex_keyname,
    userData: args.ex_userdata,
    tags: args.ex_metadata ?? (args.ex_tags && Object.fromEntries(args.ex_tags.map((tag) => [tag, '']))),
    password: args.root_pass ?? args.ex_password,
    networks: args.ex_subnet && [String(id(args.ex_subnet))],
    securityGroups: args.ex_security_group_ids ?? args.ex_security_groups ?? (args.ex_securitygroup && [args.ex_securitygroup].flat()),
    idempotencyToken: args.ex_clienttoken,
    bootVolume: args.ex_blockdevicemappings?.find((device) => device.boot_index === 0 && device.source_type === 'volume')?.uuid,
    extra: args.extra,
  })
}

export const CLOUDS = [
  {
    provider: 'aliyun-ecs',
    tests: /^compute\.test_ecs\./,
    classes: /\.ECSDriver$/,
    config: ({ init }) => ({ accessKeyId: init.args[0], secretAccessKey: init.args[1], region: init.kwargs.region }),
    // Libcloud makes a node and starts it then; RunInstances does both.
    meaning: ({ url, body }) => {
      const action = new URL(url, 'http://recorded').searchParams.get('Action') ?? new URLSearchParams(body).get('Action')
      return action === 'CreateInstance' ? 'RunInstances' : action
    },
    args: ({ ex_zone_id: location, ex_security_group_id: group, ex_vswitch_id: network, ex_client_token, auth, ...args }) =>
      pick({ ...args, location, ex_clienttoken: ex_client_token, ex_password: auth?.password, ex_security_groups: group && [group], networks: network && [network] }),
    adapt: asJson,
    // Libcloud is told the node; we ask.
    answer: ({ url }, { event }) => {
      if (event.method === 'detach_volume' && event.kwargs.ex_instance_id && url.includes('DescribeDisks')) {
        return Response.json({ Disks: { Disk: [{ DiskId: event.args[0].id, Status: 'In_use', InstanceId: event.kwargs.ex_instance_id }] } })
      }
    },
  },
  {
    provider: 'cloudstack',
    tests: /^compute\.test_cloudstack\.CloudStackTestCase/,
    ...stacked(/\.CloudStackNodeDriver$/),
  },
  {
    provider: 'ikoula',
    tests: /^compute\.test_ikoula\./,
    ...stacked(/\.IkoulaNodeDriver$/),
  },
  {
    provider: 'ktucloud',
    tests: /^compute\.test_ktucloud\./,
    ...stacked(/\.KTUCloudNodeDriver$/),
  },
  {
    provider: 'azure-arm',
    tests: /^compute\.test_azure_arm\./,
    classes: /\.AzureNodeDriver$/,
    config: ({ init, event: { args, kwargs } }) => {
      const location = [...args, ...Object.values(kwargs)].find((arg) => arg?.$type === 'NodeLocation')
      const [tenantId, subscriptionId, clientId, clientSecret] = init.args
      return pick({ tenantId, subscriptionId, clientId, clientSecret, resourceGroup: kwargs.ex_resource_group, location: location?.id })
    },
    names: { create_node: ['name', 'size', 'image', 'auth'] },
    // Libcloud's nodes have no public address, unless they are made with an interface that has one.
    args: ({ auth, ex_network: network, ...args }) => ({ ...args, root_pass: auth?.password, ex_subnet: network, extra: { publicIp: false } }),
    // Recorded with ids of two kinds for one subscription.
    meaning: (request) => plain(request).replace(/\/subscriptions\/[^/]+/i, ''),
    logIn: /\/oauth2\/token$/,
    answer: azures,
  },
  {
    provider: 'brightbox',
    tests: /^compute\.test_brightbox\./,
    classes: /\.BrightboxNodeDriver$/,
    config: ({ init: { args, kwargs } }) => pick({ clientId: args[0], clientSecret: args[1], endpoint: kwargs.host && `https://${kwargs.host}` }),
    args: ({ ex_servergroup: group, ...args }) => (group ? { ...args, ex_security_groups: [group].flat() } : args),
    meaning: plain,
    // Libcloud's tests have a token.
    answer: ({ url }) => (url.endsWith('/token') ? Response.json({ access_token: 'test', expires_in: 3600 }) : undefined),
  },
  {
    provider: 'digitalocean',
    tests: /^compute\.test_digitalocean_v2\.DigitalOcean_v2/,
    classes: /\.DigitalOcean_v2_NodeDriver$/,
    config: ({ init }) => ({ token: init.args[0] }),
    // Libcloud names volumes in the body of their actions, and asks for a size too.
    meaning: (request) => plain(request).replace(/volumes\/[^/]+\/actions/, 'volumes/actions'),
    answer: (asked, { event }) => {
      // Libcloud deletes and detaches by what its caller's object says. We ask.
      const [thing] = event.args
      if (event.method === 'delete_key_pair' && asked.method === 'GET') return Response.json({ ssh_keys: [{ name: thing.name, id: thing.extra.id }] })
      if (event.method === 'detach_volume' && asked.method === 'GET') {
        return Response.json({ volume: { id: thing.id, droplet_ids: [event.exchanges.map((x) => JSON.parse(x.request.body).droplet_id)[0]] } })
      }
    },
  },
  {
    provider: 'ec2',
    tests: /^compute\.test_ec2\.EC2/,
    classes: /\.EC2NodeDriver$/,
    config: ({ init, event }) =>
      pick({
        accessKeyId: init.args[0],
        secretAccessKey: init.args[1],
        sessionToken: init.kwargs.token,
        region: event.poked?.driver?.region_name ?? init.kwargs.region,
      }),
    meaning: action,
    // Answered from a table in Libcloud's package.
    offline: ['list_sizes'],
  },
  {
    provider: 'outscale-fcu',
    tests: /^compute\.test_ec2\.Outscale/,
    classes: /\.OutscaleSASNodeDriver$/,
    config: ({ init: { kwargs } }) => ({ accessKeyId: kwargs.key, secretAccessKey: kwargs.secret, region: 'eu-west-2', endpoint: `https://${kwargs.host}` }),
    meaning: action,
    offline: ['list_sizes'],
  },
  {
    provider: 'eucalyptus',
    tests: /^compute\.test_ec2\.Euc/,
    classes: /\.EucNodeDriver$/,
    config: ({ init: { kwargs } }) => ({ accessKeyId: kwargs.key, secretAccessKey: kwargs.secret, endpoint: `https://${kwargs.host}` }),
    meaning: action,
  },
  {
    provider: 'kamatera',
    tests: /^compute\.test_kamatera\.Kamatera/,
    classes: /\.Kamatera(Test|Node)Driver$/,
    config: ({ init, event }) => {
      const location = event.method === 'list_images' || event.method === 'list_sizes' ? event.args[0] : event.kwargs.location
      return { clientId: init.args[0], secret: init.args[1], region: id(location) ?? 'EU' }
    },
    // A public key is no key pair of Kamatera's.
    args: (args) => (args.auth?.pubkey ? { ...args, extra: { 'ssh-key': args.auth.pubkey } } : args),
    // What is asked for stands in the query.
    meaning: (request) => {
      const what = ['sizes', 'images', 'datacenter'].find((name) => new URL(request.url, 'http://recorded').searchParams.has(name))
      // Libcloud lists nodes without their addresses, unless it is told to.
      return what ? `${plain(request)}?${what}` : plain(request).replace('GET /service/servers', 'POST /service/server/info')
    },
    // Libcloud is told what a size is made of by its caller; we ask.
    answer: (asked, { event }) => {
      const { size } = event.kwargs
      if (event.method === 'create_node' && asked.url.includes('sizes=1')) {
        return Response.json([{ id: size.id, ramMB: size.ram, diskSizeGB: size.disk, ...size.extra }])
      }
    },
  },
  {
    provider: 'kubevirt',
    tests: /^compute\.test_kubevirt\./,
    classes: /\.KubeVirtNodeDriver$/,
    config: ({ init: { kwargs } }) => ({ endpoint: `https://${kwargs.host}:${kwargs.port}`, username: kwargs.key, password: kwargs.secret }),
    // Ours has a node's namespace in its id, and an image's name for one.
    args: ({ node, image, size, ...args }) =>
      pick({ ...args, node: node && `${node.extra.namespace}/${node.name}`, image: image?.name, size: size && `${size.extra.cpu},${size.ram}Mi` }),
    meaning: (request) => plain(request).replace('v1alpha3', 'v1'),
    adapt: asToday,
    answer: kubernetes,
  },
  {
    provider: 'linode',
    tests: /^compute\.test_linode_v4\.LinodeTestsV4/,
    classes: /\.LinodeNodeDriverV4$/,
    config: ({ init }) => ({ token: init.args[0] }),
    names: { create_node: ['location', 'name', 'size'], create_volume: ['name', 'size'] },
    meaning: plain,
    // Libcloud makes an image of a disk, we of a node: this is the node with that disk.
    answer: ({ url }) => {
      const [, disk] = /\/instances\/(\d+)\/disks/.exec(url) ?? []
      if (disk) return Response.json({ data: [{ id: Number(disk) }], page: 1, pages: 1 })
    },
  },
  {
    provider: 'gce',
    tests: /^compute\.test_gce\.GCENodeDriverTest/,
    classes: /\.GCENodeDriver$/,
    config: ({ event: { method, args, kwargs } }) => {
      const zone = kwargs.ex_zone ?? (method.startsWith('list_') ? args[0] : undefined) ?? 'us-central1-a'
      return { accessToken: 'token', projectId: 'project_name', ...(zone === 'all' ? {} : { zone }) }
    },
    meaning: ({ method, url }) => `${method} ${new URL(url, 'http://recorded').pathname.replace('/compute/v1/', '')}`,
    answer: googles,
  },
  {
    provider: 'openstack',
    tests: /^compute\.test_openstack\.OpenStack_(1_1|2|Auth)/,
    classes: /\.OpenStack_(1_1|2)_NodeDriver$/,
    config: ({ init: { args, kwargs } }) => ({
      authUrl: 'https://keystone.test/v3',
      ...(kwargs.ex_force_auth_version === '3.x_appcred'
        ? { applicationCredentialId: args[0], applicationCredentialSecret: args[1] }
        : { username: args[0], password: args[1], project: kwargs.ex_tenant_name ?? 'tenant-name' }),
      ...pick({ region: kwargs.ex_force_service_region }),
    }),
    meaning: restful,
    logIn: /\/(tokens|tenants|projects|auth)$/,
    adapt: asCinder,
    // Most tests log in at Identity 1.1 and 2.0, which are gone: here is what version 3 says of the same endpoints.
    answer: (asked, { event, test }) => {
      if (!/\/auth\/tokens$/.test(asked.url)) return held(asked, event)
      if (event.exchanges.some((x) => x.request.url === '/v3/auth/tokens')) return
      const { nova, cinder } = endpoints(event, test)
      const service = (type, at) => ({ type, endpoints: [{ interface: 'public', region: 'RegionOne', url: at }] })
      const catalog = [service('compute', nova), service('image', nova), service('network', nova), service('volumev3', cinder)]
      return Response.json({ token: { expires_at: '2099-01-01T00:00:00Z', catalog } }, { status: 201, headers: { 'x-subject-token': 'token' } })
    },
  },
  {
    provider: 'ovh',
    tests: /^compute\.test_ovh\.OvhTests/,
    classes: /\.OvhNodeDriver$/,
    config: ({ event: { args, kwargs } }) => {
      const location = [...args, ...Object.values(kwargs)].find((arg) => arg?.$type === 'NodeLocation')
      const keys = { applicationKey: 'key', applicationSecret: 'secret', consumerKey: 'consumer', projectId: 'project_id' }
      return pick({ ...keys, region: location?.id })
    },
    meaning: ({ method, url }) => `${method} ${new URL(url, 'http://recorded').pathname.replace('/1.0/cloud/project/project_id/', '')}`,
    // Libcloud is told the node; we ask.
    answer: ({ method }, { event }) => {
      if (event.method === 'detach_volume' && method === 'GET') return Response.json({ id: 'foo', attachedTo: [event.kwargs.ex_node.id] })
    },
  },
  {
    provider: 'rackspace',
    tests: /^compute\.test_rackspace\.RackspaceNova/,
    classes: /\.RackspaceNodeDriver$/,
    config: ({ init }) => ({
      username: init.args[0],
      apiKey: init.args[1],
      region: (init.kwargs.region ?? 'dfw').toUpperCase(),
      identityEndpoint: 'https://identity.test/v2.0',
    }),
    meaning: restful,
    logIn: /\/(tokens|tenants|projects|auth)$/,
    adapt: asCinder,
    // The log-in as it was recorded, with this test's servers, and with the volume service that its catalogue lacks.
    answer: (asked, { corpus, event, test }) => {
      if (!/\/v2\.0\/tokens$/.test(asked.url)) return held(asked, event)
      const { nova, cinder } = endpoints(event, test)
      const logIn = [...event.exchanges, ...test.orphans].find((x) => x.request.url.endsWith('/tokens') && x.response)
      const body = JSON.parse(corpus.bytes(logIn.response.body))
      const others = body.access.serviceCatalog.filter((service) => service.type !== 'volume' && service.name !== 'cloudServersOpenStack')
      const servers = body.access.serviceCatalog.find((service) => service.name === 'cloudServersOpenStack')
      const at = (service, publicURL) => ({ ...service, endpoints: servers.endpoints.map((endpoint) => ({ ...endpoint, publicURL })) })
      body.access.serviceCatalog = [...others, at(servers, nova), at({ type: 'volume', name: 'cloudBlockStorage' }, cinder)]
      return Response.json(body)
    },
  },
  {
    provider: 'vultr',
    tests: /^compute\.test_vultr_v2\.VultrTestsV2/,
    classes: /\.VultrNodeDriverV2$/,
    config: ({ init }) => ({ token: init.args[0] }),
    // Libcloud stops by the form for several nodes.
    meaning: (request) => plain(request).replace(/instances\/[^/]+\/halt/, 'instances/halt'),
  },
  {
    provider: 'cloudscale',
    tests: /^compute\.test_cloudscale\./,
    classes: /\.CloudscaleNodeDriver$/,
    config: ({ init }) => ({ token: init.args[0] }),
    meaning: plain,
  },
  {
    provider: 'cloudsigma',
    tests: /^compute\.test_cloudsigma_v2_0\./,
    classes: /\.CloudSigma_2_0_NodeDriver$/,
    config: ({ init }) => ({ username: init.args[0], password: init.args[1] }),
    // Answered from a table in Libcloud's package.
    offline: ['list_sizes'],
    // Ours says what it is made of.
    args: ({ size, ex_vlan: ex_subnet, ...args }) => ({ ...args, ...(ex_subnet && { ex_subnet }), ...(size && { size: `${size.cpu * 2000},${size.ram},${size.disk}` }) }),
    // Some recorded ids have underscores in place of hyphens. Libcloud copies the library's drives as if they were the account's own.
    meaning: ({ method, url }) => {
      const { pathname, searchParams } = new URL(url, 'http://recorded')
      const path = pathname.replace(/\/$/, '').replaceAll('_', '-').replace(/libdrives(?=.*\/action$)/, 'drives')
      return `${method} ${path} ${searchParams.get('do') ?? ''}`.trim()
    },
    // Libcloud is told what we ask for; that a node stops at once it takes for granted.
    answer: ({ method, url }, { corpus, event }) => {
      if (method !== 'GET') return
      const [thing] = event.args
      if (event.method === 'delete_key_pair') return Response.json({ objects: [{ name: thing.name, uuid: thing.extra.uuid }] })
      if (/^(reboot|destroy)_node$/.test(event.method)) return Response.json({ status: 'stopped', runtime: null })
      if (event.method === 'create_node' && url.includes('/servers/')) {
        const made = event.exchanges.find((x) => x.request.url === '/api/2.0/servers/')
        return Response.json(JSON.parse(corpus.bytes(made.response.body)).objects[0])
      }
    },
  },
  {
    provider: 'gridscale',
    tests: /^compute\.test_gridscale\./,
    classes: /\.GridscaleNodeDriver$/,
    config: ({ init }) => ({ userId: init.args[0], token: init.args[1] }),
    sorted: ['list_images'],
    // Some recorded ids have underscores in place of hyphens.
    meaning: (request) => plain(request).replaceAll('_', '-'),
    // One template came under its own id, or under "templates".
    adapt: (bytes, asked) => {
      if (asked.method !== 'GET' || !/\/templates\/[^/]+$/.test(asked.url)) return bytes
      const [[, template]] = Object.entries(JSON.parse(bytes.toString()))
      return Buffer.from(JSON.stringify({ template }))
    },
    // What Libcloud's caller hands in, we ask for.
    answer: ({ method, url }, { event }) => {
      const [thing] = event.args
      const { id, extra } = thing ?? {}
      if (method !== 'GET') return
      if (event.method === 'create_image' && url.endsWith(`/servers/${id}`)) return Response.json({ server: { object_uuid: id, ...extra } })
      if (event.method === 'destroy_volume_snapshot' && url.endsWith('/storages')) {
        return Response.json({ storages: { one: { snapshots: [{ object_uuid: id, storage_uuid: extra.parent_uuid }] } } })
      }
    },
  },
  {
    provider: 'scaleway',
    tests: /^compute\.test_scaleway\./,
    classes: /\.ScalewayNodeDriver$/,
    config: ({ init }) => ({ secretKey: init.args[1], projectId: init.args[0], zone: 'fr-par-1' }),
    sorted: ['list_sizes'],
    // A location is the account's here.
    args: ({ location, region, ...args }) => args,
    // Recorded from the API before zones, which had volumes and images of all.
    meaning: (request) => plain(request).replace(/\/(instance|block|marketplace)\/v\d\/(zones\/[^/]+\/)?/, '/'),
    adapt: asBlock,
    answer: ({ method, url }, { event }) => {
      if (event.method !== 'destroy_node' || method !== 'GET') return
      const [{ id, state }] = event.args
      if (url.endsWith(`/servers/${id}`)) return Response.json({ server: { id, state: state.value } })
    },
  },
  {
    provider: 'upcloud',
    tests: /^compute\.test_upcloud\./,
    classes: /\.UpcloudDriver$/,
    config: ({ init }) => ({ username: init.args[0], password: init.args[1] }),
    meaning: (request) => plain(request).replace(/\/1\.\d\//, '/'),
    // Libcloud's caller hands in a size; ours names it.
    answer: ({ url }, { event }) => {
      const { size } = event.kwargs
      if (size && url.endsWith('/plan')) return Response.json({ plans: { plan: [{ name: size.id, storage_size: size.disk, storage_tier: size.extra.storage_tier }] } })
    },
  },
]

/** EC2's action. */
function action({ url, body }) {
  return new URL(url, 'http://recorded').searchParams.get('Action') ?? new URLSearchParams(body).get('Action')
}

/** Alibaba Cloud's XML as its JSON: lists have plural names, or are lists of addresses. */
function asJson(bytes) {
  const [, name, inside] = /^(?:<\?.*?\?>)?\s*<(\w+)[^>]*>(.*)<\/\1>\s*$/s.exec(bytes.toString())
  const plural = (parent, child) => parent === `${child}s` || (child === 'IpAddress' && parent !== 'EipAddress')
  const read = (parent, text) => {
    const out = {}
    for (const [, key, body = ''] of text.matchAll(/<(\w+)\s*(?:\/>|>(.*?)<\/\1>)/gs)) {
      const value = body.includes('<') || /^(Images|Tags|Disks|Instances)$/.test(key) ? read(key, body) : body
      if (plural(parent, key)) (out[key] ??= []).push(value)
      else out[key] = value
    }
    const item = parent.slice(0, -1)
    return /^(Images|Tags|Disks|Instances)$/.test(parent) && !out[item] ? { [item]: [] } : out
  }
  const answer = read(name, inside)
  // One instance was made at a time.
  if (name === 'CreateInstanceResponse') answer.InstanceIdSets = { InstanceIdSet: [answer.InstanceId] }
  return Buffer.from(JSON.stringify(answer))
}

/** A virtual machine of an old KubeVirt, which said whether it is to run where today's says how, and had no word for its state. */
function asToday(bytes, { method }) {
  if (bytes.length === 0) return bytes
  const answer = JSON.parse(bytes.toString())
  if (method === 'POST') answer.spec = { ...answer.spec, runStrategy: 'Always' }
  return Buffer.from(JSON.stringify(answer))
}

/** Libcloud asks each namespace for its machines, their services and pods, we for the machines of all and their instances, which have the pods' addresses. */
function kubernetes({ method, url }, { corpus, own, pairs }) {
  if (method !== 'GET') return
  const said = (kind) => own.filter((x) => x.request.method === 'GET' && x.request.url.endsWith(`/${kind}`))
  const items = (kind) => said(kind).flatMap((x) => JSON.parse(corpus.bytes(x.response.body)).items)
  const { pathname } = new URL(url)
  if (pathname.endsWith('/v1/virtualmachines')) {
    pairs.push(...said('virtualmachines').map(({ request }) => ({ asked: request, recorded: request })))
    const today = (vm) => ({ ...vm, status: { ...vm.status, printableStatus: vm.spec.running ? 'Running' : 'Stopped' } })
    return Response.json({ items: items('virtualmachines').map(today) })
  }
  if (!pathname.endsWith('/v1/virtualmachineinstances')) return
  const uid = (name) => items('virtualmachines').find(({ metadata }) => metadata.name === name)?.metadata.uid
  const instance = ({ metadata: { ownerReferences: [owner] = [] }, status }) => ({
    metadata: { ownerReferences: [{ uid: uid(owner?.name) }] },
    status: { interfaces: [{ ipAddresses: status.podIPs?.map(({ ip }) => ip) }] },
  })
  return Response.json({ items: items('pods').map(instance) })
}

/** A cloud made of CloudStack. */
function stacked(classes) {
  return {
    classes,
    config: ({ init: { args } }) => ({ apiKey: args[0], secretKey: args[1], endpoint: 'https://api.dummy.com/test/path' }),
    meaning: ({ url, body }) => new URL(url, 'http://recorded').searchParams.get('command') ?? new URLSearchParams(body).get('command'),
    // Libcloud's images of KT Cloud's know a part of their product; its networks are objects.
    args: ({ networks, image, ...args }) => {
      const { templateid, zoneid } = image?.extra ?? {}
      const product = templateid ? `${zoneid}-${templateid}-${image.id}-${args.size.id}` : image
      return { ...args, image: product, ...(networks && { networks: networks.map(id) }) }
    },
  }
}

/** Method and path. */
function plain({ method, url }) {
  return `${method} ${decodeURIComponent(new URL(url, 'http://recorded').pathname).replace(/\/$/, '')}`
}

/**
 * A request of OpenStack's, wherever its endpoint is: `GET servers/detail`. Libcloud's older drivers ask Nova for images,
 * volumes and snapshots too; Nova passed such requests on, and they mean what they mean to Glance and Cinder.
 */
function restful({ method, url }) {
  const { pathname } = new URL(url, 'http://recorded')
  const path = pathname.replace(/^\/v[\d.]+\/[^/]+/, '').replace(/^\/v2(\.0)?\//, '/').slice(1)
  const list = method === 'GET' ? '$1/detail' : '$1'
  const own = path.replace(/^os-(volumes|snapshots)$/, list).replace(/^os-(volumes|snapshots)\//, '$1/')
  return `${method} ${own.replace(/^images\/detail$/, 'images')}`
}

/** Scaleway's old volumes and snapshots in the words of its Block Storage. */
function asBlock(bytes, asked) {
  if (!asked.url.includes('/block/') || bytes.length === 0) return bytes
  const words = { creation_date: 'created_at', modification_date: 'updated_at', volume_type: 'type', base_volume: 'parent_volume', state: 'status' }
  const renamed = JSON.parse(bytes.toString(), function (key, value) {
    if (!(key in words)) return value
    this[words[key]] = value
  })
  return Buffer.from(JSON.stringify(renamed.volume ?? renamed.snapshot ?? renamed).replaceAll('"snapshotting"', '"creating"'))
}

/** What Nova passed on from Cinder, with the names that Cinder gave: `display_name` for `displayName`. */
function asCinder(bytes, _, recorded) {
  if (!/\/os-(volumes|snapshots)/.test(recorded.url) || bytes.length === 0) return bytes
  return Buffer.from(bytes.toString().replace(/"(\w+)"(?=\s*:)/g, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)))
}

/** Libcloud detaches by what its caller's volume says of attachments. We ask: the answer is that volume. */
function held({ method, url }, event) {
  if (event.method !== 'detach_volume' || method !== 'GET') return
  const [volume] = event.args
  if (!url.endsWith(`/volumes/${volume.id}`)) return
  const attachments = volume.extra.attachments.map((a) => ({ ...a, server_id: a.server_id ?? a.serverId }))
  return Response.json({ volume: { id: volume.id, size: volume.size, status: 'in-use', attachments } })
}

/** Where the recorded servers and volumes are. */
function endpoints(event, test) {
  const recorded = [event, ...test.events].flatMap((e) => e.exchanges ?? []).map((x) => x.request)
  const at = recorded.map(({ origin, url }) => [origin, /^\/(v[\d.]+)\/([^/]+)\//.exec(url)]).find(([, path]) => path && path[2] !== 'tokens')
  const [origin, path] = at ?? ['https://nova.test', ['', 'v2', '1337']]
  return { nova: `${origin}/${path[1] === 'v3' ? 'v2' : path[1]}/${path[2]}`, cinder: `${origin}/v3/${path[2]}` }
}

/**
 * Libcloud asks for each node's state and interfaces, we for those of all at once, and for a new node's state with the node. Sizes
 * come from another list today. In place of failures, the tests have exceptions: recorded as 599.
 */
function azures(asked, { cloud, corpus, event, own, pairs }) {
  const { pathname, searchParams } = new URL(asked.url)
  if (pathname.endsWith('/oauth2/v2.0/token')) return Response.json({ access_token: 'token', expires_in: 3600 })
  const said = own.filter((x) => x.response.status === 200 && x.request.url.startsWith('/subscriptions/'))
  const all = said.map((x) => ({ at: new URL(x.request.url, 'http://recorded').pathname, method: x.request.method, body: corpus.bytes(x.response.body).toString() }))
  const those = (kind, method = 'GET') => all.filter((x) => kind.test(x.at) && x.method === method).map((x) => JSON.parse(x.body))
  const views = all.filter((x) => x.at.endsWith('/InstanceView'))
  const seen = views.map((x) => ({ id: x.at.replace('/InstanceView', ''), properties: { instanceView: JSON.parse(x.body) } }))
  if (searchParams.has('statusOnly')) return Response.json({ value: seen })
  if (pathname.endsWith('/networkInterfaces')) return Response.json({ value: those(/\/networkInterfaces\//) })
  if (pathname.endsWith('/publicIPAddresses')) return Response.json({ value: those(/\/publicIPAddresses\//) })
  if (searchParams.has('$expand') && event.method === 'create_node') {
    const [node] = those(/\/virtualMachines\//, 'PUT')
    return node && Response.json({ ...node, properties: { ...node.properties, ...seen[0].properties } })
  }
  if (pathname.endsWith('/skus')) {
    const capabilities = (size) => ({ vCPUs: size.numberOfCores, OSVhdSizeMB: size.osDiskSizeInMB, MaxDataDiskCount: size.maxDataDiskCount, MaxResourceVolumeMB: size.resourceDiskSizeInMB, MemoryGB: size.memoryInMB / 1024 })
    const [{ value }] = those(/\/vmSizes$/)
    pairs.push({ asked, recorded: own.find((x) => x.request.url.includes('/vmSizes')).request })
    const sku = (size) => ({ resourceType: 'virtualMachines', name: size.name, capabilities: Object.entries(capabilities(size)).map(([name, n]) => ({ name, value: String(n) })) })
    return Response.json({ value: value.map(sku) })
  }
  // Libcloud is given the disk, we ask where it is.
  const [volume] = event.args
  if (event.method === 'create_volume_snapshot' && asked.method === 'GET') return Response.json({ ...volume.extra, location: event.kwargs.location.id })
  const failed = own.find((x) => x.response.status === 599 && cloud.meaning(x.request) === cloud.meaning(asked))
  if (!failed) return
  pairs.push({ asked, recorded: failed.request })
  return new Response(null, { status: event.raised?.code ?? 202 })
}

/** Libcloud detaches by what its caller's volume says, and finds a new volume in the list of all: we ask for the one. */
function googles({ method, url }, { corpus, event, test }) {
  const path = /projects\/.*/.exec(new URL(url).pathname)?.[0]
  if (method !== 'GET') return
  if (event.method === 'detach_volume') {
    const [volume, node] = event.args
    const { selfLink } = volume.extra
    if (path === id(volume)) return Response.json({ selfLink, users: [node.extra.selfLink] })
    if (path.includes('/instances/')) return Response.json({ disks: [{ source: selfLink, deviceName: volume.name }] })
  }
  if (event.method !== 'create_volume' || !path.includes('/disks/')) return
  const all = [...event.exchanges, ...test.orphans].find((x) => x.request.url.includes('/aggregated/disks'))
  if (!all) return
  const zones = Object.values(JSON.parse(corpus.bytes(all.response.body)).items)
  const disk = zones.flatMap((zone) => zone.disks ?? []).find(({ selfLink }) => selfLink.endsWith(path))
  return disk && Response.json(disk)
}
