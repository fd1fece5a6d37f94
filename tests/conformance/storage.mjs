// Libcloud's storage calls as ours.

const text = async (download) => (await download).text()

export const METHODS = {
  list_containers: [[], (cloud) => cloud.listContainers()],
  iterate_containers: [[], (cloud) => cloud.listContainers()],
  get_container: [['container_name'], (cloud, a) => cloud.getContainer(a.container_name)],
  create_container: [['container_name'], (cloud, a) => cloud.createContainer(a.container_name)],
  delete_container: [['container'], (cloud, a) => cloud.deleteContainer(a.container.name)],
  list_container_objects: [['container', 'prefix'], objects],
  iterate_container_objects: [['container', 'prefix'], objects],
  get_object: [['container_name', 'object_name'], (cloud, a) => cloud.getObject(a.container_name, a.object_name)],
  get_object_cdn_url: [
    ['obj'],
    (cloud, { obj, ex_expiry = 24, ex_method: method }) => cloud.presign(obj.container.name, obj.name, { expiresIn: ex_expiry * 3600, ...(method && { method }) }),
    // Without the port that `https` has anyway.
    ({ result }) => new URL(result).href,
  ],
  // What a download wrote is not in the recorded answer: it is the body that the server sent.
  download_object: [['obj'], download, sent],
  download_object_as_stream: [['obj'], download, sent],
  download_object_range: [['obj', 'destination_path', 'start_bytes', 'end_bytes'], download, sent],
  download_object_range_as_stream: [['obj', 'start_bytes', 'end_bytes'], download, sent],
  upload_object: [
    ['file_path', 'container', 'object_name', 'extra'],
    (cloud, a, event) => upload(cloud, a, content(a.file_path, event)),
    stored,
  ],
  upload_object_via_stream: [['iterator', 'container', 'object_name', 'extra'], (cloud, a) => upload(cloud, a, stream(a.iterator)), stored],
  delete_object: [['obj'], (cloud, { obj }) => cloud.deleteObject(obj.container.name, obj.name)],
}

async function objects(cloud, { container, prefix }) {
  const all = []
  for await (const object of cloud.objects(container.name, prefix ? { prefix } : {})) all.push(object)
  return all
}

/** Libcloud's ranges end before `end_bytes`; ours end with it, as HTTP's do. */
function download(cloud, { obj, start_bytes: start, end_bytes }) {
  const range = start === undefined ? {} : { range: end_bytes === null || end_bytes === undefined ? { start } : { start, end: end_bytes - 1 } }
  return text(cloud.download(obj.container.name, obj.name, range))
}

function sent({ result, exchanges }, corpus) {
  return result === false ? false : corpus.bytes(exchanges.at(-1).response.body).toString()
}

function upload(cloud, { container, object_name, file_path, extra, ex_storage_class: storageClass }, body) {
  const options = { contentType: extra?.content_type, acl: extra?.acl, metadata: extra?.meta_data, storageClass: storageClass?.toUpperCase() }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  return cloud.upload(container.name, object_name, body, { partSize: typeof file_path === 'string' ? 4 << 20 : 5 << 20, ...given })
}

/** Libcloud takes the quotes off an entity tag everywhere but here. */
function stored({ result }) {
  return { ...result, hash: result.hash.replaceAll('"', '') }
}

/** A file's bytes; of a file that was not kept, as many. */
function content(file, { result }) {
  return file.$filecontent === undefined ? Buffer.alloc(result.size, 'a') : Buffer.from(file.$filecontent, 'base64')
}

/** The recorded iterator as a stream: bytes, the test's 15 MiB of them, or one that fails when it is read. */
function stream(iterator) {
  if (iterator.$iterator) return new ReadableStream({ pull: (c) => c.error(new Error('Error in fetching data')) })
  if (iterator.$iter) return new Blob(iterator.$iter.map((piece) => Buffer.from(piece, 'base64'))).stream()
  const bytes = iterator.$opaque ? Buffer.alloc(15 << 20, 'a') : Buffer.from(iterator.$stream, 'base64')
  return new Blob([bytes]).stream()
}

