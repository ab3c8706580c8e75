import { describe, expect, test } from 'vitest'
import { dialogListResponse } from '@parley/wire/dialogs'
import {
  answered,
  dialogAbout,
  getDialog,
  join,
  listDialogs,
  listParticipants,
  refusal,
  scopeHeader,
  send,
} from './guest.ts'
import { OPEN, type House } from './house.ts'

const idsOf = (dialogs: { id: string }[]) => dialogs.map(({ id }) => id)

export function lists(house: House) {
  describe('GET /dialogs', () => {
    test('the same person’s lists differ by what they are asked for', async () => {
      const [anna, boris] = await house.guests(2)
      const mine = await house.open([anna, boris])
      const away = await house.open([anna])
      const free = await house.open([boris], { access_scopes: [OPEN] })
      const closed = await house.open([boris])
      await anna.call(`POST /dialogs/${away.id}/archive`)
      const list = async (query: string) => idsOf(await listDialogs(anna, query))
      expect(await list('')).toEqual([away.id, mine.id])
      expect(await list('?type=participating')).toEqual([away.id, mine.id])
      expect(await list('?type=participating&archived=false')).toEqual([mine.id])
      expect(await list('?type=participating&archived=true')).toEqual([away.id])
      const available = await list('?type=available')
      expect(available).toContain(free.id)
      expect(available).not.toContain(closed.id)
      expect(available).not.toContain(mine.id)
      expect(refusal(await anna.call('GET /dialogs?type=all'), 'VALIDATION_ERROR')).toMatch(/^type: /)
    })

    test('an item says what a participant is to see, and less to whom it is only open', async () => {
      const [anna, boris] = await house.guests(2)
      const { id } = await house.open([boris], {
        object_url: 'https://shop.example.com/orders/7',
        meta: { priority: 'high' },
        access_scopes: [OPEN],
      })
      const [open] = await listDialogs(anna, '?type=available')
      expect(open).toMatchObject({ id, i_am_participant: false, can_join: true, participants_count: 1 })
      for (const field of ['unread_count', 'is_archived', 'is_pinned', 'notifications_enabled'])
        expect(open).not.toHaveProperty(field)
      await join(anna, id)
      const message = await send(boris, id, 'Hello')
      const [own] = await listDialogs(anna)
      expect(own).toMatchObject({
        id,
        object_type: 'order',
        object_url: 'https://shop.example.com/orders/7',
        created_by: null,
        meta: { priority: 'high' },
        i_am_participant: true,
        can_join: false,
        participants_count: 2,
        unread_count: 1,
        is_archived: false,
        is_pinned: false,
        notifications_enabled: true,
        last_message_at: message.sent_at,
        last_message: {
          id: message.id,
          content: 'Hello',
          sender_id: boris.id,
          sender_name: boris.name,
          sent_at: message.sent_at,
          message_type: 'user',
        },
        participants: [
          { user_id: boris.id, display_name: boris.name },
          { user_id: anna.id, display_name: anna.name, company: `Company of ${anna.name}` },
        ],
      })
    })

    test('50 at once, 100 at most, the last created first, the next by offset, none twice', async () => {
      const anna = await house.guest()
      const opened = await Promise.all(Array.from({ length: 103 }, () => house.open([anna])))
      // Ids sort as they were made.
      const created = idsOf(opened).sort().reverse()
      expect(idsOf(await listDialogs(anna))).toEqual(created.slice(0, 50))
      expect(idsOf(await listDialogs(anna, '?limit=1000'))).toEqual(created.slice(0, 100))
      const pages = [await listDialogs(anna, '?limit=60'), await listDialogs(anna, '?limit=60&offset=60')]
      expect(idsOf(pages.flat())).toEqual(created)
      expect(await listDialogs(anna, '?offset=103')).toEqual([])
      for (const query of ['limit=0', 'limit=x', 'offset=-1', 'archived=yes'])
        expect(refusal(await anna.call(`GET /dialogs?${query}`), 'VALIDATION_ERROR')).toMatch(/^\w+: /)
    })

    test('search finds part of a title or of a participant’s company, whatever the case', async () => {
      const [anna, boris] = await house.guests(2)
      const titled = await house.open([anna], { title: 'Поставка кабеля 50%_' })
      const { id } = await house.open([boris], { title: 'Other', access_scopes: [OPEN] })
      await join(boris.within(OPEN), (await house.open([anna], { title: 'x', access_scopes: [OPEN] })).id)
      await join(anna, id, { company: 'ACME Cables' })
      const find = async (search: string) =>
        idsOf(await listDialogs(anna, `?search=${encodeURIComponent(search)}`))
      expect(await find('КАБЕЛ')).toEqual([titled.id])
      expect(await find('acme cab')).toEqual([id])
      expect(await find('%_')).toEqual([titled.id])
      expect(await find('nothing of that')).toEqual([])
    })

    test('shows twenty of the people, and counts all', async () => {
      const [anna, boris] = await house.guests(2)
      const others = Array.from({ length: 30 }, (_, n) => ({ ...anna, id: `crowd-${n}`, name: `Crowd ${n}` }))
      const { id } = await house.open([boris, ...others])
      const [dialog] = await listDialogs(boris)
      expect([dialog?.participants.length, dialog?.participants_count]).toEqual([20, 31])
      expect((await getDialog(boris, id)).participants).toHaveLength(31)
    })
  })

  describe('GET /dialogs/{id}', () => {
    test('shows who is in it to those in it, and itself to those to whom it is open', async () => {
      const [anna, boris] = await house.guests(2)
      const { id } = await house.open([boris], { access_scopes: [OPEN] })
      const fromOutside = await getDialog(anna, id)
      expect(fromOutside).toMatchObject({ id, i_am_participant: false, can_join: true })
      expect(fromOutside).not.toHaveProperty('participants')
      const line = await house.line(boris)
      const seen = await getDialog(boris, id)
      expect(seen).toMatchObject({ i_am_participant: true, can_join: false, participants_count: 1 })
      expect(seen.participants).toMatchObject([{ user_id: boris.id, is_online: true }])
      await line.close()
    })

    test('403 to whom it is not open, 404 where there is none', async () => {
      const [anna, boris] = await house.guests(2)
      const { id } = await house.open([boris], { access_scopes: [OPEN] })
      const outside = anna.within({ scope_level0: ['other'], scope_level1: ['sales'], scope_level2: [] })
      refusal(await outside.call(`GET /dialogs/${id}`), 'SCOPE_MISMATCH')
      for (const none of ['x', '019481a2-0000-7000-8000-000000000000', id.replace(/^0/, '1')])
        refusal(await anna.call(`GET /dialogs/${none}`), 'DIALOG_NOT_FOUND')
    })
  })

  describe('GET /dialogs/by-object/{type}/{id}', () => {
    test('gives the newest that one is in or may join, or null, whatever the object is called', async () => {
      const [anna, boris] = await house.guests(2)
      const about = { object_type: 'заказ/a b', object_id: 'No. 7/8?#%' }
      const find = () => dialogAbout(anna, about.object_type, about.object_id)
      expect(await find()).toBeNull()
      await house.open([boris], about)
      expect(await find(), 'not open to her').toBeNull()
      const own = await house.open([anna], about)
      expect(await find()).toMatchObject({ id: own.id, ...about, i_am_participant: true })
      const open = await house.open([boris], { ...about, access_scopes: [OPEN] })
      expect(await find()).toMatchObject({ id: open.id, can_join: true })

      const path = `/dialogs/by-object/${encodeURIComponent(about.object_type)}/${encodeURIComponent(about.object_id)}`
      const list = async (query: string) =>
        idsOf(answered(dialogListResponse, await anna.call(`GET ${path}/list${query}`)).data)
      expect(await list('')).toEqual([own.id])
      expect(await list('?type=available')).toEqual([open.id])
      expect(await list('?archived=true')).toEqual([])
      expect(await list('?search=order')).toEqual([own.id])
    })
  })

  describe('GET /dialogs/{id}/participants', () => {
    test('in the order in which they came; how to reach them is for participants', async () => {
      const [anna, boris] = await house.guests(2)
      const { id } = await house.open([boris], { access_scopes: [OPEN] })
      await join(anna, id, { email: 'anna@acme.example', phone: '+1 555 0100' })
      const seen = await listParticipants(boris, id)
      expect(seen).toMatchObject([
        { user_id: boris.id, joined_as: 'participant', display_name: boris.name, company: null },
        { user_id: anna.id, joined_as: 'joined', email: 'anna@acme.example', phone: '+1 555 0100' },
      ])
      const outsider = await house.guest()
      const fromOutside = await listParticipants(outsider, id)
      expect(fromOutside.map(({ user_id, email, phone }) => [user_id, email, phone])).toEqual([
        [boris.id, null, null],
        [anna.id, null, null],
      ])
      refusal(await outsider.within({}).call(`GET /dialogs/${id}/participants`), 'SCOPE_MISMATCH')
    })
  })

  test('every request may carry scopes and a JSON content type; what are no scopes is 400 where they matter', async () => {
    const anna = await house.guest()
    const { id } = await house.open([anna])
    const wrong = [
      '!',
      'bm90IGpzb24=',
      Buffer.from('[]').toString('base64'),
      scopeHeader({ scope_level0: 'a' }),
    ]
    for (const header of [...wrong, 'x'.repeat(8193)]) {
      for (const what of [
        'GET /dialogs',
        'GET /dialogs?type=available',
        `GET /dialogs/${id}`,
        `POST /dialogs/${id}/join`,
      ]) {
        const body = what.startsWith('POST') ? { display_name: 'A', company: '' } : undefined
        const message = refusal(await anna.call(what, body, { 'x-scope-config': header }), 'VALIDATION_ERROR')
        expect(message).toMatch(/^x-scope-config/)
      }
    }
    const none = { 'x-scope-config': undefined }
    expect((await anna.call('GET /dialogs', undefined, none)).status).toBe(200)
    for (const [what, body] of [
      ['GET /dialogs?type=available', undefined],
      [`POST /dialogs/${id}/join`, { display_name: 'A', company: '' }],
    ] as const)
      refusal(await anna.call(what, body, none), 'VALIDATION_ERROR')
  })
}
