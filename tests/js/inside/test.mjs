// `node:test` where there is none: cases are gathered, and run one after another.

const cases = []
const first = []
const last = []

export const describe = (name, options, body = options) => body()
export const before = (work) => first.push(work)
export const after = (work) => last.push(work)
export const test = (name, options, work = options) => cases.push([name, work])

/** Runs what was gathered, and tells of each case. */
export async function run(tell) {
  for (const work of first) await work()
  for (const [name, work] of cases) {
    const started = Date.now()
    try {
      await work()
      await tell({ name, ok: true, took: Date.now() - started })
    } catch (error) {
      await tell({ name, ok: false, took: Date.now() - started, error: `${error?.stack ?? error}\n${error?.cause?.stack ?? ''}` })
    }
  }
  for (const work of last) await work()
}
