import { afterEach, describe, expect, test } from 'vitest'
import { ref, watch } from 'vue'
import { send } from '../../../conformance/support/acts.ts'
import { useChat } from '../../../conformance/support/chat.ts'
import { credentials, type Person } from '../../../conformance/support/person.ts'
import type { ChatConnection } from '../app/features/chat-connection/model/connect-chat.ts'
import type { Request } from '../app/features/chat-messaging/model/api.ts'
import { createChat, type Chat } from '../app/features/chat-messaging/model/chat.ts'
import { NetworkError, parseReply } from '../app/shared/api/client.ts'
import { noUploads, texts } from './support/chat-options.ts'

const world = useChat()
const open: Chat[] = []
afterEach(() => {
  for (const chat of open.splice(0)) chat.close()
})

/** The chat of a person at the server, on the official client. */
async function openChat(person: Person): Promise<Chat> {
  const { client } = await world.connect(person)
  const connection: ChatConnection = {
    state: ref('connected'),
    onEvent(listener) {
      const hear = ({ data }: { data: Parameters<typeof listener>[0] }) => listener(data, { first: true })
      client.on('publication', hear)
      return () => void client.off('publication', hear)
    },
    onGap: () => () => undefined,
    reconnect: () => undefined,
    close: () => undefined,
  }
  const chat = createChat({
    me: person.id,
    connection,
    request: requestOf(person),
    uploadImage: noUploads,
    attention: ref(true),
    kept: texts(),
    onUnauthorized: () => undefined,
  })
  open.push(chat)
  return chat
}

/** What a browser does by itself: the cookie, and the address of the site. */
function requestOf({ server, session }: Person): Request {
  return async (method, path, schema, options) => {
    const url = new URL(path, server.url)
    for (const [name, value] of Object.entries(options?.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value))
    const headers = new Headers(credentials(session))
    if (options?.body) headers.set('content-type', 'application/json')
    if (options?.idempotencyKey !== undefined) headers.set('idempotency-key', options.idempotencyKey)
    const reply = await fetch(url, { method, headers, body: JSON.stringify(options?.body) }).catch(() => null)
    if (!reply) throw new NetworkError('The server did not answer.')
    return parseReply(schema, reply.status, await reply.text(), reply.headers.get('retry-after'))
  }
}

/** Resolves once it holds. */
async function until(condition: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<true>()
  const stop = watch(
    condition,
    (holds) => {
      if (holds) resolve(true)
    },
    { immediate: true, flush: 'sync' },
  )
  await promise
  stop()
}

describe('at a real server', () => {
  test('two people talk, and see how far their messages have come', async () => {
    const { buyer, seller, product } = await world.pair()
    const [asking, answering] = await Promise.all([openChat(buyer), openChat(seller)])
    await answering.list.load()
    const { id } = await asking.list.open(product)
    const question = asking.openThread(id)
    await question.load()
    question.send('Is it still there?')
    await until(() => question.messages.value[0]?.status === 'delivered')

    expect(answering.list.conversations.value).toMatchObject([{ id, unread_count: 1 }])
    const answer = answering.openThread(id)
    await answer.load()
    expect(answer.firstUnreadId.value).toBe(answer.messages.value[0]?.id)
    answer.markRead()
    await until(() => question.messages.value[0]?.status === 'read')
    await until(() => answering.totalUnread.value === 0)

    answer.send('Yes')
    await until(() => question.messages.value.length === 2)
    expect(question.messages.value.map(({ text }) => text)).toEqual(['Is it still there?', 'Yes'])
    expect(asking.list.find(id)).toMatchObject({ last_message: { text: 'Yes' } })
  })

  test('history is fetched page by page, back to a message that is looked for', async () => {
    const { buyer, seller, conversation } = await world.pair()
    const ids: number[] = []
    for (let count = 0; count < 130; count++) ids.push((await send(buyer, conversation.id, `${count}`)).id)
    const chat = await openChat(seller)
    const thread = chat.openThread(conversation.id)
    await thread.load()
    expect(thread.firstUnreadId.value).toBe(ids[0])
    thread.leave()

    const own = (await openChat(buyer)).openThread(conversation.id)
    await own.load()
    expect(own.messages.value.map(({ id }) => id)).toEqual(ids.slice(-50))
    await Promise.all([own.loadOlder(), own.loadOlder()])
    expect(own.messages.value.map(({ id }) => id)).toEqual(ids.slice(-100))
    expect(await own.loadUntil(ids[3] ?? 0)).toBe(true)
    expect(own.messages.value.map(({ id }) => id)).toEqual(ids)
    expect(own.hasMore.value).toBe(false)
  })

  test('a conversation that was deleted is back when the companion writes', async () => {
    const { buyer, seller, conversation } = await world.pair()
    const chat = await openChat(buyer)
    await chat.list.load()
    await chat.list.remove(conversation.id)
    expect(chat.list.conversations.value).toEqual([])
    await send(seller, conversation.id, 'Are you there?')
    await until(() => chat.list.conversations.value[0]?.id === conversation.id)
  })
})
