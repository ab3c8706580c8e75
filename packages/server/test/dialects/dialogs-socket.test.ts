import { fc } from '@fast-check/vitest'
import { dialogsClientMessage, dialogsClientMessages, dialogsServerEvents } from '@parley/wire/dialogs-events'
import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDirect } from '../../src/core/direct.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor } from '../../src/core/types.ts'
import { toUuid } from '../../src/core/uuids.ts'
import { newConversation } from '../support/chat.ts'
import { readPage } from '../support/docs.ts'
import { refusedUpgrade } from '../support/frames.ts'
import { openDialogsScene } from './dialogs-socket-scene.ts'
import type { Client, DialogsScene } from './dialogs-socket-scene.ts'

let scene: DialogsScene
let userId: string
let token: string

beforeAll(async () => {
  scene = await openDialogsScene()
  userId = (await scene.person()).userId
  token = await scene.token(userId)
})
afterAll(() => scene.close())

describe('a handshake', () => {
  it('is let in with a token, in the query or as a header, and with a cookie', async () => {
    await scene.connect(userId, { token })
    await scene.connect(userId, {}, { headers: { authorization: `Bearer ${token}` } })
    await scene.connect(userId, {}, { headers: { cookie: await scene.cookie(userId) } })
  })

  it('may name the user whom it proves to be, and nobody else', async () => {
    await scene.connect(userId, { user_id: userId, token })
    const somebody = (await scene.person()).userId
    const refused = await refusedUpgrade(scene.url({ user_id: somebody, token }))
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } })
  })

  it.each(['no.such.token', 'two words', ' '])('is refused with the token %j', async (bad) => {
    for (const claim of ['', `&user_id=${userId}`])
      expect(await refusedUpgrade(scene.url({ token: bad }) + claim)).toMatchObject({
        status: 401,
        body: { error: { code: 'UNAUTHORIZED', message: 'The token is not valid.' } },
      })
  })

  it('is refused without any proof', async () => {
    expect(await refusedUpgrade(scene.url({ user_id: userId }))).toMatchObject({
      status: 401,
      body: { error: { code: 'UNAUTHORIZED', message: 'Sign in first.' } },
    })
  })

  it('is refused where it names nobody', async () => {
    for (const url of [scene.url(), scene.url({ user_id: '' })])
      expect(await refusedUpgrade(url)).toMatchObject({
        status: 400,
        body: { error: { message: 'user_id is missing.' } },
      })
  })

  it.each(['x'.repeat(256), 'a\u0000b', '\n'])('is refused where %j is to be a user', async (user_id) => {
    expect(await refusedUpgrade(scene.url({ user_id, token }))).toMatchObject({ status: 400 })
  })

  it('is refused to pages of others', async () => {
    const refused = await refusedUpgrade(scene.url({ token }), { origin: 'https://evil.example' })
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } })
    await scene.connect(userId, { token }, { origin: scene.origin })
  })
})

async function expectNext(event: DialogsServerEvent, client: Client): Promise<void> {
  expect(await client.next()).toEqual(event)
}

describe('what a client says', () => {
  let client: Client
  beforeAll(async () => {
    client = await scene.connect(userId, { token })
  })

  it('is answered where it is a ping', async () => {
    client.say({ type: 'ping' })
    expect(await client.next()).toEqual({ type: 'pong' })
  })

  it('is no error where it names a dialog of others, or none', async () => {
    for (const type of ['subscribe', 'unsubscribe'])
      for (const dialog_id of [toUuid('conversation', 987_654), '019481a2-0000-7000-8000-000000000000', 'x'])
        client.say({ type, dialog_id })
    expect(await client.heard()).toEqual([])
  })

  it('may be more than the document has', async () => {
    client.say({ type: 'ping', at: 1 })
    expect(await client.next()).toEqual({ type: 'pong' })
  })

  it('is refused where it is nothing of that, without harm to the connection', async () => {
    const type = fc.constantFrom('ping', 'pong', 'subscribe', 'unsubscribe', 'connected', '__proto__')
    const message = fc.oneof(
      fc.jsonValue(),
      fc.record({ type: fc.oneof(type, fc.jsonValue()), dialog_id: fc.jsonValue() }, { requiredKeys: [] }),
    )
    const frame = fc.oneof(message.map(JSON.stringify), fc.string(), fc.uint8Array({ maxLength: 20 }))
    await fc.assert(
      fc.asyncProperty(frame, async (frame) => {
        client.ws.send(frame)
        const isPing = meaningOf(frame) === 'ping'
        const isSilent = !isPing && meaningOf(frame) !== null
        const answer = { type: 'error', message: 'Invalid message format' }
        expect(await client.heard()).toEqual(isSilent ? [] : isPing ? [] : [answer])
        if (isPing) expect(await client.next()).toEqual({ type: 'pong' })
      }),
      { numRuns: 300 },
    )
  })
})

