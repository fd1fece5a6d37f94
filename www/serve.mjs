// Serves the page and the package to this machine alone.
//
//   node www/serve.mjs [--port N] [--relay https://api.example.com]…
//
// A browser may call only clouds whose answers allow it (CORS). For others, --relay names an origin to which this server
// passes requests of the page on; to no other origin, and for no other page.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { relay } from './relay.mjs';

const FOLDERS = [
  ['/skyfetch/', fileURLToPath(new URL('../dist/', import.meta.url))],
  ['/', fileURLToPath(new URL('.', import.meta.url))],
];

/** What has no type here is not served: the page needs nothing else. */
const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };

const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src *; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Starts the server; gives its address and how to close it. Without a port it takes the first free one from 8787 on. */
export async function serve({ port, relayTo = [] } = {}) {
  const pass = relay(relayTo);
  const server = createServer((request, response) => {
    answer(request, response, pass).catch(() => {
      if (!response.headersSent) response.writeHead(500, HEADERS);
      response.end();
    });
  });
  const taken = await listen(server, port ? [port] : Array.from({ length: 40 }, (_, i) => 8787 + i));
  return {
    address: `http://localhost:${taken}/`,
    port: taken,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(request, response, pass) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/relay') return pass(request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...HEADERS, allow: 'GET, HEAD' });
    return response.end();
  }
  const file = await find(pathname);
  if (!file) {
    response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain' });
    return response.end('There is nothing here.\n');
  }
  response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(file.path)], 'content-length': file.size });
  if (request.method === 'HEAD') return response.end();
  createReadStream(file.path).once('error', () => response.destroy()).pipe(response);
}

/** The file of a path, if it lies in one of the folders. */
async function find(pathname) {
  let path;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (path.endsWith('/')) path += 'index.html';
  const [prefix, folder] = FOLDERS.find(([start]) => path.startsWith(start));
  const file = resolve(join(folder, path.slice(prefix.length)));
  if (path.includes('\0') || !file.startsWith(resolve(folder) + sep) || !TYPES[extname(file)]) return undefined;
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? { path: file, size: found.size } : undefined;
}

/** Takes the first port that is free. */
async function listen(server, ports) {
  for (const port of ports) {
    try {
      await new Promise((done, failed) => {
        server.once('error', failed);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', failed);
          done();
        });
      });
      return server.address().port;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    }
  }
  throw new Error(ports.length === 1 ? `port ${ports[0]} is taken. Next: choose another with --port.` : `no port from ${ports[0]} to ${ports.at(-1)} is free. Next: choose one with --port.`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const values = (name) => process.argv.flatMap((word, i) => (word === name ? [process.argv[i + 1]] : []));
  try {
    const { address } = await serve({ port: Number(values('--port')[0]) || undefined, relayTo: values('--relay') });
    console.log(`The console: ${address}`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
