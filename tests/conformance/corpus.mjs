// The recorded calls of Libcloud's own tests: where they are, and how to read them.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A corpus, unpacked. */
export class Corpus {
  constructor(folder) {
    this.folder = folder
  }

  /** The tests of every recorded class whose name matches. */
  *tests(classes) {
    for (const file of readdirSync(this.folder).sort()) {
      const name = file.replace(/\.jsonl$/, '')
      if (name === file || !classes.test(name)) continue
      for (const line of readFileSync(join(this.folder, file), 'utf8').split('\n')) {
        if (line) yield { file: name, ...JSON.parse(line) }
      }
    }
  }

  /** A recorded body as bytes; nothing where only its hash was recorded. */
  bytes(value) {
    if (typeof value === 'string') return Buffer.from(value)
    if (value?.$bytes !== undefined) return Buffer.from(value.$bytes, 'base64')
    if (value?.$body !== undefined) return readFileSync(join(this.folder, 'bodies', value.$body))
    return Buffer.alloc(0)
  }
}

/** Finds the corpus at SKYFETCH_CORPUS (the archive, or its folder unpacked) or beside the checkout. */
export function open() {
  const path = resolve(process.env.SKYFETCH_CORPUS || join(ROOT, '../shared/corpus/libcloud-calls.tar.xz'))
  if (!existsSync(path)) {
    throw new Error(`no recorded calls at ${path}. Next: put libcloud-calls.tar.xz there, or set SKYFETCH_CORPUS to where it is.`)
  }
  return new Corpus(statSync(path).isDirectory() ? path : unpacked(path))
}

/** Unpacks an archive, once for each version of it. */
function unpacked(archive) {
  const { size, mtimeMs } = statSync(archive)
  const folder = join(tmpdir(), `skyfetch-corpus-${size}-${Math.round(mtimeMs)}`)
  if (existsSync(folder)) return folder
  // Under another name until it is whole: a run that is stopped half-way must not leave half a corpus behind.
  const part = `${folder}.${process.pid}`
  mkdirSync(part, { recursive: true })
  try {
    execFileSync('tar', ['-xJf', archive, '-C', part], { stdio: ['ignore', 'ignore', 'pipe'] })
    if (!existsSync(folder)) renameSync(part, folder)
  } catch (error) {
    throw new Error(`cannot unpack ${archive}: ${error.stderr || error.message}. Next: see that tar and xz are there.`)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
  return folder
}
