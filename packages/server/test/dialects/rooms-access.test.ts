import {
  archiveResponse,
  chatResponse,
  messageListResponse,
  messageResponse,
  readResponse,
  removalResponse,
} from '@parley/wire/rooms'
import type { Chat, Message } from '@parley/wire/rooms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import { eachStore } from '../support/databases.ts'
import { form, openRooms, refusal, textFile } from '../support/rooms.ts'
import type { Rooms } from '../support/rooms.ts'
import { exact } from '../support/workspace.ts'
import type { Person } from '../support/workspace.ts'

interface Scene {
  owner: Person
  member: Person
  former: Person
  outsider: Person
  /** Of support, but not in this chat. */
  staff: Person
  group: Chat
  /** By the member. */
  message: Message
}

type Role = 'outsider' | 'staff' | 'former' | 'member' | 'owner'
const STRANGERS: Role[] = ['outsider', 'staff', 'former']

interface Route {
  what: (scene: Scene) => string
  body?: () => unknown
  schema: ZodType
  /** For the member and the owner, of whom the member asks first. */
  statuses: [member: number, owner: number]
}

const path = (rest: string) => (scene: Scene) => rest.replace(' ', ` /${scene.group._id}`)

const routes: Record<string, Route> = {
  getChat: { what: path('GET /info'), schema: chatResponse, statuses: [200, 200] },
  toggleArchived: { what: path('PATCH /archive'), schema: archiveResponse, statuses: [200, 200] },
  addParticipant: {
    what: path('POST /participants'),
    body: () => ({ userId: newcomer.id }),
    schema: chatResponse,
    statuses: [403, 200],
  },
  removeParticipant: {
    what: (scene) => `DELETE /${scene.group._id}/participants/${scene.former.id}`,
    schema: removalResponse,
    statuses: [403, 200],
  },
  listMessages: { what: path('GET /messages'), schema: messageListResponse, statuses: [200, 200] },
  sendMessage: {
    what: path('POST /messages'),
    body: () => ({ content: 'hello' }),
    schema: messageResponse,
    statuses: [201, 201],
  },
  sendFile: {
    what: path('POST /messages/file'),
    body: () => form(['file', textFile()]),
    schema: messageResponse,
    statuses: [201, 201],
  },
  markRead: { what: path('PATCH /messages/read'), schema: readResponse, statuses: [200, 200] },
  editMessage: {
    what: (scene) => `PUT /${scene.group._id}/messages/${scene.message._id}`,
    body: () => ({ content: 'better' }),
    schema: messageResponse,
    statuses: [200, 403],
  },
  deleteMessage: {
    what: (scene) => `DELETE /${scene.group._id}/messages/${scene.message._id}`,
    schema: messageResponse,
    statuses: [200, 200],
  },
}
const table = Object.entries(routes)

let newcomer: Person

