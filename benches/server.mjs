// A storage server of one container, in a process of its own: any object of `size` bytes, `delay` milliseconds an answer.
// It says its port; told a line, it says how many requests it had since it was last asked.

import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';

const [size, delay] = process.argv.slice(2).map(Number);
const body = randomBytes(size);
let requests = 0;

const server = createServer((request, response) => {
  requests++;
  request.resume();
  setTimeout(() => {
    response.writeHead(200, {
      'content-length': size,
      'content-type': 'application/octet-stream',
      etag: '"9bb58f26192e4ba00f01e2e7b136bbd8"',
      'last-modified': 'Mon, 23 Nov 2026 10:00:00 GMT',
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }, delay);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
createInterface({ input: process.stdin })
  .on('line', () => {
    console.log(JSON.stringify({ requests }));
    requests = 0;
  })
  .on('close', () => process.exit());
