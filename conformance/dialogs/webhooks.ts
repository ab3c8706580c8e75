import { beforeEach, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { getDialog, join, send } from './guest.ts'
import { OPEN, type House } from './house.ts'
import type { Receiver, Webhook } from './receiver.ts'

export const webhooksTo = (receiver: Receiver) =>
  function webhooks(house: House, chat: Chat) {
    beforeEach(() => {
      receiver.isOutOfOrder = false
    })
    const of = (id: string, type?: Webhook['type']) =>
      receiver.taken.filter(({ type: own, payload }) => payload['dialog_id'] === id && (type ?? own) === own)

    /** Each webhook once, whatever arrived twice. */
    const once = (webhooks: Webhook[]) => [
      ...new Map(webhooks.map((webhook) => [webhook.id, webhook])).values(),
    ]

    test('tell what is written, who comes and who goes, signed, and whom to notify', async () => {
      const [anna, boris, muted] = await house.guests(3)
      const { id } = await house.open([anna, boris, muted], { access_scopes: [OPEN] })
      await muted.call(`POST /dialogs/${id}/notifications`, { enabled: false })
      const line = await house.line(anna)
      const message = await send(anna, id, '<p>Fish &amp; <b>chips</b>?</p>')
      const clara = await house.guest({ name: 'Clara' })
      await join(clara, id)
      await clara.call(`POST /dialogs/${id}/leave`)
      await receiver.saw('who left', () => of(id, 'participant.left').length > 0)
      await receiver.saw('whom to notify', () => of(id, 'notification.pending').length > 0)
      await receiver.saw('all that was said', () => once(of(id, 'message.new')).length >= 4)

      expect(once(of(id, 'participant.joined')).map(({ payload }) => payload['user_id'])).toEqual([clara.id])
      expect(once(of(id, 'participant.left')).map(({ payload }) => payload['user_id'])).toEqual([clara.id])
      const told = once(of(id, 'message.new')).map(({ payload }) => payload)
      expect(told.find((payload) => payload['id'] === message.id)).toMatchObject({
        dialog_id: id,
        sender_id: anna.id,
        sent_at: message.sent_at,
        content: '<p>Fish &amp; <b>chips</b>?</p>',
        text: 'Fish & chips?',
        message_type: 'user',
        reply_to_id: null,
        attachments: [],
      })
      expect(told.filter((payload) => payload['message_type'] === 'system')).toHaveLength(3)
      const pending = once(of(id, 'notification.pending'))
      expect(pending.map(({ payload }) => payload)).toMatchObject([
        { user_id: boris.id, message: { id: message.id, sender_id: anna.id, content: 'Fish & chips?' } },
      ])
      await line.close()
      expect(receiver.faults).toEqual([])
    })

    test(
      'wait for a receiver that is out of order and for a server that is started again: none is lost, none is two',
      { timeout: 60_000 },
      async () => {
        const [anna, boris] = await house.guests(2)
        const { id } = await house.open([anna, boris], { access_scopes: [OPEN] })
        const clara = await house.guest()
        receiver.isOutOfOrder = true
        const sent: string[] = []
        for (let n = 0; n < 5; n++) sent.push((await send(anna, id, `Before ${n}`)).id)
        await join(clara, id)
        await receiver.saw('a webhook turned away', () => receiver.turnedAway.length > 0)
        await chat.alter(() => Promise.resolve())
        for (let n = 0; n < 5; n++) sent.push((await send(anna, id, `After ${n}`)).id)
        await clara.call(`POST /dialogs/${id}/leave`)
        receiver.isOutOfOrder = false

        const messages = () =>
          once(of(id, 'message.new')).filter(({ payload }) => payload['message_type'] === 'user')
        const notified = () =>
          once(of(id, 'notification.pending')).filter(({ payload }) => payload['user_id'] === boris.id)
        await receiver.saw('everything written', () => messages().length >= sent.length)
        await receiver.saw('everybody notified', () => notified().length >= sent.length)
        await receiver.saw('who left', () => of(id, 'participant.left').length > 0)
        await receiver.saw('who joined', () => of(id, 'participant.joined').length > 0)
        expect(
          messages()
            .map(({ payload }) => payload['id'])
            .sort(),
        ).toEqual(sent)
        const pending = notified().map(({ payload }) => (payload['message'] as { id: string }).id)
        expect(pending.sort()).toEqual(sent)
        for (const type of ['participant.joined', 'participant.left'] as const)
          expect(once(of(id, type)).map(({ payload }) => payload['user_id'])).toEqual([clara.id])
        expect((await getDialog(anna, id)).participants_count).toBe(2)
        expect(receiver.faults).toEqual([])
      },
    )
  }
