import { describe, expect, test } from 'vitest'
import { managedDialogListResponse, managedDialogResponse } from '@parley/wire/dialogs'
import { answered, getDialog, listDialogs, listMessages, refusal, send } from './guest.ts'
import { ADMIN_TOKENS, OPEN, type House } from './house.ts'

const NOWHERE = '019481a2-0000-7000-8000-000000000000'

export function management(house: House) {
  test('starts a dialog of people of whom nobody has heard, and shows all of it', async () => {
    const body = {
      object_type: 'order',
      object_id: 'managed-1',
      title: 'Order',
      object_url: 'https://shop.example.com/orders/1',
      meta: { priority: 'high', nested: [1, null] },
      participants: [
        { user_id: 'nobody-knows-ann', display_name: 'Ann' },
        {
          user_id: 'nobody-knows-bob',
          display_name: 'Bob',
          company: 'Acme',
          email: 'b@acme.example',
          phone: '1',
        },
      ],
      access_scopes: [{ tenant_uid: 'acme', scope_level1: ['sales'] }, OPEN],
    }
    const made = answered(managedDialogResponse, await house.manage('POST /dialogs', body)).data
    const { participants, access_scopes, ...said } = body
    expect(made).toMatchObject({
      ...said,
      created_by: null,
      participants_count: 2,
      access_scopes: [OPEN, OPEN],
    })
    expect(access_scopes).toHaveLength(2)
    expect(made.participants).toMatchObject(participants.map((one) => ({ ...one, joined_as: 'participant' })))
    expect(answered(managedDialogResponse, await house.manage(`GET /dialogs/${made.id}`)).data).toEqual(made)
    const ann = await house.guest({ id: 'nobody-knows-ann', name: 'Ann' })
    expect(await listDialogs(ann)).toMatchObject([{ id: made.id, unread_count: 0 }])
    const again = answered(managedDialogResponse, await house.manage('POST /dialogs', body)).data
    expect(again.id).not.toBe(made.id)
  })

  test('finds those about something with just these scopes', async () => {
    const anna = await house.guest()
    const about = { object_type: 'order', object_id: 'searched' }
    const other = { ...OPEN, scope_level1: ['support'] }
    const both = await house.open([anna], { ...about, access_scopes: [OPEN, other] })
    const one = await house.open([anna], { ...about, access_scopes: [OPEN] })
    const none = await house.open([anna], about)
    const find = async (access_scopes?: object[]) => {
      const reply = await house.manage('POST /dialogs/search', { ...about, access_scopes })
      return answered(managedDialogListResponse, reply).data.map(({ id }) => id)
    }
    expect(await find([other, OPEN])).toEqual([both.id])
    expect(await find([{ tenant_uid: 'acme', scope_level1: ['sales'], scope_level2: [] }])).toEqual([one.id])
    expect(await find([])).toEqual([none.id])
    expect(await find()).toEqual([none.id])
    expect(await find([other])).toEqual([])
  })

  test('adds and removes people, who hear of it and see it no more; twice is no more than once', async () => {
    const [anna, boris] = await house.guests(2)
    const { id } = await house.open([anna])
    const line = await house.line(boris)
    const add = { user_id: boris.id, display_name: 'Boris of Acme', company: 'Acme' }
    for (let time = 0; time < 2; time++) {
      const added = await house.manage(`POST /dialogs/${id}/participants`, {
        ...add,
        display_name: `Boris ${time}`,
      })
      expect(answered(managedDialogResponse, added, 201).data.participants_count).toBe(2)
    }
    expect(await line.next('participant.joined')).toMatchObject({ dialog_id: id, user_id: boris.id })
    expect((await getDialog(anna, id)).participants?.[1]?.display_name).toBe('Boris 0')
    for (let time = 0; time < 2; time++) {
      const removed = await house.manage(`DELETE /dialogs/${id}/participants/${boris.id}`)
      expect([removed.status, removed.bytes.length]).toEqual([204, 0])
    }
    expect(await line.next('participant.left')).toMatchObject({ dialog_id: id, user_id: boris.id })
    refusal(await boris.call(`GET /dialogs/${id}/messages`), 'NOT_PARTICIPANT')
    const said = (await listMessages(anna, id)).messages.map(({ content }) => JSON.parse(content) as object)
    expect(said).toMatchObject([
      { event: 'chat_created' },
      { event: 'participant_joined', name: 'Boris 0', company: 'Acme' },
      { event: 'participant_left', name: 'Boris 0' },
    ])
  })

  test('opens a dialog to others, and closes it; who is in it stays', async () => {
    const [anna, boris] = await house.guests(2)
    const { id } = await house.open([anna])
    const open = async (access_scopes: object[]) =>
      answered(
        managedDialogResponse,
        await house.manage(`PUT /dialogs/${id}/access-scopes`, { access_scopes }),
      ).data
    refusal(await boris.call(`GET /dialogs/${id}`), 'SCOPE_MISMATCH')
    expect((await open([OPEN])).access_scopes).toEqual([OPEN])
    expect((await getDialog(boris, id)).can_join).toBe(true)
    await open([])
    refusal(await boris.call(`GET /dialogs/${id}`), 'SCOPE_MISMATCH')
    expect((await getDialog(anna, id)).i_am_participant).toBe(true)
  })

  test('deletes a dialog with all that was said in it, for good', async () => {
    const anna = await house.guest()
    const { id } = await house.open([anna])
    const { id: mid } = await send(anna, id, 'Gone')
    const reply = await house.manage(`DELETE /dialogs/${id}`)
    expect([reply.status, reply.bytes.length]).toEqual([204, 0])
    expect(await listDialogs(anna)).toEqual([])
    for (const path of [`/dialogs/${id}`, `/dialogs/${id}/messages`, `/dialogs/${id}/messages/${mid}`])
      refusal(await anna.call(`GET ${path}`), 'DIALOG_NOT_FOUND')
    refusal(await house.manage(`DELETE /dialogs/${id}`), 'DIALOG_NOT_FOUND')
  })

  const calls: [string, unknown][] = [
    [
      'POST /dialogs',
      { object_type: 'o', object_id: '1', participants: [{ user_id: 'x', display_name: 'X' }] },
    ],
    ['POST /dialogs/search', { object_type: 'o', object_id: '1' }],
    ['GET /dialogs/:id', undefined],
    ['DELETE /dialogs/:id', undefined],
    ['POST /dialogs/:id/participants', { user_id: 'x', display_name: 'X' }],
    ['DELETE /dialogs/:id/participants/x', undefined],
    ['PUT /dialogs/:id/access-scopes', { access_scopes: [OPEN] }],
  ]

  describe.each(calls)('%s', (what, body) => {
    test('is for whoever has an admin token, whichever, and for nobody else', async () => {
      const anna = await house.guest()
      const { id } = await house.open([anna])
      const ask = (authorization: string | null) => house.manage(what.replace(':id', id), body, authorization)
      for (const none of [null, '', 'Basic eDp5', 'Bearer', ADMIN_TOKENS[0] ?? ''])
        refusal(await ask(none), 'UNAUTHORIZED')
      const wrong = [
        'Bearer wrong',
        `Bearer ${anna.token}`,
        `Bearer ${ADMIN_TOKENS[0]}x`,
        `Bearer ${ADMIN_TOKENS.join(',')}`,
      ]
      for (const authorization of wrong) refusal(await ask(authorization), 'FORBIDDEN')
      expect(answered(managedDialogResponse, await house.manage(`GET /dialogs/${id}`)).data).toMatchObject({
        participants_count: 1,
        access_scopes: [],
      })
      expect([200, 201, 204]).toContain((await ask(`Bearer ${ADMIN_TOKENS[1]}`)).status)
    })

    test('knows nothing of what is not there', async () => {
      if (!what.includes(':id')) return
      for (const none of [NOWHERE, 'x'])
        refusal(await house.manage(what.replace(':id', none), body), 'DIALOG_NOT_FOUND')
    })
  })

  const somebody = { user_id: 'x', display_name: 'X' }
  const object = { object_type: 'o', object_id: '1' }
  test.each([
    ['object_type', { object_id: '1', participants: [somebody] }],
    ['object_id', { object_type: 'o', object_id: '', participants: [somebody] }],
    ['participants', object],
    ['participants', { ...object, participants: [] }],
    ['participants', { ...object, participants: Array(1001).fill(somebody) }],
    ['participants', { ...object, participants: [{ user_id: 'x' }] }],
    ['access_scopes', { ...object, participants: [somebody], access_scopes: [{ scope_level0: 'acme' }] }],
    ['meta', { ...object, participants: [somebody], meta: { long: 'x'.repeat(8200) } }],
    ['meta', { ...object, participants: [somebody], meta: [] }],
    ['title', { ...object, participants: [somebody], title: 'x'.repeat(256) }],
    ['object_url', { ...object, participants: [somebody], object_url: 'x'.repeat(2049) }],
  ])('names %s where that is at fault', async (field, body) => {
    const message = refusal(await house.manage('POST /dialogs', body), 'VALIDATION_ERROR')
    expect(message.startsWith(field), message).toBe(true)
  })
}
