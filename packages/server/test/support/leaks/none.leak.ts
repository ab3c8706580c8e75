import { once } from 'node:events'
import net from 'node:net'
import { test } from 'vitest'

test('cleans up, though what it closes takes a moment', async () => {
  const server = net.createServer((socket) => setTimeout(() => socket.destroy(), 100)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  net.connect(port, '127.0.0.1')
  server.close()
})
