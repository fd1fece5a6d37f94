// What a browser downloads: brotli (quality 11) of each file. The peers are bundled by esbuild, minified.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

import { step } from './harness.mjs';
import { dist } from './data.mjs';

const compress = promisify(brotliCompress);
const brotli = async (bytes) => (await compress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })).length;

async function ours(folder) {
  const at = (file) => new URL(`${folder}${file}`, dist);
  const wasm = [at('skyfetch.wasm'), new URL('skyfetch.wasm', dist)].find((url) => existsSync(url));
  const sizes = await Promise.all([wasm, at('browser.js')].map((url) => brotli(readFileSync(url))));
  return sizes[0] + sizes[1];
}

/** The clients with the commands named, as a program has them that uses those. */
async function bundle(entries) {
  const { build } = await import('esbuild');
  const contents = Object.entries(entries).map(([name, what]) => `export ${what === '*' ? '*' : `{ ${what.join(', ')} }`} from '@aws-sdk/${name}';`).join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    write: false,
    logLevel: 'error',
  });
  return brotli(outputFiles[0].contents);
}

const S3 = ['S3Client', ...`ListBuckets HeadBucket CreateBucket DeleteBucket ListObjectsV2 HeadObject GetObject PutObject DeleteObject DeleteObjects
  CopyObject CreateMultipartUpload UploadPart CompleteMultipartUpload AbortMultipartUpload ListMultipartUploads`.split(/\s+/).map((c) => `${c}Command`)];
const EC2 = ['EC2Client', ...`DescribeInstances RunInstances TerminateInstances RebootInstances StartInstances StopInstances DescribeInstanceTypes
  DescribeImages CreateImage DeregisterImage CopyImage DescribeAvailabilityZones DescribeVolumes CreateVolume AttachVolume DetachVolume DeleteVolume
  DescribeSnapshots CreateSnapshot DeleteSnapshot DescribeKeyPairs CreateKeyPair ImportKeyPair DeleteKeyPair DescribeTags CreateTags DeleteTags
  DescribeSubnets CreateSubnet DeleteSubnet DescribeVpcs DescribeSecurityGroups CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupIngress
  AuthorizeSecurityGroupEgress`.split(/\s+/).map((c) => `${c}Command`)];
const ROUTE53 = ['Route53Client', ...`ListHostedZones GetHostedZone CreateHostedZone DeleteHostedZone UpdateHostedZoneComment ListResourceRecordSets
  ChangeResourceRecordSets`.split(/\s+/).map((c) => `${c}Command`)];
const ELB = ['ElasticLoadBalancingV2Client', ...`DescribeLoadBalancers CreateLoadBalancer DeleteLoadBalancer RegisterTargets DeregisterTargets
  DescribeTargetHealth DescribeListeners CreateListener`.split(/\s+/).map((c) => `${c}Command`)];

export default async function () {
  return step('size', async (tick) => {
    const sized = async (work) => {
      const size = await work.catch((error) => (tick(`\n  ${error.message}\n  `), null));
      tick();
      return size && size / 1000;
    };
    const all = await sized(ours(''));
    const [computing, storing, naming] = [await sized(ours('compute/')), await sized(ours('storage/')), await sized(ours('dns/'))];
    const four = await sized(bundle({ 'client-ec2': EC2, 'client-s3': S3, 'client-route-53': ROUTE53, 'client-elastic-load-balancing-v2': ELB }));
    const ec2 = await sized(bundle({ 'client-ec2': EC2 }));
    const s3 = await sized(bundle({ 'client-s3': S3 }));
    const route53 = await sized(bundle({ 'client-route-53': ROUTE53 }));
    const row = (name, mine, peerName, peer, goal) => ({ name, unit: 'kB brotli', better: 'lower', ours: mine, peer, peerName, ratio: mine && peer && peer / mine, goal });
    const atMost = (limit) => ({ text: `≤ ${limit} kB`, met: (r) => r.ours <= limit });
    return [
      row('everything, for a browser', all, 'AWS SDK EC2 + S3 + Route 53 + ELBv2', four, atMost(75)),
      row('compute only, for a browser', computing, 'AWS SDK client-ec2', ec2),
      row('storage only, for a browser', storing, 'AWS SDK client-s3', s3, atMost(40)),
      row('DNS only, for a browser', naming, 'AWS SDK client-route-53', route53),
    ];
  });
}
