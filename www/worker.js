// A Cloudflare Worker that drives a cloud: the same package, the same calls, no init.
//
//   GET  /             the nodes, as JSON
//   POST /nodes        creates one from { name, image, size }, or several from an array of those, joined
//   GET  /files/NAME   streams a file through; PUT stores one. The Worker's memory never holds it
//
// Without settings it plays in the sandbox, in this isolate's memory. For a real account, set COMPUTE and STORAGE as secrets, each
// a JSON object: the provider's name, and what its account is made from; BUCKET; and TOKEN, without which a Worker that
// spends somebody's money answers nobody:
//
//   COMPUTE = {"provider":"ec2","accessKeyId":"…","secretAccessKey":"…","region":"eu-west-1"}

import { SkyfetchError, compute, storage } from 'skyfetch';

const TIMEOUT = 25_000;

/** The sandbox's world lives as long as its account: one for the isolate. */
let sandbox;

export default {
  async fetch(request, env) {
    try {
      const refused = await refuse(request, env);
      return refused ?? (await route(request, open(env), env.BUCKET ?? 'files'));
    } catch (error) {
      return failure(error);
    }
  },
};

async function route(request, { cloud, real, bucket }, container) {
  const { pathname } = new URL(request.url);
  const task = { timeout: TIMEOUT };
  const at = `${request.method} ${pathname}`;
  if (at === 'GET /') return Response.json(await cloud.listNodes(task));
  if (at === 'POST /nodes') return create(request, cloud, real, task);
  if (pathname.startsWith('/files/')) {
    const name = decodeURIComponent(pathname.slice('/files/'.length));
    if (request.method === 'GET') return download(bucket, container, name, task);
    if (request.method === 'PUT') return upload(request, bucket, container, name, task);
  }
  return Response.json({ error: 'There is GET /, POST /nodes, GET and PUT /files/NAME.' }, { status: 404 });
}

async function create(request, cloud, real, task) {
  const wanted = await request.json().catch(() => undefined);
  const specs = Array.isArray(wanted) ? wanted : [wanted];
  if (!specs.every((spec) => typeof spec?.name === 'string')) return Response.json({ error: 'The body must be { "name": … }, or an array of those.' }, { status: 400 });
  // What is not said is chosen once for all of them; but not where it costs money.
  const complete = specs.every((spec) => spec.image && spec.size);
  if (!complete && real) return Response.json({ error: '"image" and "size" are needed.' }, { status: 400 });
  const [image, size] = complete ? [] : (await Promise.all([cloud.listImages(task), cloud.listSizes(task)])).map((list) => list[0]);
  const settled = await cloud.createNodes(specs.map((spec) => ({ ...spec, image: spec.image ?? image, size: spec.size ?? size })), task);
  if (settled.length === 1 && settled[0].reason) throw settled[0].reason;
  const answers = settled.map((one) => one.value ?? { error: String(one.reason.message) });
  return Response.json(Array.isArray(wanted) ? answers : answers[0], { status: 201 });
}

async function download(bucket, container, name, task) {
  const file = await bucket.download(container, name, task);
  const headers = { 'content-type': file.contentType ?? 'application/octet-stream', 'content-length': String(file.size), 'x-content-type-options': 'nosniff' };
  if (file.etag) headers.etag = `"${file.etag}"`;
  return new Response(file.body, { headers });
}

async function upload(request, bucket, container, name, task) {
  if (!(await bucket.listContainers(task)).some((one) => one.name === container)) await bucket.createContainer(container, task);
  const stored = await bucket.upload(container, name, request.body ?? '', { ...task, contentType: request.headers.get('content-type') ?? undefined });
  return Response.json(stored, { status: 201 });
}

/** The accounts. A real one is made for each request, for a Worker's requests must not wait for each other's log-in. */
function open(env) {
  const account = (service, json) => {
    const { provider, ...config } = JSON.parse(json);
    return service(provider, config);
  };
  sandbox ??= { cloud: compute('sandbox', {}), bucket: storage('sandbox', {}) };
  return {
    real: Boolean(env.COMPUTE),
    cloud: env.COMPUTE ? account(compute, env.COMPUTE) : sandbox.cloud,
    bucket: env.STORAGE ? account(storage, env.STORAGE) : sandbox.bucket,
  };
}

/** Whoever does not know the token is sent away; only the sandbox is for everybody. */
async function refuse(request, env) {
  if (!env.TOKEN) return env.COMPUTE || env.STORAGE ? Response.json({ error: 'Set the secret TOKEN first.' }, { status: 403 }) : undefined;
  const given = request.headers.get('authorization') ?? '';
  // Hashes, compared whole: how long it takes tells nothing.
  const [a, b] = (await Promise.all([given, `Bearer ${env.TOKEN}`].map(hash))).map((bytes) => new Uint8Array(bytes));
  if (a.reduce((different, byte, at) => different | (byte ^ b[at]), 0) === 0) return undefined;
  return Response.json({ error: 'Send the token: authorization: Bearer …' }, { status: 401, headers: { 'www-authenticate': 'Bearer' } });
}

const hash = (text) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));

/** The statuses that say the same to this Worker's callers. */
const STATUS = { invalid: 400, 'not-found': 404, conflict: 409, quota: 429, 'rate-limited': 429, deadline: 504 };

function failure(error) {
  // Anything else is not for callers: it may hold what they must not see.
  if (!(error instanceof SkyfetchError)) {
    console.error(error);
    return Response.json({ error: 'The Worker failed.' }, { status: 500 });
  }
  const headers = error.retryAfter ? { 'retry-after': String(Math.ceil(error.retryAfter / 1_000)) } : {};
  return Response.json({ error: error.message, kind: error.kind }, { status: STATUS[error.kind] ?? 502, headers });
}
