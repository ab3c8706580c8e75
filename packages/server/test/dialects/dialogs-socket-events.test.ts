import { dialogsServerEvents } from '@parley/wire/dialogs-events'
import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { change } from '../../src/core/change.ts'
import { addParticipant, createDialog, removeParticipant } from '../../src/core/dialog-management.ts'
import { leaveDialog, setArchived } from '../../src/core/dialog-members.ts'
import { openDirect } from '../../src/core/direct.ts'
import { emit } from '../../src/core/events.ts'
import type { StoredEvent } from '../../src/core/events.ts'
import { createGroup } from '../../src/core/groups.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { markRead } from '../../src/core/receipts.ts'
import { eraseUser } from '../../src/core/users.ts'
import { toUuid } from '../../src/core/uuids.ts'
import { refusedUpgrade } from '../support/frames.ts'
import { openDialogsScene } from './dialogs-socket-scene.ts'
import type { Client, DialogsScene } from './dialogs-socket-scene.ts'

let scene: DialogsScene

beforeAll(async () => {
  scene = await openDialogsScene({ PARLEY_TRUST_CLIENT_IDS: 'true' })
})
afterAll(() => scene.close())

/** As the operation does in whose place this stands. */
const say = (event: StoredEvent, audience: string[]) => change(scene.chat, (tx) => emit(tx, event, audience))

async function expectNext(event: DialogsServerEvent, ...clients: Client[]): Promise<void> {
  for (const client of clients) expect(await client.next()).toEqual(event)
}

describe("the document's samples", () => {
  const samples: object[] = [
    { type: 'connected', employee_id: '11111111-1111-1111-1111-111111111111' },
    {
      type: 'message.new',
      id: '019481b3-...',
      dialog_id: '019481a2-...',
      sender_id: '11111111-...',
      content: '<p>Hello!</p>',
      sent_at: '2026-02-17T12:10:00Z',
      message_type: 'user',
    },
    {
      type: 'message.edited',
      id: '019481b3-...',
      dialog_id: '019481a2-...',
      content: '<p>Updated content</p>',
      last_edited_at: '2026-02-17T12:15:00Z',
    },
    { type: 'message.deleted', id: '019481b3-...', dialog_id: '019481a2-...' },
    {
      type: 'message.read',
      dialog_id: '019481a2-...',
      user_id: '11111111-...',
      last_read_message_id: '019481b3-...',
    },
    { type: 'participant.joined', dialog_id: '019481a2-...', user_id: '11111111-...' },
    { type: 'participant.left', dialog_id: '019481a2-...', user_id: '11111111-...' },
    { type: 'dialog.archived', dialog_id: '019481a2-...' },
    { type: 'dialog.unarchived', dialog_id: '019481a2-...' },
    { type: 'presence.update', user_id: '11111111-...', is_online: true },
    { type: 'pong' },
    { type: 'error', message: 'Invalid message format' },
  ]

  it('are of the same shape, and there are no others', () => {
    const text = JSON.stringify(samples).replaceAll('-..."', '-0000-7000-8000-000000000000"')
    const whole = JSON.parse(text) as DialogsServerEvent[]
    for (const sample of whole)
      expect(dialogsServerEvents[sample.type].strict().parse(sample)).toStrictEqual(sample)
    expect(whole.map(({ type }) => type)).toEqual(Object.keys(dialogsServerEvents))
  })
})

