import {
  attachmentUrlResponse,
  dialogByObjectResponse,
  dialogResponse,
  messageListResponse,
  messageResponse,
  participantListResponse,
  pinnedResponse,
  readResponse,
  uploadResponse,
} from '@parley/wire/dialogs'
import type { DialogsErrorCode, ManagedDialog, Message } from '@parley/wire/dialogs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { openSession } from '../../src/core/sessions.ts'
import { newActor, newConversation } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { openDialogs, refusal, scope, succeeded, type Dialogs } from '../support/dialogs.ts'
import type { Person } from '../support/workspace.ts'

const OPEN = scope(['acme'])

interface Scene {
  author: Person
  participant: Person
  former: Person
  matching: Person
  outsider: Person
  dialog: ManagedDialog
  /** By the author, with a file. */
  message: Message
}

type Role = 'author' | 'participant' | 'former' | 'matching' | 'outsider'

/** What a former participant may is what anybody may: it depends on the scopes that come with the request. */
const SCOPES: Partial<Record<Role, object>> = { matching: OPEN, outsider: scope(['globex']) }

interface Route {
  what: (scene: Scene) => string
  body?: (scene: Scene) => object
  schema: ZodType
  refused: Partial<Record<Role, DialogsErrorCode>>
}

const path = (rest: string) => (scene: Scene) => rest.replace(' ', ` /dialogs/${scene.dialog.id}`)
const ofMessage = (method: string) => (scene: Scene) =>
  `${method} /dialogs/${scene.dialog.id}/messages/${scene.message.id}`

const BY_SCOPE = { former: 'SCOPE_MISMATCH', outsider: 'SCOPE_MISMATCH' } as const
const MEMBERS = {
  former: 'NOT_PARTICIPANT',
  matching: 'NOT_PARTICIPANT',
  outsider: 'NOT_PARTICIPANT',
} as const

const routes: Record<string, Route> = {
  getDialog: { what: path('GET '), schema: dialogResponse, refused: BY_SCOPE },
  listParticipants: { what: path('GET /participants'), schema: participantListResponse, refused: BY_SCOPE },
  listMessages: { what: path('GET /messages'), schema: messageListResponse, refused: MEMBERS },
  getMessage: { what: ofMessage('GET'), schema: messageResponse, refused: MEMBERS },
  sendMessage: {
    what: path('POST /messages'),
    body: () => ({ content: 'hello' }),
    schema: messageResponse,
    refused: MEMBERS,
  },
  editMessage: {
    what: ofMessage('PUT'),
    body: () => ({ content: 'better' }),
    schema: messageResponse,
    refused: { ...MEMBERS, participant: 'NOT_MESSAGE_AUTHOR' },
  },
  pin: { what: path('POST /pin'), schema: pinnedResponse, refused: MEMBERS },
  markRead: {
    what: path('POST /read'),
    body: ({ message }) => ({ last_read_message_id: message.id }),
    schema: readResponse,
    refused: MEMBERS,
  },
  presignUpload: {
    what: () => 'POST /upload/presign',
    body: ({ dialog }) => ({ dialog_id: dialog.id, filename: 'a.txt', content_type: 'text/plain', size: 1 }),
    schema: uploadResponse,
    refused: MEMBERS,
  },
  getAttachmentUrl: {
    what: ({ message }) => `GET /attachments/${message.attachments[0]?.id}/url`,
    schema: attachmentUrlResponse,
    refused: MEMBERS,
  },
}
const table = Object.entries(routes)

