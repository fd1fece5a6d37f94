// A `fetch` that answers with what was recorded, and remembers what it was asked.

/** Parts of a request that say who asks, when, or in which dialect: nothing of what is asked. */
const DIALECT = /^(AWSAccessKeyId|Action|Signature\w*|Timestamp|Version|cache-busting|x-id|list-type|fetch-owner|X-Amz-\w+(-\w+)*)$/i

export class Replay {
  /** Requests that the recording has no answer to. */
  unknown = []
  /** Pairs of what was asked and the recorded request whose answer was given. */
  pairs = []

  /**
   * `cloud` knows what its requests mean; `own` are the call's exchanges, `pools` those of other calls, nearest first;
   * `event` is the recorded call.
   */
  constructor(corpus, cloud, event, test, pools) {
    this.corpus = corpus
    this.cloud = cloud
    this.event = event
    this.test = test
    this.own = event.exchanges.filter((x) => x.response)
    this.pools = pools
    this.fetch = this.fetch.bind(this)
  }

  async fetch(url, init = {}) {
    const range = new Headers(init.headers).get('range')
    const asked = { method: init.method ?? 'GET', url: String(url), range, body: await text(init.body) }
    const canned = this.cloud.answer?.(asked, this)
    if (canned) return canned
    const exchange = this.find(asked)
    if (!exchange) {
      const { pathname, search } = new URL(asked.url)
      this.unknown.push(this.cloud.meaning(asked) || `${asked.method} ${pathname}${search}`)
      throw new Error('this was not recorded')
    }
    this.pairs.push({ asked, recorded: exchange.request })
    return this.response(exchange, asked)
  }

  /** The recorded exchange that means the same: the call's next, else one that was answered before, else another call's. */
  find(asked) {
    const meaning = this.cloud.meaning(asked)
    const wanted = params(asked)
    const same = (exchange) => this.cloud.meaning(exchange.request) === meaning
    const served = new Set(this.pairs.map((pair) => pair.recorded))
    const fresh = this.own.filter((x) => same(x) && !served.has(x.request))
    if (fresh.length) return nearest(fresh, wanted)
    for (const pool of [this.own, ...this.pools]) {
      const found = pool.filter((x) => x.response && same(x))
      if (found.length) return nearest(found, wanted)
    }
  }

  response(exchange, asked) {
    const { status, reason, headers, body } = exchange.response
    let bytes = this.corpus.bytes(body)
    if (this.cloud.adapt) bytes = this.cloud.adapt(bytes, asked, exchange.request)
    const bodiless = asked.method === 'HEAD' || [204, 205, 304].includes(status)
    const kept = Object.entries(headers).filter(([name]) => !/^(connection|transfer-encoding|host|accept.*)$/i.test(name))
    const response = new Response(bodiless ? null : bytes, { status, statusText: reason ?? '', headers: kept })
    // Libcloud's tests leave out what every server says.
    if (!bodiless) response.headers.set('content-length', bytes.length)
    if (status === 206) response.headers.set('content-range', `${asked.range.replace('=', ' ')}/${this.cloud.length(this.event)}`)
    return response
  }

  /** Recorded requests of the call that were never asked for; log-ins aside. */
  left() {
    const served = new Set(this.pairs.map((pair) => pair.recorded))
    return this.own.map((x) => x.request).filter((request) => !served.has(request) && !this.cloud.logIn?.test(request.url))
  }

  /** How the requests differ from the recorded ones, as short texts. */
  differences() {
    const out = this.left().map((request) => `asks no ${this.cloud.meaning(request)}`)
    for (const { asked, recorded } of this.pairs) {
      const [ours, theirs] = [params(asked), params({ ...recorded, body: this.corpus.bytes(recorded.body).toString() })]
      for (const name of ours.keys()) if (!theirs.has(name)) out.push(`+${name}`)
      for (const name of theirs.keys()) {
        if (!ours.has(name)) out.push(`-${name}`)
        else if (ours.get(name) !== theirs.get(name)) out.push(`${name}=${short(ours.get(name))} for ${short(theirs.get(name))}`)
      }
    }
    return out
  }
}

const short = (value) => (value.length > 40 ? `${value.slice(0, 37)}...` : value)

async function text(body) {
  return body === undefined || body === null ? '' : new Response(body).text()
}

/** Of several recorded requests, the first that agrees most with the parameters asked for. */
function nearest(exchanges, wanted) {
  const score = ({ request }) => {
    const theirs = params({ ...request, body: typeof request.body === 'string' ? request.body : '' })
    let agree = 0
    for (const [name, value] of theirs) agree += wanted.get(name) === value ? 1 : -1
    return agree
  }
  return exchanges.reduce((best, x) => (score(x) > score(best) ? x : best))
}

/** Query and body of a request as names and values. */
export function params({ url, body }) {
  const out = new Map()
  const put = (name, value) => DIALECT.test(name) || out.set(name, value)
  for (const [name, value] of new URL(url, 'http://recorded').searchParams) put(name, value)
  const start = body?.trimStart()[0]
  if (start === '{' || start === '[') flatten('', JSON.parse(body), put)
  else if (start === '<') put('body', body.replace(/<\?.*?\?>|>\s+</gs, (m) => (m[0] === '>' ? '><' : '')).replace(/ xmlns="[^"]*"/, '').trim())
  else if (body?.includes('=') && !body.includes('\n')) for (const [name, value] of new URLSearchParams(body)) put(name, value)
  return out
}

function flatten(name, value, put) {
  if (typeof value !== 'object' || value === null) return put(name, String(value))
  for (const [key, item] of Object.entries(value)) flatten(name ? `${name}.${key}` : key, item, put)
}
