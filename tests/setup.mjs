// Everything a machine needs before the project can be built and tested, and nothing twice.
//
//   node tests/setup.mjs                     all of it
//   node tests/setup.mjs wasm-bindgen pdns   only these
//
// What it makes lies in CACHE, outside the checkout, so that a fresh checkout
// on the same machine is ready at once.

import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, appendFileSync, closeSync, constants, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const CACHE = resolve(process.env.SKYFETCH_CACHE || join(homedir(), '.cache', 'skyfetch'))

const TESTS = dirname(fileURLToPath(import.meta.url))
const ROOT = dirname(TESTS)
const WASM_TARGET = 'wasm32-unknown-unknown'
const WASM_PACK = '0.15.1'
const DENO = '2.9.6'
/** Tools are built once on each new machine: less optimised takes a third less time to build, and is quick enough. */
const QUICK = { CARGO_PROFILE_RELEASE_OPT_LEVEL: '1', CARGO_PROFILE_RELEASE_LTO: 'off', CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16', CARGO_PROFILE_RELEASE_DEBUG: '0' }
/** The Python versions that the pinned requirements are known to run on, best first. */
const PYTHONS = ['3.11', '3.12']

/** The path of a tool that `cargo install` put into the cache. */
export const bin = (name) => join(CACHE, 'cargo', 'bin', name)

/** The path of a program inside a venv. */
export const venvBin = (name, program) => join(CACHE, 'venvs', name, 'bin', program)

/** The path of a Chromium or Chrome; throws when there is none. */
export function chromium() {
  const path = findChromium()
  if (!path) throw new Error('no Chromium found. Next: run "node tests/setup.mjs chromium", or set CHROME_PATH to a Chrome or Chromium you have.')
  return path
}

/** The path of a ChromeDriver; throws when there is none. */
export function chromedriver() {
  const path = process.env.CHROMEDRIVER || which('chromedriver')
  if (!path) throw new Error('no chromedriver found. Next: run "node tests/setup.mjs chromium", or set CHROMEDRIVER to one that fits your Chrome.')
  return path
}

/** Cargo, and the target that turns Rust into wasm. */
export async function rust() {
  if (!which('cargo') || !which('rustc')) {
    throw new Error('cargo and rustc are not on the PATH. Next: install Rust (rustup is the usual way), open a new shell and try again.')
  }
  const installed = () => existsSync(join(output('rustc', ['--print', 'sysroot']).trim(), 'lib', 'rustlib', WASM_TARGET))
  await once('rust', `target ${WASM_TARGET}, which Rust compiles to wasm for`, installed, async () => {
    if (!which('rustup')) throw new Error(`this Rust has no ${WASM_TARGET} and was not installed by rustup. Next: install that target the way you installed Rust.`)
    await logged('rust', 'rustup', ['target', 'add', WASM_TARGET])
  })
}

/** wasm-bindgen and wasm-bindgen-test-runner, of the very version in Cargo.lock: any other refuses the module. */
export async function wasmBindgen() {
  const version = lockedVersion('wasm-bindgen')
  await cargoTool('wasm-bindgen', 'wasm-bindgen-cli', version, 'writes the JavaScript around the wasm')
}

/** wasm-pack, which runs the wasm tests. */
export async function wasmPack() {
  await cargoTool('wasm-pack', 'wasm-pack', WASM_PACK, 'runs the wasm tests')
}

/** The path of Deno. */
export const denoPath = join(CACHE, 'npm', `deno-${DENO}`, 'node_modules', 'deno', 'bin.cjs')

/** Deno, from npm. Not a development dependency: a lock file cannot be made that `npm ci` takes with it. */
export async function deno() {
  await npmTool('deno', DENO, 'one of the runtimes that the package is tried in', denoPath)
}

/** The path of a program that an npm package brought into the cache. */
export const npmBin = (name, version, program) => join(CACHE, 'npm', `${name}-${version}`, 'node_modules', '.bin', program)

/** A package from npm with its programs; `made` is one of them. */
async function npmTool(name, version, why, made = npmBin(name, version, name)) {
  await once(`${name} ${version}`, why, () => existsSync(made), async () => {
    const folder = join(CACHE, 'npm', `${name}-${version}`)
    mkdirSync(folder, { recursive: true })
    // Some packages would tell their makers of it.
    const env = { SCARF_ANALYTICS: 'false', DO_NOT_TRACK: '1' }
    await logged(name.replace(/\W+/g, '-'), 'npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', `${name}@${version}`], { env })
  })
}

/** A Chromium with its driver: a browser that is there already is taken as it is. */
export async function browser() {
  const start = performance.now()
  if (findChromium()) return report('chromium', 'is ready', start)
  await debian('chromium', 'chromium-driver')
}