it('has a sample of every frame on its page, in its shape', () => {
  const frames = { ...dialogsServerEvents, ...dialogsClientMessages }
  const [, section = ''] = readPage('dialogs').split(/^## WebSocket$|^## Errors$/m)
  const blocks = section.matchAll(/```json\n(.*?)```/gs)
  const samples = [...blocks].map(([, json = '']) => JSON.parse(json) as { type: keyof typeof frames })
  for (const sample of samples) expect(frames[sample.type].strict().parse(sample)).toStrictEqual(sample)
  expect(samples.map(({ type }) => type).sort()).toEqual(Object.keys(frames).sort())
})

describe('presence.update', () => {
  /** Boris is connected, and shares a dialog with Anna, who is not. */
  async function waiting() {
    const [anna, boris] = [await scene.person(), await scene.person()]
    const his = await scene.watch(boris)
    await newConversation(scene.chat, anna, boris)
    expect(await his.next()).toMatchObject({ type: 'participant.joined' })
    return { anna, his }
  }

  const update = ({ userId: user_id }: Actor, is_online: boolean) =>
    ({ type: 'presence.update', user_id, is_online }) as const

  it('tells those with whom a user shares a dialog of the first socket and the last', async () => {
    const { anna, his } = await waiting()
    const stranger = await scene.person()
    await openDirect(scene.chat, anna, stranger.userId)
    const theirs = await scene.watch(stranger)
    const [one, other] = [await scene.watch(anna), await scene.watch(anna)]
    await expectNext(update(anna, true), his)
    one.ws.close()
    await one.closed
    other.ws.close()
    await expectNext(update(anna, false), his)
    expect([await his.heard(), await theirs.heard()]).toEqual([[], []])
  })

  it('tells of who comes and goes through another protocol', async () => {
    const { anna, his } = await waiting()
    const centrifugo = new WebSocket(`${scene.origin.replace('http', 'ws')}/connection/websocket`)
    await new Promise((resolve) => centrifugo.addEventListener('open', resolve))
    const token = await scene.token(anna.userId)
    centrifugo.send(JSON.stringify({ id: 1, connect: { token } }))
    await expectNext(update(anna, true), his)
    centrifugo.close()
    await expectNext(update(anna, false), his)
  })
})

describe('a client that unsubscribes from a dialog', () => {
  it('hears what its list shows all the same, and the rest again once it subscribes', async () => {
    const { id, dialog_id, anna, boris, hers, another } = await scene.talk()
    const { chat } = scene
    const hersToo = await another()
    hers.say({ type: 'unsubscribe', dialog_id })
    await hers.heard()

    const message = await scene.send(boris, id)
    await editMessage(chat, boris, message.id, 'Other words')
    await markRead(chat, boris, id)
    await markRead(chat, anna, id)
    await deleteMessage(chat, boris, message.id)
    const types = async (client: Client, last: DialogsServerEvent['type']) => {
      const heard: string[] = []
      while (heard.at(-1) !== last) heard.push((await client.next()).type)
      return heard
    }
    const all = ['message.new', 'message.edited', 'message.read', 'message.deleted']
    expect(await types(hersToo, 'message.deleted')).toEqual(expect.arrayContaining(all))
    expect((await hers.heard()).map(({ type }) => type)).toEqual(['message.new', 'message.read'])

    hers.say({ type: 'subscribe', dialog_id })
    await hers.heard()
    const next = await scene.send(boris, id)
    await deleteMessage(chat, boris, next.id)
    expect(await types(hers, 'message.deleted')).toEqual(['message.new', 'message.deleted'])
  })

  it('and subscribes to another one hears of both', async () => {
    const { id, dialog_id, anna, boris, hers } = await scene.talk()
    const other = await newConversation(scene.chat, boris, anna)
    await hers.next()
    hers.say({ type: 'unsubscribe', dialog_id })
    hers.say({ type: 'subscribe', dialog_id: toUuid('conversation', other) })
    await hers.heard()
    for (const place of [id, other]) {
      await scene.send(boris, place)
      expect(await hers.next()).toMatchObject({ dialog_id: toUuid('conversation', place) })
    }
  })
})

/** Null for what means nothing. */
function meaningOf(frame: string | Uint8Array): string | null {
  try {
    return dialogsClientMessage.parse(JSON.parse(String(frame))).type
  } catch {
    return null
  }
}
