import { expect, test } from 'vitest'
import { listMessages as listThere, send as sendThere } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { createColleague } from '../support/colleague.ts'
import { loadDescription } from '../support/described-api.ts'
import { tokenOf } from '../support/friends.ts'
import { hear } from '../support/hearing.ts'
import { say } from '../support/team.ts'
import {
  answered,
  contents,
  createGuest,
  dialogAbout,
  getDialog,
  listDialogs,
  messagesOf,
  read,
  refusal,
  send,
  standing,
} from './guest.ts'
import { messageResponse } from '@parley/wire/dialogs'
import type { House } from './house.ts'

/** One conversation, seen through document 004 and another one at the same time. */
export function crossing(house: House, chat: Chat) {
  async function product() {
    const { buyer, seller, product: productId, conversation } = await chat.pair()
    const here = ({ id, name }: typeof buyer) =>
      createGuest({ url: house.url, id: String(id), name, token: tokenOf(String(id)), scopes: {} })
    const guests = { buyer: here(buyer), seller: here(seller) }
    const dialog = await dialogAbout(guests.buyer, 'product', String(productId))
    if (!dialog) throw new Error('a conversation about a product is a dialog')
    return { buyer, seller, productId, conversation, guests, dialog, id: dialog.id }
  }

  test('a conversation about a product is a dialog whose object is the product, for the two alone', async () => {
    const { buyer, seller, productId, conversation, guests, dialog, id } = await product()
    expect(dialog).toMatchObject({
      object_type: 'product',
      object_id: String(productId),
      title: conversation.product.title,
      created_by: String(buyer.id),
      i_am_participant: true,
      participants_count: 2,
    })
    expect((await listDialogs(guests.seller)).map((one) => one.id)).toEqual([id])
    const { participants = [] } = await getDialog(guests.seller, id)
    expect(participants.map(({ user_id, display_name }) => [user_id, display_name]).sort()).toEqual(
      [
        [String(buyer.id), buyer.name],
        [String(seller.id), seller.name],
      ].sort(),
    )
    const outsider = await house.guest()
    refusal(await outsider.call(`GET /dialogs/${id}`), 'SCOPE_MISMATCH')
    expect(await dialogAbout(outsider, 'product', String(productId))).toBeNull()
  })

  test('messages of both sides go both ways, at once and at rest, in the same order', async () => {
    const { buyer, seller, conversation, guests, id } = await product()
    const there = await chat.connect(seller)
    const here = await house.line(guests.buyer)
    await send(guests.buyer, id, '<p>Is it <b>still</b> there?</p>')
    await sendThere(seller, conversation.id, 'Yes & for <20>')
    await Promise.all([
      send(guests.buyer, id, 'I take it'),
      sendThere(seller, conversation.id, 'Fine'),
      sendThere(buyer, conversation.id, 'When?'),
    ])
    const plain = (await listThere(seller, conversation.id)).data.map(({ text }) => text).reverse()
    expect(plain.slice(0, 2)).toEqual(['Is it still there?', 'Yes & for <20>'])
    const rich = contents(await messagesOf(guests.seller, id))
    expect(rich.slice(0, 2)).toEqual(['<p>Is it <b>still</b> there?</p>', 'Yes &amp; for &lt;20&gt;'])
    expect(rich.slice(2)).toEqual(plain.slice(2))
    await here.saw('all five', () => here.all('message.new').length === 5)
    expect(contents(here.all('message.new'))).toEqual(rich)
    const events = () => there.received.flatMap((event) => (event.type === 'message.new' ? [event] : []))
    await there.saw('all five', () => events().length === 5)
    expect(events().map(({ data }) => data.message.text)).toEqual(plain)
  })

  test('what is read, edited and deleted here is so there', async () => {
    const { buyer, seller, conversation, guests, id } = await product()
    const { id: mid } = await send(guests.seller, id, 'Frist')
    const gone = await send(guests.seller, id, 'Oops')
    const path = `/dialogs/${id}/messages`
    answered(messageResponse, await guests.seller.call(`PUT ${path}/${mid}`, { content: '<i>First</i>' }))
    await guests.seller.call(`DELETE ${path}/${gone.id}`)
    const { data } = await listThere(buyer, conversation.id)
    expect(data.map(({ text }) => text)).toEqual(['First'])
    expect((await standing(guests.buyer, id)).unread_count).toBe(1)
    await read(guests.buyer, id, mid)
    expect((await listThere(seller, conversation.id)).data[0]?.status).toBe('read')
  })

  test('a dialog of two colleagues is a conversation of their organisation, and nobody else’s', async () => {
    const org = 'crossing-dialogs'
    const [anna, boris, clara] = [
      await house.guest({ org }),
      await house.guest({ org }),
      await house.guest({ org }),
    ]
    const { id, object_type, object_id } = await house.open([anna, boris])
    const api = await loadDescription(house.url, '/openapi/workspace.json')
    const there = ({ id: userId, token }: typeof anna) =>
      createColleague(() => api, userId, { authorization: `Bearer ${token}` })
    const [conversation] = (await there(boris).ask('list-conversations')).data
    if (!conversation) throw new Error('a dialog of colleagues is theirs')
    expect(conversation.subject).toMatchObject({ type: object_type, id: object_id })
    expect((await there(clara).ask('list-conversations')).data).toEqual([])

    const hearing = await hear(chat.server().url, there(boris))
    try {
      await hearing.subscribe(`chat:${conversation.id}`)
      const line = await house.line(boris)
      await send(anna, id, '<p>From <b>here</b></p>')
      expect((await hearing.next('message.created')).message.content).toBe('From here')
      await say(there(anna), conversation.id, 'From there')
      expect((await line.next('message.new', ({ content }) => content === 'From there')).sender_id).toBe(
        anna.id,
      )
      const { data } = await there(boris).ask('list-messages', { conversationId: conversation.id })
      expect(contents(data.filter(({ senderId }) => senderId === anna.id))).toEqual([
        'From here',
        'From there',
      ])
      expect(contents(await messagesOf(boris, id))).toEqual(['<p>From <b>here</b></p>', 'From there'])
    } finally {
      await hearing.close()
    }
  })
}
