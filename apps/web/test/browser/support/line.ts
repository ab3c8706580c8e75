import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** What stands between browsers and a server that may be started again: it counts sockets, and can be cut. */
export interface Line {
  url: string
  /** Open WebSockets of this session, or of all. */
  sockets: (session?: string) => number
  /** Where the server is now. */
  leadTo: (url: string) => void
  /** Ends every connection. */
  cut: () => void
  /** Ends every connection, and lets none through until it is mended. */
  sever: () => void
  mend: () => void
  close: () => Promise<void>
}

export async function openLine(): Promise<Line> {
  let port = 0
  let severed = false
  const connections = new Set<Socket>()
  const upgrades = new Map<Socket, string>()

  const server = createServer((browser) => {
    if (severed) return void browser.destroy()
    const away = connect(port, '127.0.0.1')
    browser.once('data', (head) => {
      const text = head.toString('latin1')
      if (text.startsWith('GET /connection/websocket')) upgrades.set(browser, text)
    })
    for (const [one, other] of [
      [browser, away],
      [away, browser],
    ] as const) {
      connections.add(one)
      one.on('error', () => undefined)
      one.once('close', () => {
        connections.delete(one)
        upgrades.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const cut = () => {
    for (const connection of connections) connection.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // as it listens on a port
    sockets: (session = '') => [...upgrades.values()].filter((head) => head.includes(session)).length,
    leadTo: (url) => (port = Number(new URL(url).port)),
    cut,
    sever() {
      severed = true
      cut()
    },
    mend: () => (severed = false),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
}
