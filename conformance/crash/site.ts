import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect } from 'vitest'
import { freshStore, type Store } from '../../packages/server/test/support/databases.ts'
import { discard, startServer, type Server } from '../support/server.ts'

/** One address and one database, whose server is ended and started again. */
export interface Site {
  server: () => Server
  /** Settles when the server is back; undefined while it runs. */
  absence: () => Promise<void> | undefined
  kill: () => Promise<void>
  stop: () => Promise<void>
  start: () => Promise<void>
  close: () => Promise<void>
}

export async function openSite(store: Store, env: Record<string, string> = {}): Promise<Site> {
  const { dataDir, databaseUrl, drop } = await freshStore(store)
  const fixed = { PORT: String(await freePort()), DATABASE_URL: databaseUrl, ...env }
  let server = await startServer({ ...(store === 'embedded' && { data: dataDir }), env: fixed })
  let away: PromiseWithResolvers<void> | undefined

  const end = async (how: 'kill' | 'stop') => {
    away = Promise.withResolvers()
    await server[how]()
    expect(faultsOf(server)).toEqual([])
  }
  return {
    server: () => server,
    absence: () => away?.promise,
    kill: () => end('kill'),
    stop: () => end('stop'),
    start: async () => {
      const { data, hostToken } = server
      server = await startServer({ data, env: { ...fixed, PARLEY_HOST_TOKEN: hostToken } })
      away?.resolve()
      away = undefined
    },
    close: async () => {
      await server.stop().finally(() => drop())
      if (store === 'postgres') await discard(server)
    },
  }
}

/** What a server wrote of faults of its own. */
export function faultsOf(server: Server): string[] {
  const { stdout, stderr } = server.output()
  const logged = stdout.split('\n').filter((line) => /"level":(50|60|"error"|"fatal")/.test(line))
  return [...logged, ...(stderr === '' ? [] : [stderr])]
}

/** Below the range that systems hand out by themselves: nobody takes it while the server is away. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}