eachStore('a chat', (database) => {
  let rooms: Rooms
  let scene: Scene

  beforeAll(async () => {
    rooms = await openRooms(database())
    newcomer = await rooms.person()
    scene = await setScene()
  })
  afterAll(() => rooms.close())

  async function setScene(): Promise<Scene> {
    const people = Array.from({ length: 4 }, () => rooms.person())
    const [owner, member, former, outsider] = (await Promise.all(people)) as [Person, Person, Person, Person]
    const staff = await rooms.person({ role: 'support' })
    const participantIds = [member.id, former.id]
    const group = await rooms.chat(owner, { type: 'group', participantIds, title: 'Plans' })
    const message = await rooms.send(member, group._id, 'hello')
    const left = await rooms.ask(former, `DELETE /${group._id}/participants/${former.id}`)
    expect(left.status).toBe(200)
    return { owner, member, former, outsider, staff, group, message }
  }

  const trace = () =>
    rooms.server.chat.db.query(
      `select (select count(*) from messages) as messages, (select count(*) from events) as events,
              (select count(*) from attachments) as files,
              (select count(*) from members where archived_at is not null) as archived`,
    )

  it.each(table)('is closed to who is not in it, whatever their role: %s', async (_, { what, body }) => {
    const before = await trace()
    for (const role of STRANGERS) {
      const reply = await rooms.ask(scene[role], what(scene), body?.())
      expect([role, reply.status]).toEqual([role, 403])
      refusal(reply, 'forbidden')
    }
    expect(await trace()).toEqual(before)
  })

  it.each(table)(
    'lets participants do what is theirs to do: %s',
    async (_, { what, body, schema, statuses }) => {
      const own = await setScene()
      for (const [n, role] of (['member', 'owner'] as const).entries()) {
        const reply = await rooms.ask(own[role], what(own), body?.())
        expect([role, reply.status, reply.body]).toEqual([role, statuses[n], reply.body])
        if (reply.status < 300) exact(schema, reply.body)
        else refusal(reply, 'forbidden')
      }
    },
  )

  it.each(table)(
    'is not found where it is not, or is none of this dialect: %s',
    async (_, { what, body }) => {
      const { workspace } = rooms
      const colleague = await workspace.person()
      const channel = { type: 'channel', name: 'General', visibility: 'private' }
      const { id } = await workspace.conversation(colleague, channel)
      for (const _id of [id, '9007199254740991', '9007199254740993', '0', '01', 'x', '%00', '%ff']) {
        const reply = await rooms.ask(colleague, what({ ...scene, group: { ...scene.group, _id } }), body?.())
        expect([_id, reply.status]).toEqual([_id, 404])
        refusal(reply, 'not_found')
      }
    },
  )

  it.each(table)('is closed to whoever is not signed in: %s', async (_, { what, body }) => {
    const garbage = [{ authorization: 'Bearer garbage' }, { cookie: 'PARTIZAP_SESSION=garbage' }]
    for (const headers of [{}, ...garbage] as Record<string, string>[])
      refusal(await rooms.request({ what: what(scene), headers, body: body?.() }), 'unauthenticated')
  })

  it.each(table)('takes a cookie with the CSRF token of its session only: %s', async (_, route) => {
    const own = await setScene()
    const { cookie, csrfToken } = await rooms.workspace.session(own.owner)
    const ask = (headers: Record<string, string>) =>
      rooms.request({ what: route.what(own), headers: { cookie, ...headers }, body: route.body?.() })
    if (!route.what(own).startsWith('GET')) {
      refusal(await ask({}), 'forbidden')
      refusal(await ask({ 'x-csrf-token': 'x' }), 'forbidden')
    }
    expect((await ask({ 'x-csrf-token': csrfToken })).status).toBe(route.statuses[1])
  })

  it('of two stays one, and only its authors delete what they wrote', async () => {
    const { owner, member, outsider } = scene
    const { _id } = await rooms.chat(owner, { participantIds: [member.id] })
    const message = await rooms.send(member, _id, 'hello')
    refusal(await rooms.ask(owner, `POST /${_id}/participants`, { userId: outsider.id }), 'conflict')
    refusal(await rooms.ask(owner, `DELETE /${_id}/participants/${member.id}`), 'conflict')
    refusal(await rooms.ask(owner, `DELETE /${_id}/messages/${message._id}`), 'forbidden')
    expect((await rooms.ask(owner, `DELETE /${_id}/participants/${owner.id}`)).status).toBe(200)
    expect((await rooms.ask(owner, `GET /${_id}/info`)).status).toBe(200)
  })

  it('with support lets those who help add people and delete messages, and who asked do neither', async () => {
    const asker = await rooms.person()
    const { _id } = await rooms.chat(asker, { initialMessage: 'Help!' }, '/support')
    const message = await rooms.send(asker, _id, 'hello')
    refusal(await rooms.ask(asker, `POST /${_id}/participants`, { userId: newcomer.id }), 'forbidden')
    refusal(await rooms.ask(asker, `DELETE /${_id}/participants/${scene.staff.id}`), 'forbidden')
    refusal(await rooms.ask(scene.owner, `GET /${_id}/info`), 'forbidden')
    const added = await rooms.ask(scene.staff, `POST /${_id}/participants`, { userId: newcomer.id })
    expect(added.status).toBe(200)
    expect((await rooms.ask(scene.staff, `DELETE /${_id}/messages/${message._id}`)).status).toBe(200)
  })

  it('changes no more for others once it was archived for everybody elsewhere', async () => {
    const org = { orgId: 'acme' }
    const [owner, member] = [await rooms.person(org), await rooms.person(org)]
    const { _id } = await rooms.chat(owner, { type: 'group', participantIds: [member.id] })
    const message = await rooms.send(owner, _id, 'hello')
    expect((await rooms.workspace.call(owner, `/chat/conversations/${_id}/archive`)).status).toBe(204)
    const own = { ...scene, owner, former: member, group: { ...scene.group, _id }, message }
    for (const name of ['addParticipant', 'removeParticipant', 'sendMessage', 'sendFile', 'editMessage']) {
      const { what, body } = routes[name] ?? expect.fail(name)
      refusal(await rooms.ask(owner, what(own), body?.()), 'conflict')
    }
  })

  it('of one organisation takes in its people only, and of several anybody', async () => {
    const org = { orgId: 'globex' }
    const [owner, member, colleague] = [
      await rooms.person(org),
      await rooms.person(org),
      await rooms.person(org),
    ]
    const add = async (participantIds: string[], userId: string) => {
      const { _id } = await rooms.chat(owner, { type: 'group', participantIds })
      return rooms.ask(owner, `POST /${_id}/participants`, { userId })
    }
    expect((await add([member.id], colleague.id)).status).toBe(200)
    expect(refusal(await add([member.id], newcomer.id), 'invalid')).toMatch(/^userId: /)
    expect((await add([newcomer.id], scene.owner.id)).status).toBe(200)
    expect(refusal(await add([newcomer.id], 'nobody'), 'not_found')).toContain('nobody')
  })

  it('is found by nobody else, in no list and no count', async () => {
    for (const role of ['outsider', 'former'] as const) {
      const { body } = await rooms.ask(scene[role], 'GET ')
      expect(JSON.stringify(body)).not.toContain(`"_id":"${scene.group._id}"`)
      const stats = await rooms.ask(scene[role], 'GET /stats')
      expect(stats.body).toMatchObject({ data: { totalMessages: 0, totalUnread: 0 } })
    }
  })
})
