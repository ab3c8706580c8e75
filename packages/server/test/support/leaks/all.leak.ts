import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { Worker } from 'node:worker_threads'
import { test } from 'vitest'

test('leaves everything behind', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  await once(net.connect(port, '127.0.0.1'), 'connect')
  await once(new Worker('setInterval(() => undefined, 1000)', { eval: true }), 'online')
  // Ends by itself when vitest does.
  spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  setInterval(() => undefined, 1000)
})
