// The storage suite inside a Worker, on its own bucket. Answers a line of JSON a case, as they end.

import { ready, storage } from '../../../dist/node.js'
import { suite } from '../storage-suite.mjs'
import { run } from './test.mjs'

export default {
  async fetch(_, env, context) {
    await ready()
    suite({
      name: 'r2-binding',
      provider: 'r2-binding',
      open: () => storage('r2-binding', { bucket: env.BUCKET, name: 'photos' }),
      features: { container: 'photos', checksums: ['sha256'], faults: unsteady(env.BUCKET), objects: 500, listed: 2_500 },
    })
    const { readable, writable } = new TransformStream()
    const writer = writable.getWriter()
    const tell = (line) => writer.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`))
    context.waitUntil(run(tell).catch((error) => tell({ name: 'the suite', ok: false, error: String(error?.stack) })).finally(() => writer.close()))
    return new Response(readable)
  },
}

/** A store whose bucket fails in the ways of a busy one: before or after it did what it was asked. */
function unsteady(bucket) {
  let asked = 0
  const proxy = new Proxy(bucket, {
    get(target, name) {
      const method = target[name]
      if (typeof method !== 'function') return method
      if (name === 'createMultipartUpload' || name === 'resumeMultipartUpload') return method.bind(target)
      return async (...args) => {
        const turn = ++asked % 20
        if (turn === 7) throw new Error(`${name}: We encountered an internal error. Please try again. (10001)`)
        const answer = await method.apply(target, args)
        if (turn !== 13) return answer
        await answer?.body?.cancel()
        throw new Error(`${name}: Reduce your concurrent request rate for the same object. (10058)`)
      }
    },
  })
  return () => storage('r2-binding', { bucket: proxy, name: 'photos' })
}
