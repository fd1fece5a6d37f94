// What every server here shares: a free port, a fresh folder, a child that cannot outlive us, and waiting
// for a thing to be so instead of sleeping.

import { execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A port of loopback that nobody listens on now. */
export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** As many different free ports as asked for. */
export async function freePorts(count) {
  const ports = new Set()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

/** A port that the caller insists on must be free: a clear word now beats a server's riddle later. */
export async function wantPort(port) {
  if (!port) return freePort()
  await new Promise((done, fail) => {
    const server = createServer()
    server.once('error', () => fail(new Error(`port ${port} of loopback is taken. Next: stop what listens there, or ask for another port.`)))
    server.listen(port, '127.0.0.1', () => server.close(done))
  })
  return port
}

/** A fresh folder for a server's state; gone when the server stops or this process ends, unless SKYFETCH_KEEP is set. */
export function stateFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `skyfetch-${name}-`))
  if (process.env.SKYFETCH_KEEP) process.stderr.write(`${name}: its state and logs stay in ${folder}\n`)
  else folders.add(folder)
  return folder
}

export function removeFolder(folder) {
  if (process.env.SKYFETCH_KEEP) return
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  folders.delete(folder)
}

/** Starts a server: its output goes to `log`, it dies with this process. */
export function launch(name, command, args, { log, env, cwd } = {}) {
  watchOurEnd()
  const file = openSync(log, 'a')
  // setpriv has the kernel end the child even when this process is killed outright.
  const [program, ...rest] = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'TERM', command, ...args] : [command, ...args]
  const process_ = spawn(program, rest, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', file, file], detached: true })
  closeSync(file)
  const child = { name, log, pid: process_.pid, exited: undefined }
  child.ended = new Promise((done) => {
    process_.once('error', (error) => done((child.exited = error.message)))
    process_.once('exit', (code, signal) => done((child.exited = signal ?? `code ${code}`)))
  })
  child.ended.then(() => children.delete(child))
  children.add(child)
  process_.unref() // a test that forgot to stop its server must still come to an end
  /** Asks it to end, and ends it when it has not after `grace` milliseconds. */
  child.stop = async (grace = 3000) => {
    process_.ref() // now we do wait for it
    if (child.exited === undefined) {
      kill(child, 'SIGTERM')
      const patience = new AbortController()
      await Promise.race([child.ended, pause(grace, undefined, patience).catch(() => {})])
      patience.abort()
    }
    kill(child, 'SIGKILL') // the group: workers may be left of a master that is gone
    if (child.exited === undefined) await child.ended
  }
  return child
}

/** Asks `check` until it gives something true; an exception counts as not yet. Gives that something. */
export async function until(what, check, { timeout = 60_000, every = 50, children: watched = [] } = {}) {
  const end = performance.now() + timeout
  for (;;) {
    let doubt
    try {
      const answer = await check()
      if (answer) return answer
    } catch (error) {
      doubt = error
    }
    const dead = watched.find((child) => child.exited !== undefined)
    if (dead) throw new Error(`${dead.name} ended (${dead.exited}) before ${what}.${lastWords(dead.log)}\nNext: put right what it says; if it misses something, run "node tests/setup.mjs ${baseName(dead.name)}".`)
    if (performance.now() > end) {
      const words = watched.map((child) => lastWords(child.log)).join('')
      throw new Error(`waited ${timeout / 1000} s in vain for ${what}${doubt ? ` (${doubt.cause?.message ?? doubt.message})` : ''}.${words}\nNext: try again when the machine is less busy; if it stays so, what the server says above is the reason.`)
    }
    await pause(every)
  }
}

/** Waits until an address answers with less than a server error. */
export function untilAnswers(url, child, { headers, timeout } = {}) {
  const check = async () => (await fetch(url, { headers, signal: AbortSignal.timeout(5000) })).status < 500
  return until(`${child.name} to answer on ${url}`, check, { timeout, children: [child] })
}

/** Runs a command to its end and gives what it printed; a failure says what it printed last. */
export function run(command, args, { env, cwd, timeout = 300_000, input } = {}) {
  return new Promise((done, fail) => {
    const child = execFile(command, args, { env: { ...process.env, ...env }, cwd, timeout, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (!error) return done(stdout)
      const why = error.code === 'ENOENT' ? `${command} is not on this machine` : error.killed ? `no end after ${timeout / 1000} s` : `exit ${error.code ?? error.signal}`
      const missing = error.code === 'ENOENT' ? '\nNext: run "node tests/setup.mjs".' : ''
      fail(new Error(`${basename(command)} ${args.slice(0, 3).join(' ')} failed: ${why}.${tail(stdout + stderr)}${missing}`))
    })
    if (input !== undefined) child.stdin.end(input)
  })
}

/** Throws when a file that the set-up makes is missing. */
export function demand(file, name) {
  if (!existsSync(file)) throw new Error(`${file} is missing. Next: run "node tests/setup.mjs ${name}".`)
  return file
}

/** Starts inside `work`; when it fails, what was started and made is undone before the error goes on. */
export async function orUndo(work, undo) {
  try {
    return await work()
  } catch (error) {
    await undo().catch(() => {})
    throw error
  }
}

// --- helpers -------------------------------------------------------------------------------

const children = new Set()
const folders = new Set()
let watching = false

function watchOurEnd() {
  if (watching) return
  watching = true
  process.on('exit', () => {
    for (const child of children) kill(child, 'SIGKILL')
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  })
  for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15], ['SIGHUP', 1]]) {
    process.on(signal, () => process.exit(128 + number))
  }
}

/** Signals the whole process group; one that is gone is no error. */
function kill(child, signal) {
  if (!child.pid) return
  try {
    process.kill(-child.pid, signal)
  } catch {}
}

const baseName = (name) => name.split(/[ :]/)[0]

function lastWords(log) {
  try {
    return tail(readFileSync(log, 'utf8'))
  } catch {
    return ''
  }
}

function tail(text) {
  const lines = text.trimEnd().split('\n').slice(-15).join('\n')
  return lines ? ` Its last lines:\n${lines}` : ''
}
