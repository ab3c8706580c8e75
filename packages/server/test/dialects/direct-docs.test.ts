import { directClientEvents, directServerEvents } from '@parley/wire/direct'
import type { Message } from '@parley/wire/direct'
import vm from 'node:vm'
import { io } from 'socket.io-client'
import type { ManagerOptions, SocketOptions } from 'socket.io-client'
import { expect, it } from 'vitest'
import { putUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import { masked, readPage } from '../support/docs.ts'
import { hs256 } from '../tokens.ts'
import { follow, openDirectScene } from './direct-scene.ts'
import type { Client, DirectScene } from './direct-scene.ts'

type EventName = Parameters<Client['next']>[0]

const quiet = { log: () => undefined, error: () => undefined }

/** The page's programs and what the server emits upon them, in order. */
const blocks = [...readPage('direct').matchAll(/```(js|json)(?: ([^\n]+))?\n(.*?)```/gs)].map(
  ([, language, of, text = '']) => ({ language, of, text: text.replace(/^import .*$/gm, '') }),
)

async function signedUp(scene: DirectScene, id: string) {
  await putUser(scene.server.chat, { id, displayName: id, avatarUrl: null, role: 'user', orgId: null })
  return { id, token: await hs256({ sub: id, exp: Math.floor(Date.now() / 1000) + 60 }) }
}

eachStore('docs/direct.md', (database) => {
  it('has examples that work as they stand, and emits what it prints', async () => {
    const scene = await openDirectScene(database())
    const [alice, bob] = [await signedUp(scene, 'alice'), await signedUp(scene, 'bob')]
    const his = await scene.connect(bob)
    await his.socket.emitWithAck('register_user', 'bob')
    his.socket.on('chat_list_update', ({ room_id: roomId }: { room_id: string }) =>
      his.socket.emit('send_message', { roomId, senderId: 'bob', body: 'Hello yourself!' }),
    )
    let hers: Client | undefined
    const context = vm.createContext({
      token: alice.token,
      console: quiet,
      io(_address: string, options: Partial<ManagerOptions & SocketOptions>) {
        const socket = scene.keep(io(scene.url, { ...options, forceNew: true }))
        hers = follow(socket)
        return socket
      },
    })
    for (const { language, of, text } of blocks) {
      if (language === 'js' && of === undefined) vm.runInContext(text, context)
      if (language !== 'json') continue
      const heard = await hers?.next(of as EventName) // which the page names
      expect([of, masked(heard)]).toEqual([of, masked(JSON.parse(text))])
    }
    await scene.close()
  })

  it('runs the example of document 003 as it is, for clients that are trusted', async () => {
    const scene = await openDirectScene(database(), {
      PARLEY_TRUST_CLIENT_IDS: 'true',
      PARLEY_JWT_SECRETS: '',
    })
    const [mine, theirs] = [await scene.connect(), await scene.connect()]
    const [rendered, appended] = [Promise.withResolvers<Message[]>(), Promise.withResolvers<Message>()]
    const context = vm.createContext({
      socket: mine.socket,
      console: quiet,
      renderMessages: rendered.resolve,
      appendMessage: appended.resolve,
    })
    vm.runInContext(blocks.find(({ of }) => of === 'without tokens')?.text ?? '', context)
    expect(await rendered.promise).toEqual([])
    const { roomId } = await theirs.join('user-uuid-2', 'user-uuid-1')
    vm.runInContext('sendMessage("Hello world!")', context)
    expect(await appended.promise).toMatchObject({
      room_id: roomId,
      sender_id: 'user-uuid-1',
      body: 'Hello world!',
    })
    expect(await theirs.next('new_message')).toEqual(await appended.promise)
    expect((await theirs.refused('register_user', 'user-uuid-1')).code).toBe('forbidden')
    await scene.close()
  })
})

it('docs/direct.md names every event', () => {
  const page = readPage('direct')
  for (const event of Object.keys(directClientEvents)) expect(page).toContain(`### ${event}\n`)
  for (const event of Object.keys(directServerEvents)) expect(page).toContain(`json ${event}\n`)
})
