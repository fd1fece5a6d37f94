// What the suite needs of `node:assert/strict`, where there is none.

const show = (value) => {
  try {
    return JSON.stringify(value)?.slice(0, 500) ?? String(value)
  } catch {
    return String(value)
  }
}

function same(a, b) {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}

const fail = (message, why) => {
  throw message instanceof Error ? message : new Error(message === undefined ? why : `${message}: ${why}`)
}
const ok = (value, message) => value || fail(message, `${show(value)} is not true`)
const equal = (got, want, message) => Object.is(got, want) || fail(message, `${show(got)} is not ${show(want)}`)
const deepEqual = (got, want, message) => same(got, want) || fail(message, `${show(got)} is not ${show(want)}`)
const match = (text, pattern, message) => pattern.test(text) || fail(message, `${show(text)} does not match ${pattern}`)

async function rejects(promise, message) {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch {
    return
  }
  fail(message, 'nothing was rejected')
}

export default { ok, equal, deepEqual, match, rejects, fail }
