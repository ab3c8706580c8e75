import { describe, expect, test } from 'vitest'
import { getConversation, listMessages, markRead, send, sendImage } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { picture } from '../support/images.ts'
import { contents, group, say, type Team } from '../support/team.ts'

/** What is written in marketplace is here for the same two people, and the other way round. */
export function crossing(team: Team, chat: Chat) {
  async function pair() {
    const { buyer, seller, conversation } = await chat.pair()
    return {
      ...{ buyer, seller, conversation, id: String(conversation.id) },
      here: { buyer: team.fromMarketplace(buyer), seller: team.fromMarketplace(seller) },
    }
  }

  describe('with marketplace', () => {
    test('messages of both are in both, in order and once, at rest and as they are sent', async () => {
      const { buyer, seller, conversation, id, here } = await pair()
      const [market, workspace] = [await chat.connect(seller), await team.hear(here.seller)]
      await workspace.subscribe(`chat:${id}`)
      for (let n = 0; n < 3; n++) {
        await send(buyer, conversation.id, `market ${n}`)
        await say(here.buyer, id, `workspace ${n}`)
      }
      const expected = [0, 1, 2].flatMap((n) => [`market ${n}`, `workspace ${n}`])
      const thereAtRest = (await listMessages(seller, conversation.id)).data.reverse()
      const hereAtRest = (await here.seller.ask('list-messages', { conversationId: id })).data
      expect(thereAtRest.map(({ text }) => text)).toEqual(expected)
      expect(contents(hereAtRest)).toEqual(expected)
      expect(thereAtRest.map((message) => String(message.id))).toEqual(
        hereAtRest.map((message) => message.id),
      )
      for (const text of expected) {
        expect((await market.next('message.new')).message.text).toBe(text)
        expect((await workspace.next('message.created')).message.content).toBe(text)
      }
      expect(await chat.untaken(seller, market)).toEqual([])
      expect(workspace.heard.filter(({ channel }) => channel === `chat:${id}`)).toHaveLength(expected.length)
    })

    test('what is read in one is read in the other', async () => {
      const { buyer, seller, conversation, id, here } = await pair()
      const { id: lastReadMessageId } = await say(here.buyer, id, 'Hello')
      expect((await getConversation(seller, conversation.id)).unread_count).toBe(1)
      const market = await chat.connect(buyer)
      await here.seller.run('mark-conversation-read', { id })
      expect((await getConversation(seller, conversation.id)).unread_count).toBe(0)
      expect((await market.next('message.read')).last_read_message_id).toBe(Number(lastReadMessageId))
      expect((await getConversation(buyer, conversation.id)).last_message?.status).toBe('read')
      const workspace = await team.hear(here.seller)
      await workspace.subscribe(`chat:${id}`)
      await send(seller, conversation.id, 'Hello back')
      await markRead(buyer, conversation.id)
      const read = await workspace.next('conversation.read', ({ userId }) => userId === String(buyer.id))
      expect(Number(read.lastReadMessageId)).toBeGreaterThan(Number(lastReadMessageId))
    })

    test('a conversation about a product has its subject here, and stays what it is', async () => {
      const { buyer, product, conversation } = await chat.pair()
      const here = team.fromMarketplace(buyer)
      const id = String(conversation.id)
      const subject = { type: 'product', id: String(product), title: `Product ${product}` }
      expect((await here.ask('list-conversations')).data).toMatchObject([{ id, type: 'dm', subject }])
      const changes: [string, object][] = [
        ['update-conversation', { name: 'x' }],
        ['archive-conversation', {}],
        ['convert-conversation', {}],
        ['add-conversation-member', { userIds: [buyer.id] }],
      ]
      for (const [operationId, input] of changes) {
        const reply = await team.api().callWrongly(operationId, { id, ...input }, here.headers)
        expect([409, 422], operationId).toContain(reply.status)
      }
    })

    test('a picture sent there is an attachment here, which whoever has its address can fetch', async () => {
      const { buyer, conversation, id, here } = await pair()
      const sent = await sendImage(buyer, conversation.id, await picture('png', 300, 200))
      const [message] = (await here.seller.ask('list-messages', { conversationId: id })).data
      const [attachment] = message?.attachments ?? []
      expect(attachment).toMatchObject({ width: 300, height: 200, url: sent.image_url })
      expect(attachment?.thumbnailUrl).toBe(sent.image_thumbnail)
    })

    test('an edit here is a change there, a deletion takes it away, a conversation that is no product’s stays here', async () => {
      const { buyer, seller, conversation, id, here } = await pair()
      const [kept, gone] = [await say(here.buyer, id, 'Frist'), await say(here.buyer, id, 'Oops')]
      await here.buyer.ask('edit-message', { id: kept.id, content: 'First' })
      await here.buyer.run('delete-message', { id: gone.id })
      expect((await listMessages(seller, conversation.id)).data.map(({ text }) => text)).toEqual(['First'])
      const own = await group(here.buyer, [here.seller])
      expect((await buyer.get(`/conversations/${own.id}`)).status).toBe(404)
    })
  })
}
