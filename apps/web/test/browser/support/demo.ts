import { discard, startServer } from '../../../../../conformance/support/server.ts'
import { openLine, type Line } from './line.ts'

/** The demo as its visitors have it, at one address for as long as the tests go on. */
export interface Demo extends Pick<Line, 'url' | 'sockets' | 'cut'> {
  /** SIGKILL, whatever it is doing. */
  kill: () => Promise<void>
  /** Starts it again on its data. */
  start: () => Promise<void>
  stop: () => Promise<void>
}

export async function startDemo(): Promise<Demo> {
  const line = await openLine()
  let server = await startServer({ args: ['--demo'] })
  line.leadTo(server.url)
  return {
    ...line,
    kill: () => server.kill(),
    async start() {
      server = await startServer({ args: ['--demo'], data: server.data })
      line.leadTo(server.url)
    },
    async stop() {
      await line.close()
      await server.stop()
      await discard(server)
    },
  }
}