/** Debian packages. Services that they bring are never started: the tests start their own. */
export async function debian(...packages) {
  const wanted = [...new Set(packages)]
  if (wanted.length === 0) return
  const missing = () => {
    if (!which('dpkg-query')) return wanted
    const out = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...wanted], { encoding: 'utf8' }).stdout
    const there = new Set(out.split('\n').filter((line) => line.endsWith(' installed')).map((line) => line.split(' ')[0]))
    return wanted.filter((name) => !there.has(name))
  }
  await once('debian', `${missing().join(' ')}: servers and tools that the tests start`, () => missing().length === 0, async () => {
    const names = missing()
    // A policy of 101 tells Debian's scripts not to start what they install.
    const script = [
      'set -e',
      'policy=/usr/sbin/policy-rc.d',
      `if [ ! -e $policy ]; then printf '#!/bin/sh\\nexit 101\\n' >$policy; chmod 755 $policy; trap 'rm -f '$policy EXIT; fi`,
      'for try in 1 2 3 4 5 6; do apt-get -q update && break; [ $try = 6 ] && exit 100; sleep 10; done',
      `apt-get -q -y -o DPkg::Lock::Timeout=900 install --no-install-recommends ${names.join(' ')}`,
    ].join('\n')
    const byHand = `apt-get update && apt-get install --no-install-recommends ${names.join(' ')}`
    if (!which('apt-get')) throw new Error(`this machine has no apt-get. Next: install what Debian calls ${names.join(', ')} the way your system does.`)
    const root = process.getuid?.() === 0
    if (!root && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
      throw new Error(`Debian packages are missing and this user may not install them. Next: run as root: ${byHand}`)
    }
    const [command, ...first] = root ? ['sh'] : ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive', 'sh']
    await logged('debian', command, [...first, '-c', script], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
  })
}

/** A Python venv from a pinned requirements file, made anew only when that file changes; gives its folder. */
export async function venv(name, requirements = join(TESTS, 'servers', 'requirements', `${name}.txt`), { python = PYTHONS } = {}) {
  const folder = join(CACHE, 'venvs', name)
  const stamp = join(folder, 'requirements.sha256')
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  const ready = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
  await once(`venv ${name}`, `the Python packages of tests/servers/requirements/${name}.txt`, ready, async () => {
    const versions = [python].flat()
    let interpreter = findPython(versions)
    if (!interpreter && which('apt-get')) {
      await debian('python3', 'python3-venv')
      interpreter = findPython(versions)
    }
    if (!interpreter) throw new Error(`no Python ${versions.join(' or ')} with venv and pip was found. Next: put one on the PATH as python${versions[0]}.`)
    rmSync(folder, { recursive: true, force: true })
    await logged(`venv-${name}`, interpreter, ['-m', 'venv', folder])
    await logged(`venv-${name}`, join(folder, 'bin', 'pip'), ['install', '--disable-pip-version-check', '--no-input', '-r', requirements])
    writeFileSync(stamp, hash)
  })
  return folder
}

/** What one server of tests/servers needs, or several: all packages in one apt run, then the venvs. */
export async function servers(...names) {
  const { modules } = await import('./servers/index.mjs')
  const chosen = names.length ? names : Object.keys(modules)
  const loaded = []
  for (const name of chosen) {
    if (!modules[name]) throw new Error(`there is no server ${name}. Next: choose of ${Object.keys(modules).join(', ')}.`)
    loaded.push(await modules[name]())
  }
  await debian(...loaded.flatMap((server) => server.packages ?? []))
  for (const name of new Set(loaded.flatMap((server) => server.venvs ?? []))) await venv(name)
  for (const [name, version, program = name] of loaded.flatMap((server) => server.tools ?? [])) {
    await npmTool(name, version, 'a server that the tests start', npmBin(name, version, program))
  }
  if (loaded.some((server) => server.documents)) await documents()
  for (const [at, server] of loaded.entries()) {
    if (server.prepare) await once(`${chosen[at]} databases`, 'them built and seeded; each start copies them', server.prepared, server.prepare)
  }
}

/** The API documents that recorded requests are held against. */
export async function documents() {
  await (await import('./specs/documents.mjs')).getDocuments()
}

/** One name as the command line takes it. */
export async function setup(name) {
  const known = { rust, 'wasm-bindgen': wasmBindgen, 'wasm-pack': wasmPack, deno, chromium: browser, servers, documents }
  await (known[name] ? known[name]() : servers(name))
}

// --- helpers -------------------------------------------------------------------------------

/** Does `work` unless `ready`, and says in a line what, why and for how long. Asks again under a lock: another run may be at it. */
export async function once(name, why, ready, work) {
  const start = performance.now()
  if (ready()) return report(name, 'is ready', start)
  await locked(name, async () => {
    if (ready()) return
    say(`${name}: getting ${why} …`)
    await work()
  })
  report(name, 'is now ready', start)
}

