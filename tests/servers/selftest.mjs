// Starts each server, does something real with it, stops it, and says how long that took and how much memory it held.
//
//   node tests/servers/selftest.mjs            all
//   node tests/servers/selftest.mjs pdns moto  only these

import { readFileSync, readdirSync } from 'node:fs'
import { strict as assert } from 'node:assert'
import { setup, venvBin } from '../setup.mjs'
import { modules, start } from './index.mjs'
import { run, until } from './lib.mjs'

const PAGE = 'http://app.example'

const checks = {
  async moto(options = { auth: true }) {
    const server = await start('moto', options)
    return [server, async () => {
      await signed(server, `
ec2 = client("ec2")
assert ec2.describe_regions()["Regions"]
route53 = client("route53")
zone = route53.create_hosted_zone(Name="selftest.example", CallerReference="1")["HostedZone"]["Id"]
assert len(route53.list_resource_record_sets(HostedZoneId=zone, MaxItems="1")["ResourceRecordSets"]) == 1
assert s3.list_objects_v2(Bucket="selftest", Prefix="a/")["KeyCount"] == 1
refused(lambda: client("ec2", secret="wrong").describe_regions())
refused(lambda: client("route53", secret="wrong").list_hosted_zones())`)
      const answer = await fetch(server.endpoint, { headers: { origin: PAGE } })
      assert.equal(answer.status, 403)
      assert.equal(answer.headers.get('access-control-allow-origin'), PAGE)
      await preflight(`${server.endpoint}/bucket/key`, 'authorization')
    }]
  },

  async b2() {
    const server = await start('b2')
    return [server, async () => {
      // By Backblaze's own SDK, as it would speak to Backblaze.
      await run(venvBin('sdks', 'python'), ['-c', `
from b2sdk.v3 import B2Api, InMemoryAccountInfo
from b2sdk.v3.exception import FileNotPresent, Unauthorized
api = B2Api(InMemoryAccountInfo())
try:
    api.authorize_account(${JSON.stringify(server.applicationKeyId)}, "wrong", ${JSON.stringify(server.endpoint)})
    raise SystemExit("a wrong key was taken")
except Unauthorized:
    pass
api.authorize_account(${JSON.stringify(server.applicationKeyId)}, ${JSON.stringify(server.applicationKey)}, ${JSON.stringify(server.endpoint)})
bucket = api.create_bucket("selftest", "allPrivate")
made = bucket.upload_bytes(b"hello", "a/\u00fc +b", file_info={"who": "zo\u00eb +1"})
assert [version.file_name for version, _ in bucket.ls(recursive=True)] == ["a/\u00fc +b"]
import io
for found in (bucket.download_file_by_name("a/\u00fc +b"), api.download_file_by_id(made.id_)):
    out = io.BytesIO()
    found.save(out)
    assert out.getvalue() == b"hello", out.getvalue()
assert bucket.get_file_info_by_name("a/\u00fc +b").file_info == {"who": "zo\u00eb +1"}
large = bucket.upload_bytes(bytes(11_000_000), "large")
assert large.size == 11_000_000
copy = bucket.copy(made.id_, "copy")
bucket.hide_file("copy")
assert sorted(folder or version.file_name for version, folder in bucket.ls()) == ["a/", "large"]
api.delete_file_version(made.id_, "a/\u00fc +b")
try:
    bucket.get_file_info_by_name("a/\u00fc +b")
    raise SystemExit("a deleted file is there")
except FileNotPresent:
    pass
`])
    }]
  },

  async pdns() {
    const server = await start('pdns')
    return [server, async () => {
      const headers = { 'x-api-key': server.apiKey }
      const zones = `${server.endpoint}/api/v1/servers/localhost/zones`
      const record = { name: 'www.selftest.example.', type: 'A', ttl: 60, records: [{ content: '192.0.2.1', disabled: false }] }
      await json(zones, { headers, body: { name: 'selftest.example.', kind: 'Native', nameservers: ['ns1.selftest.example.'], rrsets: [record] } })
      assert.deepEqual(await server.dig('www.selftest.example'), ['192.0.2.1'])
      assert.deepEqual(await server.dig('selftest.example', 'NS'), ['ns1.selftest.example.'])
      assert.equal((await fetch(zones, { headers: { 'x-api-key': 'wrong' } })).status, 401)
      await preflight(zones, 'x-api-key')
    }]
  },

  async radosgw() {
    const server = await start('radosgw')
    return [server, async () => {
      await signed(server, PRESIGNED)
      const headers = { 'x-auth-user': server.swift.user, 'x-auth-key': server.swift.key }
      const answer = await fetch(server.swift.authUrl, { headers })
      assert.equal(answer.status, 204)
      const container = `${answer.headers.get('x-storage-url')}/selftest-swift`
      const token = { 'x-auth-token': answer.headers.get('x-auth-token') }
      assert.equal((await fetch(container, { method: 'PUT', headers: token })).status, 201)
      assert.equal((await fetch(container, { method: 'PUT', headers: { 'x-auth-token': 'wrong' } })).status, 401)
    }]
  },

  async gcs() {
    const server = await start('gcs', { auth: true })
    return [server, async () => {
      // By Google's own library: what is right is taken, what is wrong is not.
      await run(venvBin('gcs', 'python'), ['-W', 'ignore', '-c', GOOGLE], { env: { ENDPOINT: server.endpoint, CREDENTIALS: server.credentials } })
      assert.ok(server.statements.length > 0)
      assert.equal((await fetch(`${server.endpoint}/storage/v1/b/selftest`, { headers: { authorization: 'Bearer wrong' } })).status, 401)
      await preflight(`${server.endpoint}/storage/v1/b/selftest`, 'authorization')
    }]
  },

  async swift() {
    const server = await start('swift', { origins: [PAGE] })
    return [server, async () => {
      const url = `${server.endpoint}/selftest`
      assert.equal((await fetch(url, { method: 'PUT', headers: { 'x-auth-token': 'wrong' } })).status, 401)
      const user = { name: server.username, password: server.password, domain: { name: server.domain } }
      const auth = { identity: { methods: ['password'], password: { user } }, scope: { project: { name: server.project, domain: { name: server.domain } } } }
      const logIn = await fetch(`${server.authUrl}/auth/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ auth }) })
      const headers = { 'x-auth-token': logIn.headers.get('x-subject-token') }
      assert.equal((await fetch(url, { method: 'PUT', headers })).status, 201)
      assert.equal((await fetch(`${url}/a`, { method: 'PUT', headers, body: 'hello' })).status, 201)
      assert.equal(await (await fetch(`${url}/a`, { headers })).text(), 'hello')
      await preflight(`${url}/a`, 'x-auth-token')
      await preflight(`${server.authUrl}/auth/tokens`, 'content-type')
    }]
  },

  async azurite() {
    const server = await start('azurite', { cors: true })
    return [server, async () => {
      assert.equal((await fetch(`${server.endpoint}?comp=list`)).status, 403)
      await preflight(`${server.endpoint}/container/blob`, 'x-ms-version')
    }]
  },

  async prism() {
    const server = await start('prism', { cloud: 'hetzner' })
    return [server, async () => {
      const answer = await fetch(`${server.endpoint}/servers`, { headers: { authorization: 'Bearer token' } })
      assert.ok((await answer.json()).servers.length > 0)
      const refused = await fetch(`${server.endpoint}/servers`, { method: 'POST', headers: { authorization: 'Bearer token', 'content-type': 'application/json' }, body: '{"name":5}' })
      assert.equal(refused.status, 422)
    }]
  },

  async mimic() {
    const server = await start('mimic')
    return [server, async () => {
      const body = { auth: { 'RAX-KSKEY:apiKeyCredentials': { username: server.username, apiKey: server.apiKey } } }
      const { access } = await json(`${server.identityEndpoint}/v2.0/tokens`, { body })
      const headers = { 'x-auth-token': access.token.id }
      const endpoint = (type) => access.serviceCatalog.find((each) => each.type === type).endpoints.find((each) => each.region === server.region).publicURL
      const compute = endpoint('compute')
      const { images } = await json(`${compute}/images`, { headers })
      const { flavors } = await json(`${compute}/flavors`, { headers })
      const created = await json(`${compute}/servers`, { headers, body: { server: { name: 'selftest', imageRef: images[0].id, flavorRef: flavors[0].id } } })
      const one = `${compute}/servers/${created.server.id}`
      await until('ACTIVE', async () => (await json(one, { headers })).server.status === 'ACTIVE')
      await json(one, { method: 'DELETE', headers })
      const loadBalancer = { name: 'selftest', protocol: 'HTTP', port: 80, virtualIps: [{ type: 'PUBLIC' }], nodes: [] }
      await json(`${endpoint('rax:load-balancer')}/loadbalancers`, { headers, body: { loadBalancer } })
      const container = `${endpoint('object-store')}/selftest`
      assert.equal((await fetch(container, { method: 'PUT', headers })).status, 201)
      assert.equal((await fetch(`${container}/key`, { method: 'PUT', headers, body: 'hello' })).status, 201)
      assert.equal(await (await fetch(`${container}/key`, { headers })).text(), 'hello')
    }]
  },

  async openstack() {
    const server = await start('openstack', { origins: [PAGE] })
    return [server, async () => {
      const user = { name: server.username, password: server.password, domain: { name: server.domain } }
      const login = (password) => fetch(`${server.authUrl}/auth/tokens`, {
        method: 'POST', headers: { 'content-type': 'application/json', origin: PAGE },
        body: JSON.stringify({ auth: { identity: { methods: ['password'], password: { user: { ...user, password } } }, scope: { project: { name: server.project, domain: { name: server.domain } } } } }),
      })
      assert.equal((await login('wrong')).status, 401)
      const answer = await login(server.password)
      assert.equal(answer.status, 201)
      assert.match(answer.headers.get('access-control-expose-headers'), /x-subject-token/i)
      const { token } = await answer.json()
      const headers = { 'x-auth-token': answer.headers.get('x-subject-token') }
      const endpoint = (type) => token.catalog.find((each) => each.type === type).endpoints.find((each) => each.interface === 'public').url
      const [compute, network, image, volumes] = ['compute', 'network', 'image', 'volumev3'].map(endpoint)
      for (const url of [`${server.authUrl}/auth/tokens`, `${compute}/servers`, `${network}/v2.0/networks`, `${image}/v2/images`, `${volumes}/volumes`]) {
        await preflight(url, 'x-auth-token')
      }
      const { images } = await json(`${image}/v2/images`, { headers })
      const picture = await fetch(`${image}${images[0].file}`, { headers })
      assert.equal((await picture.arrayBuffer()).byteLength, 1024)
      const { networks } = await json(`${network}/v2.0/networks?name=private`, { headers })
      const { flavors } = await json(`${compute}/flavors`, { headers })
      const body = { server: { name: 'selftest', imageRef: images[0].id, flavorRef: flavors[0].id, networks: [{ uuid: networks[0].id }] } }
      const { server: { id } } = await json(`${compute}/servers`, { headers, body })
      const one = `${compute}/servers/${id}`
      const machine = await until('ACTIVE', async () => {
        const { server: machine } = await json(one, { headers })
        assert.notEqual(machine.status, 'ERROR', JSON.stringify(machine.fault))
        return machine.status === 'ACTIVE' && machine
      })
      assert.match(machine.addresses.private[0].addr, /^10\.20\.0\./)
      const { volume } = await json(`${volumes}/volumes`, { headers, body: { volume: { size: 1, name: 'selftest' } } })
      const status = async (wanted) => (await json(`${volumes}/volumes/${volume.id}`, { headers })).volume.status === wanted
      await until('an available volume', () => status('available'))
      await json(`${one}/os-volume_attachments`, { headers, body: { volumeAttachment: { volumeId: volume.id } } })
      await until('an attached volume', () => status('in-use'))
      await json(`${one}/os-volume_attachments/${volume.id}`, { method: 'DELETE', headers })
      await until('a detached volume', () => status('available'))
      await json(one, { method: 'DELETE', headers })
      await until('its end', async () => (await fetch(one, { headers })).status === 404)
      assert.equal((await fetch(`${compute}/servers`, { headers: { 'x-auth-token': 'wrong' } })).status, 401)
    }]
  },
}

/** S3 by Amazon's own signer: what is right is taken, what is wrong is not. */
async function signed(server, more = '') {
  await botocore(server, `
s3 = client("s3")
s3.create_bucket(Bucket="selftest")
for key in ("plain", "a/\\u00fc +b"):
    s3.put_object(Bucket="selftest", Key=key, Body=b"hello")
    assert s3.get_object(Bucket="selftest", Key=key)["Body"].read() == b"hello"
refused(lambda: client("s3", secret="wrong").get_object(Bucket="selftest", Key="plain"))
refused(lambda: client("s3", key="AKIANOBODY").get_object(Bucket="selftest", Key="plain"))
${more}`)
}

const PRESIGNED = `
import urllib.request
url = s3.generate_presigned_url("get_object", Params={"Bucket": "selftest", "Key": "plain"})
assert urllib.request.urlopen(url).read() == b"hello"
refused(lambda: urllib.request.urlopen(url[:-4] + "0000"))`

const GOOGLE = `
import datetime, json, os, urllib.request, urllib.error
from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import RefreshError
from google.cloud import storage
from google.oauth2 import service_account
endpoint, file = os.environ["ENDPOINT"], json.loads(os.environ["CREDENTIALS"])
def client(**more):
    credentials = service_account.Credentials.from_service_account_info({**file, **more})
    return storage.Client("skyfetch-test", credentials, client_options={"api_endpoint": endpoint})
def refused(call, *errors):
    try:
        call()
    except errors:
        return
    raise SystemExit("what is wrong was taken")
bucket = client().create_bucket("selftest")
blob = bucket.blob("a/\\u00fc +b")
blob.metadata = {"colour": "blue"}
blob.upload_from_string(b"hello", content_type="text/plain", if_generation_match=0)
refused(lambda: blob.upload_from_string(b"again", if_generation_match=0), GoogleAPICallError)
big = bucket.blob("big", chunk_size=262144)
with big.open("wb", ignore_flush=True) as file_:
    file_.write(b"x" * 600000)
assert bucket.get_blob("big").size == 600000
assert blob.download_as_bytes() == b"hello" and bucket.get_blob(blob.name).metadata == {"colour": "blue"}
assert [b.name for b in client().list_blobs("selftest", prefix="a/", max_results=1)] == [blob.name]
url = blob.generate_signed_url(datetime.timedelta(seconds=60), version="v4", api_access_endpoint=endpoint)
assert urllib.request.urlopen(url).read() == b"hello"
refused(lambda: urllib.request.urlopen(url[:-4] + "0000"), urllib.error.HTTPError)
refused(lambda: client(client_email="nobody@example.com").get_bucket("selftest"), RefreshError)
bucket.delete_blobs([blob, big])
`

async function botocore({ endpoint, region, accessKeyId, secretAccessKey }, script) {
  const prelude = `
import botocore.exceptions, botocore.session, urllib.error
from botocore.config import Config
def client(service, key=${JSON.stringify(accessKeyId)}, secret=${JSON.stringify(secretAccessKey)}):
    config = Config(retries={"max_attempts": 0}, signature_version="s3v4" if service == "s3" else None, s3={"addressing_style": "path"})
    return botocore.session.get_session().create_client(service, region_name=${JSON.stringify(region)}, endpoint_url=${JSON.stringify(endpoint)},
        aws_access_key_id=key, aws_secret_access_key=secret, config=config)
def refused(call):
    try:
        call()
    except (botocore.exceptions.ClientError, urllib.error.HTTPError) as error:
        status = getattr(error, "code", None) or error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status in (400, 401, 403), status
    else:
        raise SystemExit("a wrong signature was taken")
`
  await run(venvBin('aws', 'python'), ['-W', 'ignore', '-c', prelude + script])
}

/** A browser's question before it calls from a page. */
async function preflight(url, header) {
  const headers = { origin: PAGE, 'access-control-request-method': 'GET', 'access-control-request-headers': header }
  const answer = await fetch(url, { method: 'OPTIONS', headers })
  assert.ok(answer.ok, `${url} answered a preflight with ${answer.status}`)
  assert.ok(['*', PAGE].includes(answer.headers.get('access-control-allow-origin')), `${url} lets no page in`)
  assert.ok(answer.headers.get('access-control-allow-headers')?.toLowerCase().includes(header), `${url} does not let ${header} through`)
}

async function json(url, { method, headers, body } = {}) {
  const answer = await fetch(url, { method: method ?? (body ? 'POST' : 'GET'), headers: { ...headers, 'content-type': 'application/json' }, body: body && JSON.stringify(body) })
  const text = await answer.text()
  assert.ok(answer.ok, `${url} answered ${answer.status} ${text}`)
  return text ? JSON.parse(text) : undefined
}

/** The memory of these processes and of those that they started, in MB. */
function memory(pids) {
  let kilobytes = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const group = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[2])
      if (pids.includes(group)) kilobytes += Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1] ?? 0)
    } catch {} // it ended meanwhile
  }
  return Math.round(kilobytes / 1024)
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(modules)
let failed = 0
for (const name of names) {
  const times = []
  let last = performance.now()
  const lap = (what) => {
    times.push(`${what} ${((performance.now() - last) / 1000).toFixed(1)} s`)
    last = performance.now()
  }
  let server
  try {
    await setup(name)
    lap('set-up')
    const [started, check] = await checks[name]()
    server = started
    lap('start')
    await check()
    lap('check')
    const held = memory(server.pids)
    await server.stop()
    lap('stop')
    console.log(`ok ${name}: ${times.join(', ')}, ${held} MB`)
  } catch (error) {
    failed += 1
    console.log(`FAILED ${name}: ${times.join(', ')}\n${error.stack}`)
    await server?.stop()
  }
}
console.log(`${names.length - failed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
