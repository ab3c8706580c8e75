import { discard, startServer } from '../../../../../conformance/support/server.ts'
import { freshDataFolder } from '../../../../../packages/server/test/support/databases.ts'
import { openLine, type Line } from './line.ts'
import { withStore, type Store } from './store.ts'

/** The demo as its visitors have it, at one address for as long as the tests go on. */
export interface Demo extends Pick<Line, 'url' | 'sockets' | 'cut'> {
  /** SIGKILL, whatever it is doing. */
  kill: () => Promise<void>
  /** Starts it again on its data. */
  start: () => Promise<void>
  stop: () => Promise<void>
}

export interface DemoOptions {
  /** Fills the store behind the server's back. */
  seed?: (store: Store) => Promise<void>
}

export async function startDemo({ seed }: DemoOptions = {}): Promise<Demo> {
  const line = await openLine()
  const { dataDir: data } = await freshDataFolder()
  const start = () => startServer({ args: ['--demo'], env: { PARLEY_PUBLIC_URL: line.url }, data })
  let server = await start()
  if (seed) {
    await server.stop()
    await withStore(data, seed)
    server = await start()
  }
  line.leadTo(server.url)
  return {
    ...line,
    kill: () => server.kill(),
    async start() {
      server = await start()
      line.leadTo(server.url)
    },
    async stop() {
      await line.close()
      await server.stop()
      await discard(server)
    },
  }
}
