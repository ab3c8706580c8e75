import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findWebApp, fingerprintOf, outputOf } from '../../src/demo/web-app.ts'
import { buildWebApp } from '../../src/demo/web-build.ts'
import { smallWebApp } from './small-web-app.ts'
import type { SmallWebApp } from './small-web-app.ts'

const STARTER = fileURLToPath(new URL('./web-starter.ts', import.meta.url))

let web: SmallWebApp
let stages: string[]

beforeEach(() => {
  web = smallWebApp()
  stages = []
})
afterEach(() => web.remove())

const build = (signal = new AbortController().signal) =>
  buildWebApp(web.app, {
    begin: () => ({ stage: (name) => stages.push(name), end: (outcome) => stages.push(outcome) }),
    signal,
  })

/** A process that starts as a server does. */
function startElsewhere() {
  const child = spawn(process.execPath, [STARTER, JSON.stringify(web.app)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = once(child, 'exit').then(() => ({ code: child.exitCode, output }))
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), ended }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a web app', () => {
  it('is built once, and not again', async () => {
    expect(await build()).toBe(true)
    expect(stages).toEqual(['compiling', 'done'])
    expect(await build()).toBe(true)
    expect(stages).toEqual(['compiling', 'done'])
    expect(web.runs()).toHaveLength(1)
    expect(web.built()).toBe('first')
  })

  it('is built anew when a source has changed', async () => {
    await build()
    web.write('second')
    await build()
    expect(web.runs()).toHaveLength(2)
    expect(web.built()).toBe('second')
  })

  it.each<[string, (folder: string) => void]>([
    ['has come', (folder) => fs.writeFileSync(join(folder, 'app/new.ts'), '')],
    ['has another name', (folder) => fs.renameSync(join(folder, 'app/old.ts'), join(folder, 'app/new.ts'))],
    ['has gone', (folder) => fs.rmSync(join(folder, 'app/old.ts'))],
  ])('has another fingerprint when a source %s', (_what, change) => {
    fs.writeFileSync(join(web.app.folder, 'app/old.ts'), '')
    const before = fingerprintOf(web.app)
    expect(fingerprintOf(web.app)).toBe(before)
    change(web.app.folder)
    expect(fingerprintOf(web.app)).not.toBe(before)
  })

  it('is built by one of those who want it at the same time; the others wait', async () => {
    web.hold()
    const builds = [build(), build(), build()]
    await web.begun(1)
    expect(web.built()).toBeNull()
    web.letGo()
    expect(await Promise.all(builds)).toEqual([true, true, true])
    expect(web.runs()).toHaveLength(1)
    expect(fs.existsSync(`${outputOf(web.app.folder)}.lock`)).toBe(false)
  })

  it('is built without what is set for the server, and tells nobody', async () => {
    process.env['PARLEY_HOST_TOKEN'] = 'not for a build'
    await build()
    delete process.env['PARLEY_HOST_TOKEN']
    const [run] = web.runs()
    expect(run?.args).toEqual(['generate'])
    expect(run?.env).toMatchObject({ PATH: process.env['PATH'], NUXT_TELEMETRY_DISABLED: '1' })
    expect(Object.keys(run?.env ?? {}).filter((name) => /^(NODE_|VITE|PARLEY)/.test(name))).toEqual([])
  })

  it('is not there where the server came without it', async () => {
    const repository = fs.mkdtempSync(join(tmpdir(), 'parley-test-repository-'))
    expect(findWebApp(repository)).toBeNull()
    fs.mkdirSync(join(repository, 'apps/web'), { recursive: true })
    const app = findWebApp(repository)
    expect(app).toMatchObject({ builder: null })
    web.app = { ...web.app, builder: null }
    expect(await build()).toBe(false)
    expect(stages).toEqual([])
    fs.rmSync(repository, { recursive: true })
  })
})

describe('a build that fails', () => {
  it('says why, and is tried again by the next start', async () => {
    web.write('broken')
    const message =
      /^Building client\.\.\.\npage\.html is broken\n\nThe web app in apps\/web could not be built/
    await expect(build()).rejects.toThrow(message)
    await expect(build()).rejects.toThrow(message)
    expect(stages).toEqual(['compiling', 'failed', 'compiling', 'failed'])
    web.write('mended')
    await build()
    expect(web.built()).toBe('mended')
  })

  it('ends a start with status 1', async () => {
    web.write('broken')
    const { code, output } = await startElsewhere().ended
    expect(code).toBe(1)
    expect(output).toContain('page.html is broken')
  })
})

describe('a build that is cut short', () => {
  it('ends with the start that a signal ends, and is begun anew by the next', async () => {
    web.hold()
    const starter = startElsewhere()
    await web.begun(1)
    starter.kill('SIGTERM')
    const { code, output } = await starter.ended
    expect(code).toBe(1)
    expect(output).toContain('Stopped while the web app was being built; the next start builds it anew.')
    expect(isAlive(web.runs()[0]?.pid ?? 0)).toBe(false)
    web.letGo()
    await build()
    expect(web.runs()).toHaveLength(2)
    expect(web.built()).toBe('first')
  })

  it('is begun anew when it was killed', async () => {
    web.hold()
    const killed = build()
    await web.begun(1)
    process.kill(web.runs()[0]?.pid ?? 0, 'SIGKILL')
    await expect(killed).rejects.toThrow('could not be built')
    web.letGo()
    await build()
    expect(web.runs()).toHaveLength(2)
    expect(web.built()).toBe('first')
  })

  it('is waited for while it outlives the start that wanted it', async () => {
    web.hold()
    const starter = startElsewhere()
    await web.begun(1)
    starter.kill('SIGKILL')
    await starter.ended
    const built = build()
    await expect.poll(() => stages).toContain('waiting for another start that builds it')
    web.letGo()
    await built
    expect(web.runs()).toHaveLength(1)
    expect(web.built()).toBe('first')
  })
})
