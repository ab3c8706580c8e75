import { discard, startServer } from '../../../../../conformance/support/server.ts'
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
  const start = (data?: string) =>
    startServer({ args: ['--demo'], env: { PARLEY_PUBLIC_URL: line.url }, ...(data && { data }) })
  let server = await start()
  if (seed) {
    await server.stop()
    await withStore(server.data, seed)
    server = await start(server.data)
  }
  line.leadTo(server.url)
  return {
    ...line,
    kill: () => server.kill(),
    async start() {
      server = await start(server.data)
      line.leadTo(server.url)
    },
    async stop() {
      await line.close()
      await server.stop()
      await discard(server)
    },
  }
}