eachStore('a dialog', (database) => {
  let dialogs: Dialogs
  let scene: Scene

  beforeAll(async () => {
    dialogs = await openDialogs(database())
    const people = Array.from({ length: 5 }, () => dialogs.person())
    const [author, participant, former, matching, outsider] = (await Promise.all(people)) as [
      Person,
      Person,
      Person,
      Person,
      Person,
    ]
    const dialog = await dialogs.open([], {
      object_type: 'order',
      object_id: 'order-of-access',
      participants: [author, participant, former].map(({ id }) => ({
        user_id: id,
        display_name: id,
        email: `${id}@example.com`,
        phone: '+1 555 0100',
      })),
      access_scopes: [OPEN],
    })
    const message = await sendFile(author, dialog.id)
    expect((await dialogs.ask(former, `POST /dialogs/${dialog.id}/leave`)).status).toBe(200)
    scene = { author, participant, former, matching, outsider, dialog, message }
  })
  afterAll(() => dialogs.close())

  async function sendFile(person: Person, id: string): Promise<Message> {
    const file = { filename: 'a.txt', content_type: 'text/plain', size: 3 }
    const asked = await dialogs.ask(person, 'POST /upload/presign', { body: { dialog_id: id, ...file } })
    const { upload_url, s3_key } = succeeded(uploadResponse, asked).data
    const url = upload_url.slice(upload_url.indexOf('/uploads/'))
    const headers = { 'content-type': 'text/plain' }
    await dialogs.server.app.inject({ method: 'PUT', url, headers, payload: 'abc' })
    const body = { attachments: [{ s3_key, ...file }] }
    return succeeded(messageResponse, await dialogs.ask(person, `POST /dialogs/${id}/messages`, { body }))
      .data
  }

  const ask = (role: Role, { what, body }: Route) => {
    const scopes = SCOPES[role]
    return dialogs.ask(scene[role], what(scene), {
      ...(body && { body: body(scene) }),
      ...(scopes && { scopes }),
    })
  }

  const trace = () =>
    dialogs.server.chat.db.query(
      `select (select count(*) from messages) as messages, (select count(*) from events) as events,
              (select count(*) from attachments) as files, (select count(*) from members) as members`,
    )

  it.each(table)('%s is refused to whom it is not open, and changes nothing', async (_, route) => {
    const before = await trace()
    for (const [role, code] of Object.entries(route.refused) as [Role, DialogsErrorCode][])
      expect([role, refusal(await ask(role, route), code)]).toEqual([role, expect.any(String)])
    expect(await trace()).toEqual(before)
  })

  it.each(table)('%s is allowed to all others', async (_, route) => {
    for (const role of ['author', 'participant', 'matching'] as const)
      if (!(role in route.refused)) succeeded(route.schema, await ask(role, route))
  })

  it.each(table)(
    '%s is done by nobody in the name of another, nor without proof',
    async (_, { what, body }) => {
      const { author, outsider } = scene
      const before = await trace()
      const claim = (claimed: string, token: string | null) => {
        const [method, path = ''] = what(scene).split(' ')
        return dialogs.request({
          what: `${method} ${path}?${claimed}`,
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
          body: body?.(scene),
        })
      }
      for (const claimed of [`user_id=${author.id}`, `sender_id=${author.id}`])
        refusal(await claim(claimed, outsider.token), 'FORBIDDEN')
      for (const claimed of [
        `user_id=${outsider.id}&user_id=${author.id}`,
        `user_id=${author.id}&sender_id=x`,
      ])
        refusal(await claim(claimed, outsider.token), 'VALIDATION_ERROR')
      refusal(await claim(`user_id=${author.id}`, null), 'UNAUTHORIZED')
      refusal(await claim(`user_id=${author.id}`, `${author.token}x`), 'UNAUTHORIZED')
      refusal(await claim('', null), 'VALIDATION_ERROR')
      expect(await trace()).toEqual(before)
    },
  )

  it('may be asked for in the own name in either way, or in none', async () => {
    const { author, dialog } = scene
    const headers = { authorization: `Bearer ${author.token}` }
    const claims = ['', `?user_id=${author.id}`, `?sender_id=${author.id}`, '?user_id=']
    for (const claim of [...claims, `?user_id=${author.id}&sender_id=${author.id}`])
      succeeded(dialogResponse, await dialogs.request({ what: `GET /dialogs/${dialog.id}${claim}`, headers }))
  })

  it('takes a session’s cookie, with its CSRF token for a change', async () => {
    const { author, dialog } = scene
    const { session, csrfToken } = await openSession(dialogs.server.chat, author.id, 60)
    const cookie = `PARTIZAP_SESSION=${session}`
    const pin = `POST /dialogs/${dialog.id}/pin?user_id=${author.id}`
    succeeded(
      dialogResponse,
      await dialogs.request({ what: `GET /dialogs/${dialog.id}`, headers: { cookie } }),
    )
    refusal(await dialogs.request({ what: pin, headers: { cookie } }), 'FORBIDDEN')
    const headers = { cookie, 'x-csrf-token': csrfToken }
    succeeded(pinnedResponse, await dialogs.request({ what: pin, headers }))
  })

  it('shows participants how to reach each other, and nobody else', async () => {
    const people = async (role: Role) =>
      participantListResponse.parse((await ask(role, routes['listParticipants'] as Route)).body).data
    for (const { email, phone } of await people('participant'))
      expect([email, phone]).toEqual([expect.stringContaining('@'), '+1 555 0100'])
    for (const { email, phone } of await people('matching')) expect([email, phone]).toEqual([null, null])
    const seen = dialogResponse.parse((await ask('matching', routes['getDialog'] as Route)).body).data
    expect(seen).toMatchObject({ i_am_participant: false, can_join: true })
    expect(seen).not.toHaveProperty('participants')
    expect(seen).not.toHaveProperty('participants_count')
  })

  it('about something is found by those to whom it is open, and by others not', async () => {
    const byObject = async (role: Role) => {
      const { object_type, object_id } = scene.dialog
      const scopes = SCOPES[role]
      const reply = await dialogs.ask(scene[role], `GET /dialogs/by-object/${object_type}/${object_id}`, {
        ...(scopes && { scopes }),
      })
      return succeeded(dialogByObjectResponse, reply).data?.id ?? null
    }
    const { id } = scene.dialog
    expect([await byObject('author'), await byObject('matching')]).toEqual([id, id])
    expect([await byObject('former'), await byObject('outsider')]).toEqual([null, null])
  })

  it('may have begun elsewhere, for those who are in it', async () => {
    const { chat } = dialogs.server
    const [buyer, seller] = [await newActor(chat), await newActor(chat)]
    const conversationId = await newConversation(chat, buyer, seller)
    const { message } = await sendMessage(chat, buyer, { conversationId, type: 'text', text: '5 < 6 & "7"' })
    const person = await dialogs.signIn(seller.userId)
    const [dialog] = await dialogs.list(person)
    expect(dialog).toMatchObject({
      object_type: 'product',
      title: 'Фара',
      created_by: buyer.userId,
      unread_count: 1,
      last_message: { sender_id: buyer.userId, content: '5 &lt; 6 &amp; &quot;7&quot;' },
    })
    await dialogs.send(person, dialog?.id ?? '', '<p>no: <b>5 &lt; 6</b></p>')
    const page = await listMessages(chat, buyer, conversationId, { after: message.id, limit: 1 })
    expect(page.messages).toMatchObject([{ senderId: seller.userId, text: 'no: 5 < 6' }])
  })

  it('is joined by those to whom it is open, and by nobody else', async () => {
    const newcomer = await dialogs.person()
    const { id } = scene.dialog
    const body = { display_name: 'New', company: '' }
    const join = (scopes: object) => dialogs.ask(newcomer, `POST /dialogs/${id}/join`, { body, scopes })
    for (const scopes of [{}, scope([]), scope(['globex']), { tenant_uid: 'globex' }])
      refusal(await join(scopes), 'SCOPE_MISMATCH')
    expect((await join({ tenant_uid: 'acme' })).status).toBe(200)
    expect((await dialogs.ask(newcomer, `POST /dialogs/${id}/leave`)).status).toBe(200)
  })

  it('has its messages deleted by their author alone', async () => {
    const what = ofMessage('DELETE')
    for (const role of ['former', 'matching', 'outsider'] as const)
      refusal(await ask(role, { what, schema: messageResponse, refused: {} }), 'NOT_PARTICIPANT')
    refusal(await dialogs.ask(scene.participant, what(scene)), 'NOT_MESSAGE_AUTHOR')
    expect((await dialogs.ask(scene.author, what(scene))).status).toBe(204)
    const file = scene.message.attachments[0]?.id
    refusal(await dialogs.ask(scene.author, `GET /attachments/${file}/url`), 'ATTACHMENT_NOT_FOUND')
  })

  it('is anybody’s who says who they are, where clients are trusted', async () => {
    const trusting = await openDialogs(database(), { PARLEY_TRUST_CLIENT_IDS: 'true' })
    const { author, outsider, dialog } = scene
    const get = (claimed: string, headers: Record<string, string> = {}) =>
      trusting.request({ what: `GET /dialogs/${dialog.id}?user_id=${claimed}`, headers })
    succeeded(dialogResponse, await get(author.id))
    refusal(await get('never-heard-of'), 'SCOPE_MISMATCH')
    const list = await trusting.request({ what: 'GET /dialogs?sender_id=never-heard-of' })
    expect(list).toMatchObject({ status: 200, body: { data: [] } })
    for (const nobody of ['', 'x'.repeat(256), '%00', '%0a']) refusal(await get(nobody), 'VALIDATION_ERROR')
    refusal(await get(author.id, { authorization: `Bearer ${outsider.token}` }), 'FORBIDDEN')
    refusal(await get(author.id, { authorization: 'Bearer x' }), 'UNAUTHORIZED')
    // A page of another site can send this without being asked who it is.
    const pin = { what: `POST /dialogs/${dialog.id}/pin?user_id=${author.id}` }
    const plain = { 'content-type': 'text/plain' }
    refusal(await trusting.request({ ...pin, headers: plain }), 'UNSUPPORTED_MEDIA_TYPE')
    succeeded(pinnedResponse, await trusting.request(pin))
    await trusting.close()
  })
})
