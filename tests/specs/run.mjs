// Every request of the recorded cases beside its cloud's own API document: path, method, parameters, body.
//
//   node tests/specs/run.mjs                            all clouds
//   node tests/specs/run.mjs linode                     one
//   node tests/specs/run.mjs hetzner=/a/newer.json      beside another document
//
// The checks are themselves checked: each request is spoiled in some ways, and must be refused then.

import { account, clouds, requests } from './cases.mjs'
import { DIFFERENCES } from './differences.mjs'
import { DOCUMENTS, WITHOUT, document, getDocuments } from './documents.mjs'

const asked = new Map(process.argv.slice(2).map((argument) => argument.split('=')))
const fits = (pattern, text) => (pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern)
let passed = 0
let failed = 0
const fail = (line) => {
  failed++
  console.log(`FAILED ${line}`)
}

await getDocuments()
const rows = []
const others = Object.keys(DOCUMENTS).filter((cloud) => DOCUMENTS[cloud].service)
for (const cloud of [...clouds(), ...others].filter((cloud) => asked.size === 0 || asked.has(cloud))) {
  // One that speaks another's language is held against that one's document.
  const whose = DOCUMENTS[cloud] ? cloud : account(cloud).like
  if (DOCUMENTS[whose] === undefined) {
    if (WITHOUT[cloud]) rows.push(`${cloud.padEnd(14)} no document: ${WITHOUT[cloud]}`)
    else fail(`${cloud}: name its API document in tests/specs/documents.mjs, or say there why there is none`)
    continue
  }
  const { check, spoil, title, size, source } = document(whose, asked.get(cloud))
  const sent = requests(cloud, DOCUMENTS[whose].service)
  const differences = (asked.get(cloud) ? [] : DIFFERENCES[cloud] ?? []).map(([cases, problem, why]) => ({ cases, problem, why, used: 0 }))
  const operations = new Set()
  let spoiled = 0
  for (const request of sent) {
    const { operation, problems } = check(request)
    if (operation) operations.add(operation)
    const open = problems.filter((problem) => {
      const known = differences.find((one) => fits(one.cases, request.case) && fits(one.problem, problem))
      if (known) known.used++
      return known === undefined
    })
    if (open.length === 0) passed++
    else fail(`${cloud}/${request.case}, request ${request.number}: ${request.method} ${request.url}\n${open.map((problem) => `  ${problem}`).join('\n')}`)
    for (const [how, change] of operation ? spoil(request, problems) : []) {
      const bad = { ...request, ...change }
      if (check(bad).problems.some((problem) => !problems.includes(problem))) spoiled++
      else fail(`${cloud}/${request.case}, request ${request.number}: it is taken even ${how}`)
    }
  }
  for (const { cases, problem } of differences.filter((one) => one.used === 0)) fail(`${cloud}: nothing needs the difference ${cases}, "${problem}"`)
  rows.push(`${cloud.padEnd(14)} ${String(sent.length).padStart(3)} requests of ${String(operations.size).padStart(2)} operations, ${differences.length} differences, ${spoiled} spoiled ones refused: ${title} (${size} operations), from ${source}`)
}
for (const row of rows) console.log(row)
console.log(`${passed} requests checked, ${failed} failures`)
process.exit(failed > 0 ? 1 : 0)