/** What all stores that speak S3 have in common. */
const S3 = {
  meaning: ({ method, url }) => {
    const { pathname, searchParams } = new URL(url, 'http://recorded')
    const page = searchParams.get('continuation-token') ?? searchParams.get('marker')
    const part = ['uploads', 'uploadId', 'partNumber', 'location'].filter((name) => searchParams.has(name)).join('+')
    return `${method} ${pathname}${part && ` ${part}`}${page ? ` after ${page}` : ''}`
  },
  // Recorded are lists of version 1, which go on after the last name: version 2 would have said so with a token.
  adapt: (bytes, { url }) => {
    if (!/list-type=2/.test(url) || !bytes.includes('<IsTruncated>true')) return bytes
    const keys = [...bytes.toString().matchAll(/<Key>(.*?)<\/Key>/g)]
    const token = `<NextContinuationToken>${keys.at(-1)[1]}</NextContinuationToken>`
    return Buffer.from(bytes.toString().replace('<IsTruncated>', `${token}<IsTruncated>`))
  },
  // How long the object is of which a part was sent.
  length: ({ kwargs }) => kwargs.obj.size,
  // Signed without a request.
  offline: ['get_object_cdn_url'],
}

const keys = ({ init: { args } }) => ({ accessKeyId: args[0], secretAccessKey: args[1] })

