// The storage suite where the providers live that no server stands for: a Worker's own bucket in workerd, and the browser's
// own file system in headless Chromium.

import { createServer } from 'node:http'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { Miniflare } from 'miniflare'
import { chromium } from 'playwright-core'
import * as setup from '../setup.mjs'
import { assert } from './lib.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Bundles an entry with the package as its runtime would take it. */
async function bundle(entry, flavour, outdir) {
  const instead = { 'node:test': here('inside/test.mjs'), 'node:assert/strict': here('inside/assert.mjs'), '../../dist/node.js': here(`../../dist/${flavour}.js`), '../../../dist/node.js': here(`../../dist/${flavour}.js`) }
  const wiring = {
    name: 'wiring',
    setup(build) {
      build.onResolve({ filter: /^node:|dist\/node\.js$/ }, ({ path }) => (instead[path] ? { path: instead[path] } : undefined))
    },
  }
  await esbuild.build({ entryPoints: [here(entry)], outdir, bundle: true, format: 'esm', loader: { '.wasm': 'copy' }, assetNames: '[name]', plugins: [wiring], logLevel: 'warning' })
}

/** Passes each case on as a test of its own. */
async function report(t, lines) {
  assert.ok(lines.length > 10, `only ${lines.length} cases ran`)
  for (const { name, ok, error, took } of lines) await t.test(`${name} (${took ?? 0} ms inside)`, () => assert.ok(ok, error))
}

async function scratch(work) {
  const folder = mkdtempSync(join(tmpdir(), 'skyfetch-inside-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test("r2-binding in workerd, on the Worker's own bucket", { timeout: 900_000 }, (t) =>
  scratch(async (folder) => {
    await bundle('inside/worker.mjs', 'workerd', folder)
    const worker = new Miniflare({
      compatibilityDate: '2026-01-01',
      modulesRoot: folder,
      modules: [{ type: 'ESModule', path: join(folder, 'worker.js') }, { type: 'CompiledWasm', path: join(folder, 'skyfetch.wasm') }],
      r2Buckets: ['BUCKET'],
    })
    try {
      const answer = await (await worker.dispatchFetch('http://worker/')).text()
      await report(t, answer.trim().split('\n').map((line) => JSON.parse(line)))
    } finally {
      await worker.dispose()
    }
  }))

test("local in Chromium, in the browser's own file system", { timeout: 900_000 }, (t) =>
  scratch(async (folder) => {
    await bundle('inside/page.mjs', 'browser', folder)
    const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' }
    const server = createServer((request, response) => {
      const path = new URL(request.url, 'http://x').pathname
      if (path === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script type="module" src="/page.js"></script>')
      const name = path === '/skyfetch.wasm' ? here('../../dist/skyfetch.wasm') : join(folder, path.replaceAll('..', ''))
      try {
        const bytes = readFileSync(name)
        response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(bytes)
      } catch {
        response.writeHead(404).end()
      }
    })
    await new Promise((done) => server.listen(0, '127.0.0.1', done))
    const browser = await chromium.launch({ executablePath: setup.chromium(), args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
    try {
      const page = await browser.newPage()
      const errors = []
      page.on('pageerror', (error) => errors.push(String(error)))
      await page.goto(`http://127.0.0.1:${server.address().port}/`)
      await page.waitForFunction(() => window.over, undefined, { timeout: 800_000 })
      assert.deepEqual(errors, [])
      await report(t, await page.evaluate(() => window.lines))
    } finally {
      await browser.close()
      server.close()
      server.closeAllConnections()
    }
  }))
