// A directory of the File System API in memory, for runtimes that have none: as strict as the strictest of the real ones,
// that is blind to case, with names of at most 255 bytes. `before` is awaited before each change, and may throw.

const named = (name, message) => new DOMException(message ?? name, name)

function check(name) {
  if (name === '' || name === '.' || name === '..' || /[/\\:*?"<>|\0-\x1f]|[. ]$/.test(name) || Buffer.byteLength(name) > 255) throw new TypeError(`Name is not allowed: ${JSON.stringify(name)}`)
  return name.toLowerCase()
}

class FileHandle {
  kind = 'file'
  constructor(name, before) {
    this.name = name
    this.before = before
    this.bytes = new Blob()
    this.writers = 0
  }
  async getFile() {
    return this.bytes
  }
  async createWritable() {
    await this.before()
    const chunks = []
    this.writers += 1
    return {
      write: async (chunk) => {
        await this.before()
        // A Blob of a file that goes is gone with it: what is written is read at once.
        chunks.push(chunk instanceof Blob ? await chunk.arrayBuffer() : chunk)
      },
      close: async () => {
        await this.before()
        this.writers -= 1
        this.bytes = new Blob(chunks)
      },
      abort: async () => void (this.writers -= 1),
    }
  }
}

class DirectoryHandle {
  kind = 'directory'
  constructor(name, before) {
    this.name = name
    this.before = before
    this.children = new Map()
  }
  async #child(name, kind, create) {
    const key = check(name)
    if (create) await this.before()
    const found = this.children.get(key)
    if (found && found.kind !== kind) throw named('TypeMismatchError')
    if (found || !create) {
      if (!found) throw named('NotFoundError')
      return found
    }
    const made = new (kind === 'file' ? FileHandle : DirectoryHandle)(name, this.before)
    this.children.set(key, made)
    return made
  }
  getDirectoryHandle(name, { create = false } = {}) {
    return this.#child(name, 'directory', create)
  }
  getFileHandle(name, { create = false } = {}) {
    return this.#child(name, 'file', create)
  }
  async removeEntry(name, { recursive = false } = {}) {
    const key = check(name)
    await this.before()
    const found = this.children.get(key)
    if (!found) throw named('NotFoundError')
    if (found.writers > 0) throw named('NoModificationAllowedError')
    if (found.kind === 'directory' && found.children.size > 0 && !recursive) throw named('InvalidModificationError')
    this.children.delete(key)
  }
  async *entries() {
    for (const child of [...this.children.values()]) yield [child.name, child]
  }
}

export const directory = (before = async () => {}) => new DirectoryHandle('', before)

/** Every file, by its path. */
export function* files(handle, path = '') {
  for (const child of handle.children.values()) {
    if (child.kind === 'file') yield [`${path}/${child.name}`, child.bytes]
    else yield* files(child, `${path}/${child.name}`)
  }
}
