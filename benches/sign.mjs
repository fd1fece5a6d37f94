// Signing a GET of an S3 object in its query (a presigned URL), by public interfaces. Every URL is another one.

import { Side, race, rows } from './harness.mjs';
import { credentials, keyName, region, skyfetch } from './data.mjs';

const HOST = 'photos.s3.eu-west-1.amazonaws.com';
const JOINED = 64;

/** Fails unless a URL's signature is what `aws4` computes for it. */
async function verify(url) {
  const { default: aws4 } = await import('aws4');
  const { host, pathname, search, searchParams } = new URL(url);
  const signature = searchParams.get('X-Amz-Signature');
  const unsigned = search.slice(1).split('&').filter((pair) => !pair.startsWith('X-Amz-Signature=')).join('&');
  const { path } = aws4.sign({ host, path: `${pathname}?${unsigned}`, service: 's3', region, signQuery: true }, credentials);
  if (!signature || new URL(path, 'https://x').searchParams.get('X-Amz-Signature') !== signature) throw new Error(`a wrong signature: ${url}`);
}

let n = 0;
const path = () => `/${keyName(n++)}`;

const presigner = async () => {
  const { storage } = await skyfetch();
  const bucket = storage('s3', { ...credentials, region });
  const sign = () => bucket.presign('photos', keyName(n++));
  await verify(await sign());
  return sign;
};

const aws4fetch = async () => {
  const { AwsClient } = await import('aws4fetch');
  const client = new AwsClient({ ...credentials, service: 's3', region });
  const sign = async () => (await client.sign(`https://${HOST}${path()}?X-Amz-Expires=3600`, { aws: { signQuery: true } })).url;
  await verify(await sign());
  return sign;
};

const joined = (sign) => async () => (await Promise.all(Array.from({ length: JOINED }, sign))).length;

export const sides = {
  skyfetch: presigner,
  'skyfetch, 64 joined': async () => joined(await presigner()),
  aws4fetch,
  'aws4fetch, 64 joined': async () => joined(await aws4fetch()),
  async '@smithy/signature-v4'() {
    const { SignatureV4 } = await import('@smithy/signature-v4');
    const { Sha256 } = await import('@aws-crypto/sha256-js');
    const signer = new SignatureV4({ credentials, region, service: 's3', sha256: Sha256, uriEscapePath: false });
    const headers = { host: HOST, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const options = { expiresIn: 3600, unsignableHeaders: new Set(['x-amz-content-sha256']) };
    const sign = async () => signer.presign({ method: 'GET', protocol: 'https:', hostname: HOST, path: path(), query: {}, headers }, options);
    const { query, path: signed } = await sign();
    await verify(`https://${HOST}${signed}?${new URLSearchParams(query)}`);
    return sign;
  },
  async 'aws4 (node:crypto)'() {
    const { default: aws4 } = await import('aws4');
    const sign = () => void aws4.sign({ host: HOST, path: `${path()}?X-Amz-Expires=3600`, service: 's3', region, signQuery: true }, credentials);
    sign();
    return sign;
  },
};

export default async function () {
  const goal = { text: '≥ 200,000 per s', met: (row) => row.ours >= 200_000 };
  const rates = await race('signing', Object.keys(sides).map((name) => () => Side.node('sign', name)));
  return rows('SigV4 of an S3 GET', rates, { goal, own: { 'skyfetch, 64 joined': '64 joined' } });
}
