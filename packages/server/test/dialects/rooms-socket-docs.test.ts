import type { Message } from '@parley/wire/rooms'
import { roomsClientEvents, roomsServerEvents } from '@parley/wire/rooms-events'
import vm from 'node:vm'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { expect, it, onTestFinished, vi } from 'vitest'
import { putUser } from '../../src/core/users.ts'
import { readPage } from '../support/docs.ts'
import { hs256 } from '../tokens.ts'
import { openRoomsScene } from './rooms-socket-scene.ts'

const [, events = ''] = /\n## Events\n(.*?)\n## /s.exec(readPage('rooms')) ?? []
const [, program = ''] = /```js\n(.*?)```/s.exec(events) ?? []

it('docs/rooms.md shows a client that misses nothing and has nothing twice, drops included', async () => {
  const scene = await openRoomsScene('embedded')
  onTestFinished(() => scene.close())
  const profile = { displayName: 'Alice', avatarUrl: null, role: 'user' as const, orgId: null }
  await putUser(scene.server.chat, { id: 'alice', ...profile })
  const token = await hs256({ sub: 'alice', exp: Math.floor(Date.now() / 1000) + 60 })
  const bob = await scene.person({ org: null })
  const chatId = await scene.chat([bob, { id: 'alice', token }])
  const first = await scene.send(bob, chatId, 'before')
  const second = await scene.send(bob, chatId, 'before, too')

  const ran = vm.runInNewContext(`${program.replace(/^import .*$/m, '')}\n;({ socket, shown })`, {
    token,
    chatId,
    io: (_: string, options: object) => io(scene.url, { ...options, forceNew: true, reconnectionDelay: 10 }),
    fetch: (url: string, options: object) =>
      fetch(url.replace('https://chat.example.com', scene.url), options),
  }) as { socket: Socket; shown: () => Message[] }
  const { socket, shown } = ran
  onTestFinished(() => void socket.disconnect())

  /** What the client shows is what there is. */
  async function agreed(): Promise<void> {
    const path = `/${chatId}/messages`
    const { messages: all } = await scene.api<{ messages: Message[] }>(bob, 'GET', path)
    const short = ({ _id, content, deletedAt }: Message) => ({ _id, content, deletedAt })
    await vi.waitFor(() => {
      expect(shown().map(short)).toEqual(all.map(short).reverse())
    }, 10_000)
  }

  await new Promise<void>((resolve) => socket.once('connect', resolve))
  await scene.send(bob, chatId, 'while it fetches')
  await agreed()
  await scene.api(bob, 'PUT', `/${chatId}/messages/${first._id}`, { content: 'edited' })
  await agreed()

  const dropped = new Promise<void>((resolve) => socket.once('disconnect', () => resolve()))
  socket.io.engine.close()
  await dropped
  await scene.send(bob, chatId, 'meanwhile')
  await scene.api(bob, 'PUT', `/${chatId}/messages/${first._id}`, { content: 'edited again' })
  await scene.api(bob, 'DELETE', `/${chatId}/messages/${second._id}`)
  await agreed()
})

it('docs/rooms.md names every event, and prints those of the server as they are', () => {
  for (const event of Object.keys(roomsClientEvents)) expect(events).toContain(`\`${event}\``)
  const printed = [...events.matchAll(/```json ([\w-]+)\n(.*?)```/gs)].map(([, event = '', json = '']) => {
    const schema = roomsServerEvents[event as keyof typeof roomsServerEvents]
    expect(JSON.parse(json)).toStrictEqual(schema.parse(JSON.parse(json)))
    return event
  })
  expect(printed.sort()).toEqual(Object.keys(roomsServerEvents).sort())
})
