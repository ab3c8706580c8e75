import { describe, expect, test } from 'vitest'
import {
  archivedResponse,
  leftResponse,
  notificationsResponse,
  pinnedResponse,
  unarchivedResponse,
  unpinnedResponse,
} from '@parley/wire/dialogs'
import {
  answered,
  contents,
  getDialog,
  join,
  listDialogs,
  listMessages,
  messagesOf,
  read,
  refusal,
  send,
  standing,
  type Guest,
} from './guest.ts'
import { OPEN, type House } from './house.ts'

export function takingPart(house: House) {
  async function pair() {
    const [anna, boris] = await house.guests(2)
    return { anna, boris, id: (await house.open([anna, boris], { access_scopes: [OPEN] })).id }
  }

  describe('POST /dialogs/{id}/join', () => {
    test('makes a participant, who has everything before unread and is told of to the others', async () => {
      const { anna, id } = await pair()
      await send(anna, id, 'One')
      await send(anna, id, 'Two')
      const clara = await house.guest({ name: 'Clara' })
      await join(clara, id, { display_name: 'Clara of Acme', company: 'Acme' })
      expect(await getDialog(clara, id)).toMatchObject({ i_am_participant: true, participants_count: 3 })
      expect(await standing(clara, id)).toMatchObject({
        joined_as: 'joined',
        display_name: 'Clara of Acme',
        company: 'Acme',
        unread_count: 2,
        last_read_message_id: null,
      })
      expect(contents(await messagesOf(clara, id))).toEqual(['One', 'Two'])
      const { messages } = await listMessages(anna, id)
      expect(JSON.parse(messages.at(-1)?.content ?? '')).toEqual({
        event: 'participant_joined',
        name: 'Clara of Acme',
        company: 'Acme',
      })
    })

    test('again is 400, ten times at once is once', async () => {
      const { anna, id } = await pair()
      const body = { display_name: 'Anna', company: 'Acme' }
      refusal(await anna.call(`POST /dialogs/${id}/join`, body), 'ALREADY_PARTICIPANT')
      const clara = await house.guest()
      const replies = await Promise.all(
        Array.from({ length: 10 }, () => clara.call(`POST /dialogs/${id}/join`, body)),
      )
      expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(400)])
      expect((await getDialog(anna, id)).participants_count).toBe(3)
    })

    test.each([
      ['display_name', { company: 'x' }],
      ['display_name', { display_name: '', company: 'x' }],
      ['company', { display_name: 'x' }],
      ['email', { display_name: 'x', company: 'x', email: 7 }],
      ['phone', { display_name: 'x', company: 'x', phone: 'x'.repeat(256) }],
    ])('is refused for its %s: %j', async (field, body) => {
      const { id } = await pair()
      const clara = await house.guest()
      expect(refusal(await clara.call(`POST /dialogs/${id}/join`, body), 'VALIDATION_ERROR')).toMatch(
        new RegExp(`^${field}: `),
      )
    })
  })

  test('POST /dialogs/{id}/leave takes one out, who may come back where it is open', async () => {
    const { anna, boris, id } = await pair()
    const left = answered(leftResponse, await boris.call(`POST /dialogs/${id}/leave`))
    expect(left).toEqual({ status: 'left', dialog_id: id })
    expect(await listDialogs(boris)).toEqual([])
    refusal(await boris.call(`POST /dialogs/${id}/leave`), 'NOT_PARTICIPANT')
    refusal(await boris.call(`GET /dialogs/${id}/messages`), 'NOT_PARTICIPANT')
    const { messages } = await listMessages(anna, id)
    expect(JSON.parse(messages.at(-1)?.content ?? '')).toEqual({
      event: 'participant_left',
      name: boris.name,
    })
    await send(anna, id, 'While away')
    await join(boris, id)
    expect(contents(await messagesOf(boris, id))).toEqual(['While away'])
    expect((await standing(boris, id)).unread_count).toBe(1)
  })

  describe('what is each one’s own', () => {
    test('archiving is, until somebody writes', async () => {
      const { anna, boris, id } = await pair()
      const act = async (who: Guest, name: string) => who.call(`POST /dialogs/${id}/${name}`)
      for (let n = 0; n < 2; n++)
        expect(answered(archivedResponse, await act(anna, 'archive'))).toEqual({
          status: 'archived',
          dialog_id: id,
        })
      expect([(await standing(anna, id)).is_archived, (await standing(boris, id)).is_archived]).toEqual([
        true,
        false,
      ])
      expect(answered(unarchivedResponse, await act(anna, 'unarchive')).status).toBe('unarchived')
      expect((await standing(anna, id)).is_archived).toBe(false)
      for (const who of [anna, boris]) await act(who, 'archive')
      await send(boris, id, 'Back again')
      for (const who of [anna, boris]) expect((await standing(who, id)).is_archived).toBe(false)
    })

    test('pinning and notifications are', async () => {
      const { anna, boris, id } = await pair()
      const call = (name: string, body?: unknown) => anna.call(`POST /dialogs/${id}/${name}`, body)
      const seen = async () => {
        const { is_pinned, notifications_enabled } = await standing(anna, id)
        return [is_pinned, notifications_enabled]
      }
      expect(answered(pinnedResponse, await call('pin'))).toEqual({ status: 'pinned', dialog_id: id })
      const off = answered(notificationsResponse, await call('notifications', { enabled: false }))
      expect(off).toEqual({ status: 'disabled', dialog_id: id })
      expect(await seen()).toEqual([true, false])
      expect((await listDialogs(anna))[0]).toMatchObject({ is_pinned: true, notifications_enabled: false })
      expect(await standing(boris, id)).toMatchObject({ is_pinned: false, notifications_enabled: true })
      expect(answered(unpinnedResponse, await call('unpin')).status).toBe('unpinned')
      expect(answered(notificationsResponse, await call('notifications', { enabled: true })).status).toBe(
        'enabled',
      )
      expect(await seen()).toEqual([false, true])
      for (const body of [{}, { enabled: 'yes' }, { enabled: null }])
        refusal(await call('notifications', body), 'VALIDATION_ERROR')
    })

    test('how far one has read is: as often as it is said, and never back', async () => {
      const { anna, boris, id } = await pair()
      const [first, second] = [await send(anna, id, 'One'), await send(anna, id, 'Two')]
      const unread = async () => (await standing(boris, id)).unread_count
      expect(await unread()).toBe(2)
      for (const { id: upTo } of [first, first]) await read(boris, id, upTo)
      expect(await unread()).toBe(1)
      for (const { id: upTo } of [second, second, first]) await read(boris, id, upTo)
      expect(await standing(boris, id)).toMatchObject({ unread_count: 0, last_read_message_id: second.id })
      expect((await listDialogs(boris))[0]?.unread_count).toBe(0)
      const beyond = await send(anna, (await house.open([anna])).id, 'Elsewhere')
      await read(boris, id, beyond.id)
      expect((await standing(boris, id)).last_read_message_id).toBe(second.id)
      for (const last_read_message_id of [undefined, 'x', 7, id])
        expect(
          refusal(await boris.call(`POST /dialogs/${id}/read`, { last_read_message_id }), 'VALIDATION_ERROR'),
        ).toMatch(/^last_read_message_id: /)
    })

    test('sending reads everything, and brings nobody’s own message to be unread', async () => {
      const { anna, boris, id } = await pair()
      await send(anna, id, 'Question')
      const { id: answer } = await send(boris, id, 'Answer')
      expect(await standing(boris, id)).toMatchObject({ unread_count: 0, last_read_message_id: answer })
      expect(await standing(anna, id)).toMatchObject({ unread_count: 1 })
    })
  })
}
