// How far a body is that goes up in one request. `fetch` does not say; but where it takes a stream of known length, that
// stream can: in Node, Bun and Workers. Browsers and Deno send streams in chunks without a length, which stores refuse.

const listeners = new WeakMap<object, (bytes: number) => void>();

type Pass = TransformStream<Uint8Array, Uint8Array>;
const runtime = globalThis as { FixedLengthStream?: new (length: number) => Pass; Deno?: unknown; process?: { versions?: { node?: string } } };

/** The same bytes, of which `tell` hears as they go. */
export function told<B extends Uint8Array | Blob>(body: B, tell: (bytes: number) => void): B {
  if (!runtime.FixedLengthStream && (runtime.Deno || !runtime.process?.versions?.node)) return body;
  const own = body instanceof Blob ? body.slice(0, body.size, body.type) : body.subarray();
  listeners.set(own, tell);
  return own as B;
}

const PIECE = 65_536;

/** The global `fetch`. */
export const send: typeof globalThis.fetch = (url, init) => {
  const body = init?.body as Uint8Array | Blob | undefined;
  const tell = body && listeners.get(body);
  if (!tell) return fetch(url, init);
  const size = body instanceof Blob ? body.size : body.byteLength;
  let at = 0;
  let stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // That all of it is stored is known when the answer is there.
      if (at > 0 && at < size) tell(at);
      const end = Math.min(at + PIECE, size);
      controller.enqueue(body instanceof Blob ? new Uint8Array(await body.slice(at, end).arrayBuffer()) : body.subarray(at, end));
      at = end;
      if (at === size) controller.close();
    },
  }, { highWaterMark: 0 });
  if (runtime.FixedLengthStream) stream = stream.pipeThrough(new runtime.FixedLengthStream(size));
  else (init!.headers as Headers).set('content-length', String(size));
  return fetch(url, { ...init, body: stream, duplex: 'half' } as RequestInit);
};
