import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createCentrifuge } from '@parley/centrifuge'
import { Centrifuge } from 'centrifuge'
import { WebSocket } from 'ws'

// The server. A real one looks the token up; here it is the user's name.
const centrifuge = createCentrifuge({
  connect: async ({ token }) => (token ? { user: token, channels: [`personal:${token}`] } : null),
  subscribe: async ({ channel }) => (channel === 'room' ? { data: { topic: 'all about the room' } } : null),
  publish: async ({ user, channel, data }) =>
    channel === 'room' ? { data: { from: user, text: data } } : null,
  channel: {
    without_namespace: { history_size: 100, history_ttl: '10m', force_recovery: true },
    namespaces: [{ name: 'personal', history_size: 100, history_ttl: '10m', force_recovery: true }],
  },
})
const http = createServer()
http.on('upgrade', (request, socket, head) => {
  if (!centrifuge.handleUpgrade(request, socket, head)) socket.destroy()
})
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/connection/websocket`

// Two people with the official client.
const [ann, bob] = ['ann', 'bob'].map((token) => new Centrifuge(url, { token, websocket: WebSocket }))
if (!ann || !bob) throw new Error('unreachable')
const subscription = ann.newSubscription('room')
const heard = new Promise<unknown>((resolve) => subscription.on('publication', ({ data }) => resolve(data)))
subscription.subscribe()
ann.connect()
await subscription.ready()
bob.connect()
await bob.publish('room', 'Hello, Ann!')
console.log('ann hears', await heard)

ann.disconnect()
bob.disconnect()
await centrifuge.close()
http.close()
