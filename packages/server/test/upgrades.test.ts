import http from 'node:http'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { routeUpgrades } from '../src/realtime/transports/upgrades.ts'

let server: http.Server
let port: number

beforeEach(async () => {
  server = http.createServer((_request, response) => response.end('alive'))
  routeUpgrades(server, [(request) => request.url === '/taken'])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

const upgrade = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`

it('answers an upgrade that nobody takes, and ends the connection', async () => {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(upgrade('/nowhere'))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /)
  await once(socket, 'close')
})

it('survives clients that reset the connection in the middle of it', async () => {
  for (let i = 0; i < 50; i++) {
    const socket = net.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(upgrade('/nowhere'))
    socket.resetAndDestroy()
    await once(socket, 'close')
  }
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
  expect(await answer.text()).toBe('alive')
})

it('does not keep a half-open client', async () => {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.write(upgrade('/nowhere'))
  socket.resume()
  await once(socket, 'end')
  await new Promise((resolve) => server.close(resolve))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  socket.destroy()
})