function report(name, state, start) {
  say(`${name} ${state} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
}

const say = (line) => process.stderr.write(`setup: ${line}\n`)

/** Two runs on one machine must not write the same thing; a lock whose owner died is taken over. */
async function locked(name, work) {
  const file = join(CACHE, 'locks', name.replace(/\W+/g, '-'))
  mkdirSync(dirname(file), { recursive: true })
  for (let told = false; ; await pause(300)) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (abandoned(file)) rmSync(file, { force: true })
    else if (!told) say(`${name}: another run is at it, waiting …`)
    told = true
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function abandoned(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    if (!pid) return Date.now() - statSync(file).mtimeMs > 5000 // a moment between making and signing it
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

async function cargoTool(program, crate, version, why) {
  if (!which('cargo')) throw new Error('cargo is not on the PATH. Next: install Rust and try again.')
  const ready = () => existsSync(bin(program)) && output(bin(program), ['--version']).split(/\s+/)[1] === version
  await once(`${program} ${version}`, `it (cargo builds it for some minutes): it ${why}`, ready, async () => {
    const target = join(CACHE, `target-${program}`)
    const install = (...how) => logged(program, 'cargo', ['install', ...how, '--force', '--root', join(CACHE, 'cargo'), '--version', `=${version}`, crate], { env: { CARGO_TARGET_DIR: target, ...QUICK } })
    try {
      // Its own lock file may name crates that this registry has not got (yet): then with those that it has.
      await install('--locked').catch((error) => {
        if (!error.message.includes('locked to')) throw error
        return install()
      })
    } finally {
      rmSync(target, { recursive: true, force: true })
    }
  })
}

function lockedVersion(crate) {
  const file = join(ROOT, 'Cargo.lock')
  if (!existsSync(file)) throw new Error(`${file} is missing. Next: run "cargo generate-lockfile", and commit it.`)
  const found = readFileSync(file, 'utf8').match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`))
  if (!found) throw new Error(`Cargo.lock has no ${crate}. Next: add it to Cargo.toml's dependencies.`)
  return found[1]
}

function findChromium() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH
  return which('chromium') || which('chromium-browser') || which('google-chrome') || which('google-chrome-stable')
}

function findPython(versions) {
  const pyenv = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions')
  const kept = existsSync(pyenv) ? readdirSync(pyenv) : []
  for (const version of versions) {
    const candidates = kept.filter((name) => name.startsWith(`${version}.`)).map((name) => join(pyenv, name, 'bin', 'python'))
    candidates.push(`/usr/bin/python${version}`, `python${version}`, 'python3')
    // Asked, not trusted: a shim may be there with nothing behind it, or a Python without pip.
    const check = `import ensurepip, venv, sys; sys.exit(sys.version_info[:2] != (${version.replace('.', ', ')}))`
    const found = candidates.find((path) => spawnSync(path, ['-c', check], { stdio: 'ignore' }).status === 0)
    if (found) return found
  }
}

function which(name) {
  for (const folder of [...(process.env.PATH || '').split(delimiter), '/usr/sbin', '/usr/bin']) {
    const path = join(folder || '.', name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
}

function output(command, args) {
  const { status, stdout, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (error || status !== 0) return ''
  return stdout
}

/** Runs a long command with its words in a log of the cache; a failure shows the last of them. */
export async function logged(name, command, args, { env } = {}) {
  const log = join(CACHE, 'logs', `${name}.log`)
  mkdirSync(dirname(log), { recursive: true })
  appendFileSync(log, `\n--- ${new Date().toISOString()} ${command}\n`)
  const file = openSync(log, 'a')
  const child = spawn(command, args, { stdio: ['ignore', file, file], env: { ...process.env, ...env } })
  closeSync(file)
  const status = await new Promise((done) => {
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, signal) => done(code ?? signal))
  })
  if (status === 0) return
  const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
  throw new Error(`${name} could not be set up (${command}: ${status}). Its last lines:\n${nameless(last)}\nNext: read ${log}, put right what it says, and run the same again: what is done stays done.`)
}

/** Where packages come from is this machine's business: it stays in the log. */
const nameless = (text) => text.replace(/\b[a-z][a-z+]*:\/\/[^\s/'"]+/g, '(registry)').replace(/\b(?:[\w-]+\.)+(?:org|io|com|net)\b/g, '(registry)')

async function main(names) {
  const start = performance.now()
  try {
    for (const name of names.length ? names : ['rust', 'wasm-bindgen', 'wasm-pack', 'chromium', 'servers', 'documents']) await setup(name)
    report('everything asked for', 'is ready', start)
  } catch (error) {
    say(error.message)
    process.exitCode = 1
  }
}

// Not awaited: the servers' modules import this one, and would wait for it for ever.
if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
