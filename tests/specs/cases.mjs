// The requests of the recorded cases, tests/wire/CLOUD/compute/*.txt (the format is in tests/wire.rs).

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const WIRE = fileURLToPath(new URL('../wire', import.meta.url))

/** The clouds whose compute cases there are. */
export const clouds = () => readdirSync(WIRE).filter((name) => existsSync(join(WIRE, name, 'compute'))).sort()

/** What a cloud is sent, each with the case it is of. */
export function requests(cloud) {
  const folder = join(WIRE, cloud, 'compute')
  return readdirSync(folder).sort().filter((file) => file.endsWith('.txt') && file !== 'account.txt').flatMap((file) => read(join(folder, file), file.slice(0, -4)))
}

function read(path, name) {
  const blocks = readFileSync(path, 'utf8').split('\n').reduce((blocks, line, at, lines) => {
    if (line.startsWith('>') && !lines[at - 1]?.startsWith('>')) blocks.push([])
    if (line.startsWith('>')) blocks.at(-1).push(line.slice(2))
    return blocks
  }, [])
  return blocks.map((lines, at) => {
    const [method, url] = lines[0].split(' ')
    const blank = lines.indexOf('')
    const text = blank < 0 ? '' : lines.slice(blank + 1).join('\n')
    const request = { case: name, number: at + 1, method, url }
    if (/^\s*[[{]/.test(text)) request.body = JSON.parse(text)
    else if (text) request.form = text
    return request
  })
}