describe('message.new', () => {
  it('goes to every socket of all who are in the dialog, the sender among them', async () => {
    const { id, dialog_id, anna, hers, his, another } = await scene.talk()
    const hersToo = await another()
    const outside = await scene.watch(await scene.person())
    const message = await scene.send(anna, id, { text: 'Hello!' })
    const event: DialogsServerEvent = {
      type: 'message.new',
      id: toUuid('message', message.id),
      dialog_id,
      sender_id: anna.userId,
      content: 'Hello!',
      sent_at: message.createdAt.toISOString(),
      message_type: 'user',
    }
    await expectNext(event, hers, hersToo, his)
    expect(await outside.heard()).toEqual([])
  })

  it.each([
    [{ text: `1 < 2 & "so" it's > 0` }, '1 &lt; 2 &amp; &quot;so&quot; it&#39;s &gt; 0'],
    [{ text: 'Hello!', html: '<p>Hello!</p>' }, '<p>Hello!</p>'],
    [{ text: null, type: 'image' as const }, ''],
  ])('shows %j as HTML', async (input, content) => {
    const { id, anna, his } = await scene.talk()
    await scene.send(anna, id, input)
    expect(await his.next()).toMatchObject({ type: 'message.new', content })
  })

  it('has what the server says as JSON, and of nobody', async () => {
    const { id, anna, his } = await scene.talk()
    const said = { event: 'participant_joined', name: 'Anna', company: 'Acme' }
    await scene.send(anna, id, { type: 'system', text: 'Anna joined.', metadata: { dialog: said } })
    const event = await his.next()
    expect(event).toMatchObject({ type: 'message.new', sender_id: null, message_type: 'system' })
    expect(event.type === 'message.new' && JSON.parse(event.content)).toEqual(said)
    await scene.send(anna, id, { type: 'system', text: 'The price is lower now.' })
    const notice = JSON.stringify({ event: 'notice', text: 'The price is lower now.' })
    expect(await his.next()).toMatchObject({ content: notice })
  })

  it('tells of what is written in the marketplace', async () => {
    const { id, dialog_id, anna, his } = await scene.talk()
    const reply = await fetch(`${scene.origin}/api/vendor/conversations/${id}/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await scene.token(anna.userId)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ text: 'Is it <new>?' }),
    })
    expect(reply.status).toBe(201)
    expect(await his.next()).toMatchObject({
      type: 'message.new',
      dialog_id,
      sender_id: anna.userId,
      content: 'Is it &lt;new&gt;?',
    })
  })

  it('says nothing of conversations about nothing', async () => {
    const { id, anna, boris, his } = await scene.talk()
    const direct = await openDirect(scene.chat, anna, boris.userId)
    const group = await createGroup(scene.chat, anna, { memberIds: [boris.userId] })
    const anywhere = { ...anna, reach: {} }
    for (const { overview } of [direct, group]) await scene.send(anywhere, overview.conversation.id)
    const { id: last } = await scene.send(anna, id)
    expect(await his.next()).toMatchObject({ type: 'message.new', id: toUuid('message', last) })
  })
})

describe('message.edited and message.deleted', () => {
  it('tell of what became of a message', async () => {
    const { id, dialog_id, anna, hers, his } = await scene.talk()
    const message = await scene.send(anna, id)
    await Promise.all([hers.next(), his.next()])
    const html = '<p>Updated</p>'
    const { editedAt } = await editMessage(scene.chat, anna, message.id, 'Updated', { html })
    const about = { id: toUuid('message', message.id), dialog_id }
    const last_edited_at = editedAt?.toISOString() ?? ''
    await expectNext({ type: 'message.edited', ...about, content: html, last_edited_at }, hers, his)
    await deleteMessage(scene.chat, anna, message.id)
    await expectNext({ type: 'message.deleted', ...about }, hers, his)
  })

  it('say nothing of a preview that came to a link', async () => {
    const { id, anna, boris, his } = await scene.talk()
    const message = await scene.send(anna, id)
    await his.next()
    await say({ type: 'message.updated', conversationId: id, message }, [boris.userId])
    await deleteMessage(scene.chat, anna, message.id)
    expect(await his.next()).toMatchObject({ type: 'message.deleted' })
  })
})

describe('message.read', () => {
  it('tells everybody, the reader among them', async () => {
    const { id, dialog_id, anna, boris, hers, his } = await scene.talk()
    const message = await scene.send(anna, id)
    await Promise.all([hers.next(), his.next()])
    await markRead(scene.chat, boris, id)
    const last_read_message_id = toUuid('message', message.id)
    await expectNext(
      { type: 'message.read', dialog_id, user_id: boris.userId, last_read_message_id },
      hers,
      his,
    )
  })
})

describe('participant.joined and participant.left', () => {
  /** A dialog of somebody who is connected, begun by the host application. */
  async function begun() {
    const [anna, vera] = [await scene.person(), await scene.person()]
    const [hers, veras] = [await scene.watch(anna), await scene.watch(vera)]
    const participants = [{ userId: anna.userId, displayName: 'Anna' }]
    const subject = { type: 'order', id: 'A-1' }
    const { conversation } = await createDialog(scene.chat, { subject, participants, scopes: [] })
    const { id } = conversation
    return { id, dialog_id: toUuid('conversation', id), anna, vera, hers, veras }
  }

  /** What the server says next. */
  async function notice(client: Client): Promise<unknown> {
    const event = await client.next()
    expect(event).toMatchObject({ type: 'message.new', sender_id: null, message_type: 'system' })
    return event.type === 'message.new' ? JSON.parse(event.content) : null
  }

  it('tell of a new dialog whoever is in it', async () => {
    const { dialog_id, anna, hers, veras } = await begun()
    await expectNext({ type: 'participant.joined', dialog_id, user_id: anna.userId }, hers)
    expect(await notice(hers)).toEqual({ event: 'chat_created', participants: [{ name: 'Anna' }] })
    expect(await veras.heard()).toEqual([])
  })

  it('tell everybody of who comes and goes, whom it is about too', async () => {
    const { id, dialog_id, vera, hers, veras } = await begun()
    for (let heard = 0; heard < 2; heard++) await hers.next()
    const { userId: user_id } = vera
    await addParticipant(scene.chat, id, { userId: user_id, displayName: 'Vera', company: 'Acme' })
    await expectNext({ type: 'participant.joined', dialog_id, user_id }, hers, veras)
    const joined = { event: 'participant_joined', name: 'Vera', company: 'Acme' }
    for (const client of [hers, veras]) expect(await notice(client)).toEqual(joined)
    await removeParticipant(scene.chat, id, user_id)
    await expectNext({ type: 'participant.left', dialog_id, user_id }, hers, veras)
    expect(await notice(hers)).toEqual({ event: 'participant_left', name: 'Vera' })
    expect(await veras.heard()).toEqual([])
  })

  it('tell oneself of leaving a dialog of two, and of having it back', async () => {
    const { id, dialog_id, anna, boris, hers, his, another } = await scene.talk()
    const hersToo = await another()
    await leaveDialog(scene.chat, anna, id)
    const user_id = anna.userId
    await expectNext({ type: 'participant.left', dialog_id, user_id }, hers, hersToo)
    await scene.send(boris, id)
    for (const client of [hers, hersToo, his])
      expect(await client.next()).toMatchObject({ type: 'message.new' })
    await expectNext({ type: 'participant.joined', dialog_id, user_id }, hers, hersToo)
    expect(await his.heard()).toEqual([])
  })
})

describe('dialog.archived and dialog.unarchived', () => {
  it('tell whoever puts a dialog away, and has it back', async () => {
    const { id, dialog_id, anna, hers, his, another } = await scene.talk()
    const hersToo = await another()
    await setArchived(scene.chat, anna, id, true)
    await expectNext({ type: 'dialog.archived', dialog_id }, hers, hersToo)
    await setArchived(scene.chat, anna, id, false)
    await expectNext({ type: 'dialog.unarchived', dialog_id }, hers, hersToo)
    expect(await his.heard()).toEqual([])
  })

  it('tell everybody who has it back because somebody writes', async () => {
    const { id, dialog_id, anna, boris, hers, his } = await scene.talk()
    for (const [actor, client] of [
      [anna, hers],
      [boris, his],
    ] as const) {
      await setArchived(scene.chat, actor, id, true)
      await expectNext({ type: 'dialog.archived', dialog_id }, client)
    }
    await scene.send(boris, id)
    for (const client of [hers, his]) expect(await client.next()).toMatchObject({ type: 'message.new' })
    await expectNext({ type: 'dialog.unarchived', dialog_id }, hers, his)
  })
})

describe('a client that is trusted', () => {
  it('may be somebody of whom nobody has heard', async () => {
    await scene.connect('somebody-new', { user_id: 'somebody-new' })
  })

  it('is believed nothing that its token does not say', async () => {
    const [me, somebody] = [await scene.person(), await scene.person()]
    const token = await scene.token(me.userId)
    expect(await refusedUpgrade(scene.url({ user_id: somebody.userId, token }))).toMatchObject({
      status: 403,
    })
    for (const bad of ['no.such.token', 'two words'])
      expect(await refusedUpgrade(scene.url({ user_id: me.userId, token: bad }))).toMatchObject({
        status: 401,
      })
  })

  it('cannot be somebody who was erased, who is disconnected', async () => {
    const { anna, hers } = await scene.talk()
    await eraseUser(scene.chat, anna.userId, 'keep')
    expect(await hers.closed).toMatchObject({ code: 4401 })
    expect(await refusedUpgrade(scene.url({ user_id: anna.userId }))).toMatchObject({
      body: { error: { message: 'There is no such user.' } },
    })
  })
})
