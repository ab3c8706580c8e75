import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { BUILD_MS, runServer, startServer } from './demo/processes.ts'
import { freshStore } from './support/databases.ts'

let dataDir: string

beforeEach(async () => {
  const store = await freshStore('embedded')
  dataDir = store.dataDir
  return () => store.drop()
})

describe('parley migrate', () => {
  it('says what it applied, and then that there is nothing to do', async () => {
    const env = { PARLEY_DATA: join(dataDir, 'new') }
    const first = await runServer(['migrate'], env)
    expect(first.output).toMatch(/^(First start: .*\n)?Applied 0001_init\.sql\n(Applied \d{4}_\w+\.sql\n)*$/)
    expect(first.code).toBe(0)
    expect(await runServer(['migrate'], env)).toEqual({ code: 0, output: 'The database is up to date.\n' })
  })

  it('is the only command there is', async () => {
    const { code, output } = await runServer(['migrate', 'back'])
    expect(code).toBe(1)
    expect(output).toMatch(/^Unexpected argument 'back'\..*\n\nUsage: parley \[migrate\]/)
  })
})

describe('an embedded database that has ended', () => {
  it(
    'ends the process, so that a supervisor starts another',
    async () => {
      const server = await startServer(['--demo'], { PARLEY_DATA: dataDir, PARLEY_RATE_LIMIT: '0' })
      onTestFinished(() => void server.stop())
      rmSync(join(dataDir, 'postgres', 'pg_wal'), { recursive: true })
      const ended = writeUntilItEnds(server.url)
      expect(await server.ended).toMatchObject({ code: 1 })
      await ended
      expect(server.output()).toContain('"level":60')
      expect(server.output()).toContain('database gone: closing')
    },
    BUILD_MS,
  )
})

/** PostgreSQL panics when it cannot make the next segment of its log. */
async function writeUntilItEnds(url: string): Promise<void> {
  const accept = { accept: 'application/json' }
  const response = await fetch(`${url}/demo/sign-in/1`, { headers: accept })
  const { session, csrf_token } = (await response.json()) as { session: string; csrf_token: string }
  const headers = {
    cookie: `PARTIZAP_SESSION=${session}`,
    'x-csrf-token': csrf_token,
    'content-type': 'application/json',
  }
  const list = await fetch(`${url}/api/vendor/conversations`, { headers })
  const { data } = (await list.json()) as { data: { id: number }[] }
  const send = () =>
    fetch(`${url}/api/vendor/conversations/${String(data[0]?.id)}/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ text: randomBytes(1000).toString('hex') }),
    })
  while ((await send().catch(() => undefined))?.ok) continue
}
