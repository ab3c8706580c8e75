import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  getConversation,
  listConversations,
  listMessages,
  searchEverywhere,
  send,
  totalUnread,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { picture } from '../support/images.ts'
import { connect, type Listener } from '../support/listener.ts'
import { credentials, movedTo, type Person } from '../support/person.ts'
import { failure } from '../support/shape.ts'
import { callRoute, routes, type Route, type Scene } from './routes.ts'

const seats = ['buyer', 'seller'] as const

interface Parting extends Scene {
  former: Person
  stayed: Person
  outsider: Person
}

/** Somebody who has left a conversation, which nothing in this dialect does, is to it as any outsider. */
export function former(chat: Chat) {
  describe.each(seats)('a %s who has left', (seat) => {
    let scene: Parting
    /** Of the one who leaves, who has heard everything until then. */
    let listener: Listener
    let before: unknown

    beforeAll(async () => {
      const [pair, outsider] = [await chat.pair(), await chat.person()]
      const { id } = pair.conversation
      listener = await connect(pair[seat])
      await send(pair.buyer, id, 'hello')
      const { id: messageId } = await send(pair.seller, id, 'hello')
      await listener.next('message.new', ({ message }) => message.id === messageId)
      listener.rest()
      await listener.cut()
      await leave(id, pair[seat])
      const [buyer, seller] = [movedTo(chat.server(), pair.buyer), movedTo(chat.server(), pair.seller)]
      const [former, stayed] = seat === 'buyer' ? [buyer, seller] : [seller, buyer]
      const people = { buyer, seller, former, stayed, outsider: movedTo(chat.server(), outsider) }
      scene = { ...pair, ...people, messageId, image: await picture('png', 4, 4) }
      before = await asStayed()
    })
    afterAll(() => listener.close())

    async function actEverywhere() {
      for (const route of Object.values(routes)) await call(route, scene.stayed)
    }

    const call = (route: Route, who: Person) =>
      callRoute(chat.server(), route, scene, credentials(who.session))

    async function asStayed() {
      const { stayed, conversation } = scene
      return [await getConversation(stayed, conversation.id), await listMessages(stayed, conversation.id)]
    }

    const others = Object.entries(routes).filter(([name]) => name !== 'POST /conversations')
    test.each(others)('gets what an outsider gets: %s', async (_, route) => {
      const [forFormer, forOutsider] = [await call(route, scene.former), await call(route, scene.outsider)]
      expect(forFormer.status).toBe(route.allowed[2])
      expect([forFormer.status, forFormer.body]).toEqual([forOutsider.status, forOutsider.body])
    })

    test('does not get it back by asking about the product', async () => {
      const reply = await scene.former.post('/conversations', { product_id: scene.product })
      if (seat === 'buyer') failure(reply, 403, 'authorization_error')
      else failure(reply, 422, 'validation_error')
    })

    test('finds it in no list, no count and no search', async () => {
      expect((await listConversations(scene.former)).data).toEqual([])
      expect((await listConversations(scene.former, { filter: 'unread' })).data).toEqual([])
      expect(await totalUnread(scene.former)).toBe(0)
      expect((await searchEverywhere(scene.former, { q: 'hello' })).data).toEqual([])
    })

    test('has changed nothing by trying', async () => {
      expect(await asStayed()).toEqual(before)
    })

    test('hears nothing of what happens there, neither at once nor on coming back', async () => {
      const { former, stayed } = scene
      await actEverywhere()
      expect(await listener.restore(chat.server().url)).toMatchObject({ recovered: true })
      const theirs = await chat.connect(stayed)
      await actEverywhere()
      await theirs.next('message.new')
      await chat.settled(former, listener)
      expect(listener.rest()).toEqual([])
    })
  })

  const leave = (conversationId: number, { id }: Person) =>
    chat.alter((db) =>
      db.query('update members set left_at = now() where conversation_id = $1 and user_id = $2', [
        conversationId,
        String(id),
      ]),
    )
}
