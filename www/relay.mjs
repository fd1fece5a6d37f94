// Passes the page's requests on to clouds that browsers may not call themselves; only to the origins given at the start.
//
// The page sends its request to /relay with the address in the header x-relay-to, so that no address and no query stands in
// a log of this server. Signatures stay right: they were made for the cloud's own address.

/** Headers that belong to one connection, or to the page and not to the cloud. */
const OURS = /^(host|connection|keep-alive|transfer-encoding|upgrade|te|trailer|expect|content-length|accept-encoding|cookie|origin|referer|x-relay-to|sec-.*|proxy-.*)$/;
const THEIRS = /^(connection|keep-alive|transfer-encoding|content-encoding|content-length|set-cookie|access-control-.*)$/;

export function relay(origins) {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  return async (request, response) => {
    const refuse = (status, words) => {
      response.writeHead(status, { 'content-type': 'text/plain' });
      response.end(words);
    };
    // Only the page itself: a custom header and this one, which no script can set, keep other sites out; the host keeps out
    // a foreign name that resolves to this machine.
    if (request.headers['sec-fetch-site'] !== 'same-origin' || !/^localhost(:\d+)?$/.test(request.headers.host ?? '')) return refuse(403, 'Only for the page.');
    if (request.method === 'GET' && !request.headers['x-relay-to']) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify([...allowed]));
    }
    const to = URL.canParse(request.headers['x-relay-to'] ?? '') ? new URL(request.headers['x-relay-to']) : undefined;
    if (!to || !allowed.has(to.origin)) return refuse(403, 'This server relays only to the origins it was started with (--relay).');
    const headers = Object.entries(request.headers).filter(([name]) => !OURS.test(name));
    const stop = new AbortController();
    response.once('close', () => stop.abort());
    const bodied = !['GET', 'HEAD'].includes(request.method);
    const chunks = [];
    if (bodied) for await (const chunk of request) chunks.push(chunk);
    try {
      const answer = await fetch(to, { method: request.method, headers, body: bodied ? Buffer.concat(chunks) : undefined, redirect: 'manual', signal: stop.signal });
      response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => !THEIRS.test(name))));
      if (answer.body) for await (const chunk of answer.body) response.write(chunk);
      response.end();
    } catch {
      if (!response.headersSent) refuse(502, 'The cloud did not answer.');
      else response.destroy();
    }
  };
}
