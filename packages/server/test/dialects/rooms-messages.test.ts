import { messageListResponse, messageResponse, readResponse } from '@parley/wire/rooms'
import type { Message } from '@parley/wire/rooms'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { form, openRooms, refusal, textFile } from '../support/rooms.ts'
import type { Rooms } from '../support/rooms.ts'
import { exact } from '../support/workspace.ts'
import type { Person, Reply } from '../support/workspace.ts'

eachStore('messages of the rooms dialect', (database) => {
  let rooms: Rooms
  let anna: Person
  let boris: Person
  let id: string

  beforeAll(async () => {
    rooms = await openRooms(database(), { PARLEY_ROOMS_FILE_MB: '1' })
  })
  afterAll(() => rooms.close())
  beforeEach(async () => {
    anna = await rooms.person()
    boris = await rooms.person()
    const group = { type: 'group', participantIds: [boris.id] }
    id = (await rooms.chat(anna, group))._id
  })

  const messageOf = ({ body }: Reply): Message => exact(messageResponse, body).data.message

  async function list(person: Person, query = '') {
    const { body } = await rooms.ask(person, `GET /${id}/messages${query}`)
    return exact(messageListResponse, body).data
  }

  const contents = async (query: string) => (await list(anna, query)).messages.map(({ content }) => content)

  it('are listed newest first, by pages', async () => {
    for (const text of ['1', '2', '3', '4', '5']) await rooms.send(anna, id, text)
    expect(await contents('?limit=2')).toEqual(['5', '4'])
    expect(await contents('?limit=2&page=3')).toEqual(['1'])
    expect(await contents('?limit=2&page=4')).toEqual([])
    expect((await list(anna, '?limit=2')).pagination).toEqual({ page: 1, limit: 2, total: 5, pages: 3 })
  })

  it.each(['timestamp', '_id'] as const)(
    'are paged by the %s of the oldest known, whatever comes in',
    async (by) => {
      for (const text of ['1', '2', '3', '4', '5']) await rooms.send(anna, id, text)
      const seen = (await list(anna, '?limit=2')).messages
      for (;;) {
        await rooms.send(boris, id, 'meanwhile')
        const before = seen.at(-1)?.[by] ?? ''
        const { messages, pagination } = await list(anna, `?limit=2&before=${before}`)
        expect(pagination.total).toBe(5 - seen.length)
        if (messages.length === 0) break
        seen.push(...messages)
      }
      expect(seen.map(({ content }) => content)).toEqual(['5', '4', '3', '2', '1'])
    },
  )

  it('before a place are in pages of their own', async () => {
    for (const text of ['1', '2', '3', '4', '5']) await rooms.send(anna, id, text)
    const [, fourth] = (await list(anna)).messages
    expect(await contents(`?limit=2&page=2&before=${fourth?._id}`)).toEqual(['1'])
    expect((await list(anna, `?limit=2&before=${fourth?._id}`)).pagination).toMatchObject({
      total: 3,
      pages: 2,
    })
  })

  it('are sent once for each key of their sender', async () => {
    const send = (person: Person, content: string) =>
      rooms.request({
        what: `POST /${id}/messages`,
        headers: { authorization: `Bearer ${person.token}`, 'idempotency-key': 'once' },
        body: { content },
      })
    const first = await send(anna, 'one')
    const read = await rooms.ask(boris, `PATCH /${id}/messages/read`)
    expect(exact(readResponse, read.body).data).toEqual({ modifiedCount: 1 })
    const again = await send(anna, 'two')
    expect([first.status, again.status]).toEqual([201, 200])
    expect(messageOf(again)).toEqual({ ...messageOf(first), readBy: [anna.id, boris.id] })
    expect((await send(boris, 'three')).status).toBe(201)
  })

  it('reply to messages of the same chat that were not deleted', async () => {
    const first = await rooms.send(anna, id, 'Shall we?')
    const reply = (replyToMessageId: string | null) =>
      rooms.ask(boris, `POST /${id}/messages`, { content: 'Yes', replyToMessageId })
    expect(messageOf(await reply(first._id)).replyToMessageId).toBe(first._id)
    expect(messageOf(await reply(null)).replyToMessageId).toBeNull()
    await rooms.ask(anna, `DELETE /${id}/messages/${first._id}`)
    expect(refusal(await reply(first._id), 'invalid')).toMatch(/^replyToMessageId: /)
  })

  it('say who has read them, their sender first', async () => {
    await rooms.send(boris, id, 'one')
    const read = (person: Person) => rooms.ask(person, `PATCH /${id}/messages/read`)
    expect((await read(anna)).body).toEqual({ success: true, data: { modifiedCount: 1 } })
    expect((await read(anna)).body).toEqual({ success: true, data: { modifiedCount: 0 } })
    await rooms.send(anna, id, 'two')
    const readers = async () => (await list(anna)).messages.map(({ readBy }) => readBy)
    expect(await readers()).toEqual([[anna.id], [boris.id, anna.id]])
    await read(boris)
    expect(await readers()).toEqual([
      [anna.id, boris.id],
      [boris.id, anna.id],
    ])
  })

  it('for the system are from those who help people alone', async () => {
    const staff = await rooms.person({ role: 'support' })
    await rooms.ask(anna, `POST /${id}/participants`, { userId: staff.id })
    const send = (person: Person) =>
      rooms.ask(person, `POST /${id}/messages`, { content: 'Maintenance', type: 'system' })
    refusal(await send(anna), 'forbidden')
    const sent = messageOf(await send(staff))
    expect(sent).toMatchObject({ type: 'system', senderId: staff.id, content: 'Maintenance' })
    refusal(await rooms.ask(staff, `PUT /${id}/messages/${sent._id}`, { content: 'x' }), 'forbidden')
    const { body } = await rooms.ask(boris, `PATCH /${id}/messages/read`)
    expect(body).toMatchObject({ data: { modifiedCount: 0 } })
  })

  it('are edited by their author while there is time', async () => {
    const { _id, timestamp } = await rooms.send(anna, id, 'Helo')
    const edit = () => rooms.ask(anna, `PUT /${id}/messages/${_id}`, { content: 'Hello' })
    const edited = messageOf(await edit())
    expect(edited).toMatchObject({ _id, content: 'Hello', timestamp })
    expect(edited.editedAt).not.toBeNull()
    await age(_id, '14 minutes')
    expect((await edit()).status).toBe(200)
    await age(_id, '15 minutes 1 second')
    expect(refusal(await edit(), 'forbidden')).toContain('15 minutes')
  })

  const age = (messageId: string, time: string) =>
    rooms.server.chat.db.query(
      'update messages set created_at = now() - $2::interval where id = $1 returning id',
      [Number(messageId), time],
    )

  it('lose what was in them once deleted, and are edited no more', async () => {
    const body = form(['file', textFile()], ['content', 'The plan'])
    const { _id } = messageOf(await rooms.ask(anna, `POST /${id}/messages/file`, body))
    const remove = () => rooms.ask(anna, `DELETE /${id}/messages/${_id}`)
    const deleted = messageOf(await remove())
    expect(deleted).toMatchObject({ _id, content: '', attachments: [], metadata: {}, senderId: anna.id })
    expect(deleted.deletedAt).not.toBeNull()
    expect((await list(boris)).messages).toEqual([deleted])
    expect(messageOf(await remove())).toEqual(deleted)
    refusal(await rooms.ask(anna, `PUT /${id}/messages/${_id}`, { content: 'x' }), 'not_found')
  })

  it('are found in their own chat only', async () => {
    const { _id } = await rooms.send(anna, id, 'hello')
    const other = await rooms.chat(anna, { participantIds: [boris.id] })
    const place = `/${other._id}/messages/${_id}`
    refusal(await rooms.ask(anna, `PUT ${place}`, { content: 'x' }), 'not_found')
    refusal(await rooms.ask(anna, `DELETE ${place}`), 'not_found')
  })

  it('carry files as they were sent, with their captions', async () => {
    const body = form(['file', textFile('0123456789', 'план №1.txt')], ['content', 'The plan'])
    const message = messageOf(await rooms.ask(anna, `POST /${id}/messages/file`, body))
    const [attachment] = message.attachments
    expect(message).toMatchObject({ type: 'file', content: 'The plan' })
    expect(attachment).toMatchObject({ filename: 'план №1.txt', mimeType: 'text/plain', size: 10 })
    const url = attachment?.url.slice('https://chat.example.com'.length) ?? ''
    const { payload, headers } = await rooms.server.app.inject({ url })
    expect([payload, headers['content-disposition']]).toEqual([
      '0123456789',
      `attachment; filename*=UTF-8''${encodeURIComponent('план №1.txt')}`,
    ])
  })

  it('carry files of up to what the server is set to', async () => {
    const send = (bytes: number) =>
      rooms.ask(anna, `POST /${id}/messages/file`, form(['file', textFile('x'.repeat(bytes))]))
    expect((await send(1024 * 1024)).status).toBe(201)
    expect(refusal(await send(1024 * 1024 + 1), 'too_large')).toBe('file: must be 1 to 1048576 bytes')
    expect((await list(anna)).pagination.total).toBe(1)
  })
})