export const CLOUDS = [
  {
    ...S3,
    provider: 's3',
    tests: /^storage\.test_s3\./,
    classes: /\.S3StorageDriver$/,
    // Libcloud's S3 keeps containers in the path.
    config: ({ init }) => ({
      ...keys({ init }),
      ...(init.kwargs.token && { sessionToken: init.kwargs.token }),
      region: 'us-east-1',
      endpoint: 'https://s3.amazonaws.com',
      pathStyle: true,
    }),
  },
  {
    ...S3,
    provider: 'scaleway',
    tests: /^storage\.test_scaleway\./,
    classes: /\.ScalewayStorageDriver$/,
    config: (at) => ({ ...keys(at), region: 'fr-par' }),
  },
  {
    ...S3,
    provider: 'ovh',
    tests: /^storage\.test_ovh\./,
    classes: /\.OvhStorageDriver$/,
    config: (at) => ({ ...keys(at), region: 'sbg', endpoint: 'https://s3.sbg.perf.cloud.ovh.net' }),
  },
  {
    provider: 'backblaze-b2',
    tests: /^storage\.test_backblaze_b2\./,
    classes: /\.BackblazeB2StorageDriver$/,
    config: ({ init }) => ({ applicationKeyId: init.args[0], applicationKey: init.args[1] }),
    logIn: /b2_authorize_account/,
    meaning: ({ method, url }) => {
      const { pathname } = new URL(url, 'http://recorded')
      return /b2_\w+/.exec(pathname)?.[0] ?? `${method} ${pathname}`
    },
    // Recorded is version 1 of the API, which had other names for a few things that version 4 tells as well.
    adapt: (bytes, { url }) => {
      if (!url.includes('/b2api/')) return bytes
      const { apiUrl, downloadUrl, ...rest } = JSON.parse(bytes)
      if (apiUrl) rest.apiInfo = { storageApi: { apiUrl, downloadUrl, allowed: { buckets: null } } }
      for (const file of rest.files ?? []) file.contentLength = file.size
      return Buffer.from(JSON.stringify(rest))
    },
    // Libcloud looks for one object in the whole list. We ask for it, and are answered by what is in that list.
    answer: ({ method, url }, { own, corpus }) => {
      if (method !== 'HEAD') return
      const lists = own.filter((x) => x.request.url.includes('b2_list_file_names')).map((x) => JSON.parse(corpus.bytes(x.response.body)))
      const file = lists.flatMap((list) => list.files).find((f) => url.endsWith(`/${f.fileName}`))
      if (!file) return new Response(null, { status: 404 })
      return new Response(null, { headers: { 'content-length': file.size, 'x-bz-file-id': file.fileId, 'x-bz-upload-timestamp': file.uploadTimestamp } })
    },
  },
  {
    provider: 'oss',
    tests: /^storage\.test_oss\./,
    classes: /\.OSSStorageDriver$/,
    config: ({ init }) => ({ accessKeyId: init.args[0], secretAccessKey: init.args[1], region: 'cn-hangzhou' }),
    // The bucket is part of the host, but for those of Libcloud's whose names no host can have.
    meaning: ({ method, url, headers }) => {
      const { hostname, pathname, searchParams } = new URL(url, 'http://recorded')
      const host = headers?.Host ?? hostname
      const bucket = host.startsWith('oss') ? '' : `/${host.split('.')[0]}`
      const part = ['uploads', 'uploadId', 'partNumber'].filter((name) => searchParams.has(name)).join('+')
      return `${method} ${`${bucket}${pathname}`.replace(/\/$/, '')}${part && ` ${part}`}`
    },
    // Libcloud looks for one bucket in the list of all. We ask for it, and are answered by what is in that list.
    answer: (asked, { own, corpus, pairs }) => {
      const { hostname, searchParams } = new URL(asked.url)
      if (!searchParams.has('bucketInfo')) return
      pairs.push({ asked, recorded: own[0].request })
      const buckets = own.flatMap((x) => corpus.bytes(x.response.body).toString().match(/<Bucket>.*?<\/Bucket>/gs) ?? [])
      const bucket = buckets.find((b) => b.includes(`<Name>${hostname.split('.')[0]}</Name>`))
      if (bucket) return new Response(`<BucketInfo>${bucket}</BucketInfo>`)
      return new Response('<Error><Code>NoSuchBucket</Code></Error>', { status: 404 })
    },
  },
  {
    provider: 'azure-blobs',
    tests: /^storage\.test_azure_blobs\./,
    classes: /\.AzureBlobsStorageDriver$/,
    config: ({ init: { args, kwargs } }) =>
      kwargs.auth_type === 'azureAd'
        ? { account: kwargs.key, tenantId: kwargs.tenant_id, clientId: kwargs.identity, clientSecret: kwargs.secret }
        : { account: args[0], accountKey: args[1], ...(args[3] && { endpoint: `http://${args[3]}:${args[4]}/${args[0]}` }) },
    logIn: /oauth2/,
    meaning: ({ method, url }) => {
      const { pathname, searchParams } = new URL(url, 'http://recorded')
      // Entra ID's second version tells the same as its first.
      if (pathname.includes('/oauth2/')) return 'log in'
      const [comp, marker] = ['comp', 'marker'].map((name) => searchParams.get(name))
      return `${method} ${pathname}${comp ? ` ${comp}` : ''}${marker ? ` after ${marker}` : ''}`
    },
    length: ({ kwargs }) => kwargs.obj.size,
    offline: ['get_object_cdn_url'],
  },
  {
    provider: 'rackspace',
    tests: /^storage\.test_cloudfiles\./,
    classes: /\.CloudFilesStorageDriver$/,
    config: ({ init }) => ({ username: init.args[0], apiKey: init.args[1], region: 'ORD', identityEndpoint: 'https://identity.test/v2.0' }),
    meaning: ({ method, url }) => {
      const { pathname, searchParams } = new URL(url, 'http://recorded')
      const marker = searchParams.get('marker')
      return `${method} ${decodeURIComponent(pathname.replace(/^\/v1\/MossoCloudFS/, ''))}${marker ? ` after ${marker}` : ''}`
    },
    // The log-in, and what Libcloud does not ask before or after it deletes: whether the object is in parts, and for the
    // container of such parts.
    answer: ({ method, url }, { event }) => {
      if (url.endsWith('/tokens')) {
        const at = (type, host) => ({ type, endpoints: [{ region: 'ORD', publicURL: `https://${host}.clouddrive.com/v1/MossoCloudFS` }] })
        const token = { id: 'aaaaaaaaaaaa-bbb-cccccccccccccc', expires: '2099-01-01T00:00:00Z' }
        return Response.json({ access: { token, serviceCatalog: [at('object-store', 'storage4.ord1'), at('rax:object-cdn', 'cdn.ord1')] } })
      }
      if (event.method === 'delete_object' && method === 'HEAD') return new Response(null, { status: 200 })
      if (method === 'DELETE' && url.endsWith('_segments')) return new Response(null, { status: 404 })
    },
    length: ({ kwargs }) => kwargs.obj.size,
  },
]
