// As much of S3 as the storage benchmark asks, in a process of its own: it takes what it is sent and keeps none of it, gives
// objects of the length in their name, and lists 100,000 keys, 1,000 a page. It says its port; told a line, how many requests
// and bytes it had since it was last asked.

import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { randomBytes } from 'node:crypto';

import { KEYS, s3Page } from './data.mjs';

const MiB = 1 << 20;
const chunk = randomBytes(MiB);
const pages = Array.from({ length: KEYS / 1000 }, (_, i) => Buffer.from(s3Page(i)));
let [requests, bytes] = [0, 0];

const xml = (response, body) => response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body);

/** Sends so many bytes, no faster than they are taken. */
function give(response, length) {
  let left = length;
  const more = () => {
    while (left > 0) {
      const part = left < MiB ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      if (!response.write(part)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}

const server = createServer((request, response) => {
  requests++;
  const [path, query = ''] = request.url.split('?');
  const parameters = new URLSearchParams(query);
  request.on('data', (data) => (bytes += data.length));
  request.on('end', () => {
    switch (request.method) {
      case 'GET':
        if (parameters.has('list-type')) return xml(response, pages[Number(parameters.get('continuation-token') ?? 0)]);
      // falls through
      case 'HEAD': {
        const length = Number(path.split('-').at(-1));
        response.writeHead(200, { 'content-length': length, 'content-type': 'application/octet-stream', etag: '"9bb58f26192e4ba00f01e2e7b136bbd8"', 'last-modified': 'Mon, 23 Nov 2026 10:00:00 GMT' });
        return request.method === 'HEAD' ? response.end() : give(response, length);
      }
      case 'POST':
        if (parameters.has('uploads')) return xml(response, '<InitiateMultipartUploadResult><Bucket>photos</Bucket><Key>k</Key><UploadId>u-1</UploadId></InitiateMultipartUploadResult>');
        return xml(response, '<CompleteMultipartUploadResult><Location>l</Location><Bucket>photos</Bucket><Key>k</Key><ETag>"e-1"</ETag></CompleteMultipartUploadResult>');
      default:
        return response.writeHead(200, { etag: '"9bb58f26192e4ba00f01e2e7b136bbd8"', 'content-length': 0 }).end();
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
createInterface({ input: process.stdin })
  .on('line', () => {
    console.log(JSON.stringify({ requests, bytes }));
    requests = bytes = 0;
  })
  .on('close', () => process.exit());
