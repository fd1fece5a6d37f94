// The recorded cases, tests/wire/CLOUD/SERVICE/*.txt, as tests/wire.rs tells their format.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WIRE = fileURLToPath(new URL('../wire', import.meta.url))

/** The clouds whose cases of a service there are. */
export const clouds = (service = 'compute') => readdirSync(WIRE).filter((name) => existsSync(join(WIRE, name, service))).sort()

/** A cloud's cases, each with its name, `call`, exchanges, and `result` or `error`. */
export function cases(cloud, service = 'compute') {
  const folder = join(WIRE, cloud, service)
  const files = readdirSync(folder).sort().filter((file) => file.endsWith('.txt') && file !== 'account.txt')
  return files.map((file) => ({ name: file.slice(0, -4), ...read(join(folder, file)) }))
}

/** What a cloud is sent, each with the case it is of. */
export const requests = (cloud, service) =>
  cases(cloud, service).flatMap(({ name, exchanges }) => exchanges.map(({ request }, at) => ({ case: name, number: at + 1, ...request })))

/** The account of a cloud's cases: its fields, the exchanges of its log-in, and the cloud whose language it speaks, if it says so. */
export function account(cloud, service = 'compute') {
  const own = join(WIRE, cloud, service, 'account.txt')
  return read(existsSync(own) ? own : join(WIRE, cloud, 'account.txt'))
}

function read(path) {
  const found = { fields: {}, exchanges: [], like: undefined, call: undefined, result: undefined, error: undefined }
  let last = ''
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [first, rest] = [line[0], line.slice(2)]
    if (first === '>' && last !== '>') found.exchanges.push({ asked: [], answered: [] })
    if (first === '>') found.exchanges.at(-1).asked.push(rest)
    else if (first === '<') found.exchanges.at(-1).answered.push(rest)
    else if (first === '=') found.result = (found.result ?? '') + rest
    else if (first === '!') found.error = rest
    else if (/^# (like|as) \S+/.test(line)) found.like = line.split(' ')[2]
    else if (line.startsWith('call ')) {
      const [, method, args] = /^call (\S+) ?(.*)$/.exec(line)
      found.call = { method, args: JSON.parse(args || '[]') }
    } else if (/^\w+: /.test(line)) found.fields[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 2)
    last = first
  }
  if (found.result !== undefined) found.result = JSON.parse(found.result)
  found.exchanges = found.exchanges.map(({ asked, answered }) => ({ request: request(asked), answer: answer(answered) }))
  return found
}

function request(lines) {
  const [method, url] = lines[0].split(' ')
  const { headers, body: text } = split(lines)
  const whole = { method, url, headers: Object.fromEntries(headers) }
  return /^\s*[[{]/.test(text) ? { ...whole, body: JSON.parse(text) } : text ? { ...whole, form: text } : whole
}

const answer = (lines) => ({ status: Number(lines[0]), ...split(lines) })

function split(lines) {
  const blank = lines.indexOf('') < 0 ? lines.length : lines.indexOf('')
  const headers = lines.slice(1, blank).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  return { headers, body: lines.slice(blank + 1).join('\n') }
}
