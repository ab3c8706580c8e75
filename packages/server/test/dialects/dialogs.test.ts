import {
  archivedResponse,
  dialogByObjectResponse,
  dialogListResponse,
  joinedResponse,
  leftResponse,
  messageListResponse,
  messageResponse,
  notificationsResponse,
  participantListResponse,
  pinnedResponse,
  readResponse,
  unarchivedResponse,
  unpinnedResponse,
} from '@parley/wire/dialogs'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { openDialogs, refusal, scope, succeeded } from '../support/dialogs.ts'
import type { Dialogs } from '../support/dialogs.ts'
import type { Person } from '../support/workspace.ts'

eachStore('the dialogs dialect', (database) => {
  let dialogs: Dialogs
  let anna: Person
  let boris: Person

  beforeAll(async () => {
    dialogs = await openDialogs(database())
  })
  afterAll(() => dialogs.close())
  beforeEach(async () => {
    anna = await dialogs.person()
    boris = await dialogs.person()
  })

  const messagesOf = async (person: Person, id: string, query = '') =>
    succeeded(messageListResponse, await dialogs.ask(person, `GET /dialogs/${id}/messages${query}`)).data

  const read = (person: Person, id: string, messageId: string) =>
    dialogs.ask(person, `POST /dialogs/${id}/read`, { body: { last_read_message_id: messageId } })

  it('lists one’s own dialogs, the last created first', async () => {
    const first = await dialogs.open([anna, boris], {
      title: 'Order 1',
      object_url: 'https://shop.example/1',
    })
    const second = await dialogs.open([anna])
    const { id } = await dialogs.send(boris, first.id, '<p>Hello <b>you</b></p>')
    const list = await dialogs.list(anna)
    expect(list.map((dialog) => dialog.id)).toEqual([second.id, first.id])
    expect(list[1]).toMatchObject({
      title: 'Order 1',
      object_type: 'order',
      object_url: 'https://shop.example/1',
      participants_count: 2,
      i_am_participant: true,
      can_join: false,
      unread_count: 1,
      is_archived: false,
      is_pinned: false,
      notifications_enabled: true,
      last_message: {
        id,
        content: '<p>Hello <b>you</b></p>',
        sender_id: boris.id,
        sender_name: `Dialog name of ${boris.id}`,
        message_type: 'user',
      },
      participants: [anna, boris].map((one) => ({
        user_id: one.id,
        display_name: `Dialog name of ${one.id}`,
      })),
    })
    expect(await dialogs.list(boris)).toHaveLength(1)
  })

  it('gives pages of at most 100, 50 where nothing is said', async () => {
    for (let n = 0; n < 52; n++) await dialogs.open([anna])
    expect(await dialogs.list(anna)).toHaveLength(50)
    expect(await dialogs.list(anna, '?limit=1000')).toHaveLength(52)
    expect(await dialogs.list(anna, '?limit=3&offset=50')).toHaveLength(2)
  })

  it('finds dialogs by their titles and by companies', async () => {
    const mine = await dialogs.open([anna], { title: 'Winter TYRES' })
    const theirs = await dialogs.open([anna], {
      participants: [
        { user_id: anna.id, display_name: 'Anna' },
        { user_id: boris.id, display_name: 'Boris', company: 'Tyre House' },
      ],
    })
    await dialogs.open([anna], { title: 'Lamps' })
    const found = await dialogs.list(anna, '?search=tyre')
    expect(found.map(({ id }) => id)).toEqual([theirs.id, mine.id])
    expect(await dialogs.list(anna, `?search=${encodeURIComponent('%')}`)).toEqual([])
    expect(await dialogs.list(anna, '?search=')).toHaveLength(3)
  })

  it('shows a dialog with who is in it', async () => {
    const { id } = await dialogs.open([anna, boris], { meta: { order: { items: [1] } } })
    expect(await dialogs.get(anna, id)).toMatchObject({
      id,
      title: null,
      created_by: null,
      meta: { order: { items: [1] } },
      i_am_participant: true,
      can_join: false,
      participants_count: 2,
      participants: [
        { dialog_id: id, user_id: anna.id, joined_as: 'participant', unread_count: 0, is_online: false },
        { user_id: boris.id },
      ],
    })
  })

  it('lets those join to whom a dialog is open, who then have all of it to read', async () => {
    const { id } = await dialogs.open([anna], { access_scopes: [scope(['acme'], ['sales', 'support'])] })
    await dialogs.send(anna, id, 'first')
    const open = scope(['acme', 'globex'], ['sales'], ['any'])
    expect(await dialogs.list(boris, '?type=available', scope(['globex'], ['sales']))).toEqual([])
    const [seen] = await dialogs.list(boris, '?type=available', open)
    expect(seen).toMatchObject({ id, i_am_participant: false, can_join: true })
    expect(seen).not.toHaveProperty('last_message')
    expect(seen).not.toHaveProperty('unread_count')

    const body = { display_name: 'Boris', company: 'Acme', email: 'boris@acme.example' }
    const joined = await dialogs.ask(boris, `POST /dialogs/${id}/join`, { body, scopes: open })
    expect(succeeded(joinedResponse, joined)).toEqual({ status: 'joined', dialog_id: id })
    expect(await dialogs.list(boris, '?type=available', open)).toEqual([])
    expect(await dialogs.list(boris)).toMatchObject([{ id, unread_count: 1 }])
    expect((await dialogs.get(anna, id)).participants?.[1]).toMatchObject({
      user_id: boris.id,
      joined_as: 'joined',
      display_name: 'Boris',
      company: 'Acme',
      email: 'boris@acme.example',
      phone: null,
    })
    const again = await dialogs.ask(boris, `POST /dialogs/${id}/join`, { body, scopes: open })
    refusal(again, 'ALREADY_PARTICIPANT')

    const { messages } = await messagesOf(anna, id)
    const said = messages
      .filter(({ message_type }) => message_type === 'system')
      .map(({ content }) => content)
    expect(said.map((content) => JSON.parse(content) as unknown)).toEqual([
      { event: 'chat_created', participants: [{ name: `Dialog name of ${anna.id}` }] },
      { event: 'participant_joined', name: 'Boris', company: 'Acme' },
    ])
    expect(messages.at(-1)?.sender_id).toBeNull()
  })

  it('lets participants leave', async () => {
    const { id } = await dialogs.open([anna, boris])
    const left = await dialogs.ask(boris, `POST /dialogs/${id}/leave`)
    expect(succeeded(leftResponse, left)).toEqual({ status: 'left', dialog_id: id })
    expect(await dialogs.list(boris)).toEqual([])
    refusal(await dialogs.ask(boris, `POST /dialogs/${id}/leave`), 'NOT_PARTICIPANT')
    const { messages } = await messagesOf(anna, id)
    expect(JSON.parse(messages.at(-1)?.content ?? '')).toEqual({
      event: 'participant_left',
      name: `Dialog name of ${boris.id}`,
    })
  })

  it('puts a dialog out of the way until somebody writes in it', async () => {
    const { id } = await dialogs.open([anna, boris])
    const archive = () => dialogs.ask(anna, `POST /dialogs/${id}/archive`)
    expect(succeeded(archivedResponse, await archive())).toEqual({ status: 'archived', dialog_id: id })
    succeeded(archivedResponse, await archive())
    const listed = async (query: string) => (await dialogs.list(anna, query)).map((dialog) => dialog.id)
    expect(await listed('?archived=true')).toEqual([id])
    expect(await listed('?archived=false')).toEqual([])
    const back = await dialogs.ask(anna, `POST /dialogs/${id}/unarchive`)
    expect(succeeded(unarchivedResponse, back)).toEqual({ status: 'unarchived', dialog_id: id })
    expect(await listed('?archived=false')).toEqual([id])
    await archive()
    await dialogs.send(boris, id, 'are you there?')
    expect(await listed('?archived=false')).toEqual([id])
  })

  it('pins, and keeps quiet, for the caller alone', async () => {
    const { id } = await dialogs.open([anna, boris])
    const pinned = await dialogs.ask(anna, `POST /dialogs/${id}/pin`)
    expect(succeeded(pinnedResponse, pinned)).toEqual({ status: 'pinned', dialog_id: id })
    const notifications = (enabled: boolean) =>
      dialogs.ask(anna, `POST /dialogs/${id}/notifications`, { body: { enabled } })
    expect(succeeded(notificationsResponse, await notifications(false))).toMatchObject({ status: 'disabled' })
    expect(await dialogs.list(anna)).toMatchObject([{ is_pinned: true, notifications_enabled: false }])
    expect(await dialogs.list(boris)).toMatchObject([{ is_pinned: false, notifications_enabled: true }])
    const unpinned = await dialogs.ask(anna, `POST /dialogs/${id}/unpin`)
    expect(succeeded(unpinnedResponse, unpinned)).toEqual({ status: 'unpinned', dialog_id: id })
    expect(succeeded(notificationsResponse, await notifications(true))).toMatchObject({ status: 'enabled' })
    expect(await dialogs.list(anna)).toMatchObject([{ is_pinned: false, notifications_enabled: true }])
  })

  it('marks as read, once or again', async () => {
    const { id } = await dialogs.open([anna, boris])
    const first = await dialogs.send(boris, id, 'one')
    const second = await dialogs.send(boris, id, 'two')
    for (let n = 0; n < 2; n++)
      expect(succeeded(readResponse, await read(anna, id, first.id))).toEqual({ success: true })
    expect(await dialogs.list(anna)).toMatchObject([{ unread_count: 1 }])
    expect(await messagesOf(anna, id)).toMatchObject({ first_unread_message_id: second.id })
    await read(anna, id, second.id)
    await read(anna, id, first.id)
    expect(await dialogs.list(anna)).toMatchObject([{ unread_count: 0 }])
    const people = await dialogs.ask(boris, `GET /dialogs/${id}/participants`)
    expect(succeeded(participantListResponse, people).data).toMatchObject([
      { user_id: anna.id, last_read_message_id: second.id },
      { user_id: boris.id, last_read_message_id: second.id, unread_count: 0 },
    ])
  })

  it('gives messages from either side, and around one', async () => {
    const { id } = await dialogs.open([anna, boris])
    const sent = []
    for (let n = 1; n <= 5; n++) sent.push((await dialogs.send(boris, id, `${n}`)).id)
    const page = async (query: string) => {
      const { messages, has_more_before, has_more_after } = await messagesOf(anna, id, query)
      return [messages.map(({ content }) => content), has_more_before, has_more_after]
    }
    expect(await page('?limit=2')).toEqual([['4', '5'], true, false])
    expect(await page(`?limit=2&before=${sent[3]}`)).toEqual([['2', '3'], true, true])
    expect(await page(`?limit=2&after=${sent[1]}`)).toEqual([['3', '4'], true, true])
    expect(await page(`?limit=3&around=${sent[2]}`)).toEqual([['2', '3', '4'], true, true])
    expect(await page(`?limit=4&around=${sent[2]}`)).toEqual([['1', '2', '3', '4', '5'], true, false])
    expect(await messagesOf(anna, id, `?around=${sent[2]}`)).not.toHaveProperty('first_unread_message_id')
    expect(sent).toEqual([...sent].sort())
  })

  it('sends, edits and deletes safe HTML', async () => {
    const { id } = await dialogs.open([anna, boris])
    const first = await dialogs.send(anna, id, 'a < b')
    const body = { content: '<p onclick="x()">Hi<script>alert(1)</script></p>', reply_to: first.id }
    const reply = await dialogs.ask(boris, `POST /dialogs/${id}/messages`, { body })
    const message = succeeded(messageResponse, reply).data
    expect(message).toMatchObject({
      dialog_id: id,
      sender_id: boris.id,
      content: '<p>Hi</p>',
      last_edited_at: null,
      reply_to_id: first.id,
      message_type: 'user',
      attachments: [],
    })
    const path = `/dialogs/${id}/messages/${message.id}`
    expect(succeeded(messageResponse, await dialogs.ask(anna, `GET ${path}`)).data).toEqual(message)
    const edited = await dialogs.ask(boris, `PUT ${path}`, { body: { content: '<b>Ho</b>' } })
    expect(succeeded(messageResponse, edited).data).toMatchObject({ content: '<b>Ho</b>' })
    expect(await dialogs.ask(boris, `DELETE ${path}`)).toMatchObject({ status: 204, body: null })
    refusal(await dialogs.ask(anna, `GET ${path}`), 'MESSAGE_NOT_FOUND')
    expect((await messagesOf(anna, id)).messages.map((one) => one.id)).not.toContain(message.id)
  })

  it('answers a send that is repeated with the first message', async () => {
    const { id } = await dialogs.open([anna])
    const send = (content: string) =>
      dialogs.request({
        what: `POST /dialogs/${id}/messages?user_id=${anna.id}`,
        headers: { authorization: `Bearer ${anna.token}`, 'idempotency-key': 'once' },
        body: { content },
      })
    const first = succeeded(messageResponse, await send('one'))
    expect(succeeded(messageResponse, await send('two'))).toEqual(first)
  })

  it('finds the dialogs about something', async () => {
    const object = { object_type: 'deal', object_id: `7/ü ${anna.id}` }
    const path = `/dialogs/by-object/deal/${encodeURIComponent(object.object_id)}`
    const byObject = async (person: Person, scopes?: object) =>
      succeeded(dialogByObjectResponse, await dialogs.ask(person, `GET ${path}`, scopes && { scopes })).data
    expect(await byObject(anna)).toBeNull()
    const mine = await dialogs.open([anna], object)
    const theirs = await dialogs.open([boris], { ...object, access_scopes: [scope([])] })
    await dialogs.open([boris], object)
    expect(await byObject(anna)).toMatchObject({ id: mine.id, i_am_participant: true })
    expect(await byObject(anna, scope(['any']))).toMatchObject({ id: theirs.id, can_join: true })
    expect(await byObject(await dialogs.person())).toBeNull()
    const list = async (query: string, scopes?: object) =>
      succeeded(dialogListResponse, await dialogs.ask(anna, `GET ${path}/list${query}`, scopes && { scopes }))
        .data
    expect(await list('')).toMatchObject([{ id: mine.id }])
    expect(await list('?type=available', scope(['any']))).toMatchObject([{ id: theirs.id }])
    expect(await list('?search=nothing')).toEqual([])
  })
})
