import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sendImage } from '../../src/core/attachments.ts'
import { listPage } from '../../src/core/conversations.ts'
import {
  addParticipant,
  createDialog,
  deleteDialog,
  getManaged,
  removeParticipant,
  searchDialogs,
  setScopes,
} from '../../src/core/dialog-management.ts'
import { joinDialog } from '../../src/core/dialog-members.ts'
import { getDialog, listDialogs } from '../../src/core/dialogs.ts'
import { leaveConversation } from '../../src/core/members.ts'
import { listMessages } from '../../src/core/messages.ts'
import { addReaction } from '../../src/core/reactions.ts'
import { searchEverywhere } from '../../src/core/search.ts'
import { getSubject, putSubject } from '../../src/core/subjects.ts'
import type { Actor, Chat } from '../../src/core/types.ts'
import { eraseUser, getUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { asDialogUser, newDialog, newDialogId, newObject, newUser, profile, scopes } from './dialogs-scene.ts'
import { picture } from './image-files.ts'
import { say } from './workspace-scene.ts'

const ACME = scopes(['acme'])
const NOT_FOUND = { code: 'not_found' }

let lastStranger = 0

/** Of whom nobody has heard. */
const stranger = (displayName = 'Who') => ({ userId: `stranger-${++lastStranger}`, displayName })

eachStore('the management of dialogs', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    anna = await newUser(chat, 'Anna of the host')
    boris = await newUser(chat)
  })

  const typesOf = async (id: number) => {
    await test.settled()
    return test.delivered.flatMap(({ event, audience }) =>
      'position' in event && event.conversationId === id ? [{ ...event, audience }] : [],
    )
  }

  it('starts a dialog that says so itself, and makes whom and what nobody knows', async () => {
    const about = newObject()
    const carl = { ...stranger('Carl'), company: 'Carl & Co' }
    const { conversation, ...dialog } = await createDialog(chat, {
      subject: { ...about, title: 'Roof', url: 'https://host.example/1' },
      participants: [{ userId: anna.userId, displayName: 'Anna here' }, carl, carl],
      scopes: [ACME],
      metadata: { stage: 2 },
    })
    expect(dialog).toMatchObject({ title: 'Roof', participantsCount: 2, scopes: [ACME] })
    expect(conversation).toMatchObject({ kind: 'group', createdBy: null, metadata: { stage: 2 } })
    expect(await getSubject(chat, about.type, about.id)).toMatchObject({ url: 'https://host.example/1' })
    expect(await getUser(chat, carl.userId)).toMatchObject({ displayName: 'Carl' })
    expect(await getUser(chat, anna.userId)).toMatchObject({ displayName: 'Anna of the host' })
    expect(dialog.participants.map(({ displayName, joinedAs }) => [displayName, joinedAs]).sort()).toEqual([
      ['Anna here', 'participant'],
      ['Carl', 'participant'],
    ])
    const audience = [anna.userId, carl.userId]
    expect(await typesOf(conversation.id)).toMatchObject([
      { type: 'conversation.created', audience },
      {
        type: 'message.created',
        audience: audience.toSorted(),
        message: {
          type: 'system',
          metadata: {
            dialog: {
              event: 'chat_created',
              participants: [{ name: 'Anna here' }, { name: 'Carl', company: 'Carl & Co' }],
            },
          },
        },
      },
    ])
    expect((await getDialog(chat, anna, conversation.id, null)).own).toMatchObject({ unread: 0 })
  })

  it('takes a title of nothing for none', async () => {
    const about = newObject()
    expect((await newDialog(chat, { subject: about, title: ' ', of: [anna] })).title).toBeNull()
    await newDialog(chat, { subject: about, title: ' Roof ', of: [anna] })
    expect((await newDialog(chat, { subject: about, title: '', of: [anna] })).title).toBe('Roof')
  })

  it('leaves what the host application says of its subject alone, and keeps its own title', async () => {
    const about = { type: 'product', id: newObject().id }
    const said = { ...about, title: 'Lamp', url: null, ownerId: boris.userId, details: { price: 3 } }
    await putSubject(chat, said)
    const { title } = await newDialog(chat, { subject: about, title: 'About the lamp', of: [anna] })
    expect(title).toBe('About the lamp')
    expect(await getSubject(chat, about.type, about.id)).toEqual(said)
    expect((await newDialog(chat, { subject: about, of: [anna] })).title).toBe('Lamp')
  })

  it('starts nothing with somebody who is erased', async () => {
    await eraseUser(chat, boris.userId, 'keep')
    const about = newObject()
    await expect(newDialog(chat, { subject: about, of: [anna, boris] })).rejects.toMatchObject(NOT_FOUND)
    await expect(getSubject(chat, about.type, about.id)).rejects.toMatchObject(NOT_FOUND)
  })

  it('finds the dialogs about something by just their scopes, in whatever order', async () => {
    const about = newObject()
    const [a, b] = [scopes(['a', 'b'], ['x']), scopes([], [], ['y'])]
    const older = await newDialogId(chat, { subject: about, scopes: [a, b] })
    const newer = await newDialogId(chat, { subject: about, scopes: [b, a, b] })
    const bare = await newDialogId(chat, { subject: about })
    const find = async (asked: (typeof a)[], object = about) =>
      (await searchDialogs(chat, { about: object, scopes: asked })).map(({ conversation }) => conversation.id)
    expect(await find([scopes([], [], ['y']), scopes(['b', 'a'], ['x'])])).toEqual([newer, older])
    expect(await find([])).toEqual([bare])
    expect(await find([a])).toEqual([])
    expect(await find([a, b], newObject())).toEqual([])
  })

  it('opens a dialog to others, and closes it', async () => {
    const id = await newDialogId(chat, { of: [boris], scopes: [ACME] })
    await setScopes(chat, id, [scopes(['other'])])
    await expect(joinDialog(chat, anna, id, profile('A'), ACME)).rejects.toMatchObject({ code: 'forbidden' })
    expect((await getManaged(chat, id)).scopes).toMatchObject([scopes(['other'])])
    await setScopes(chat, id, [])
    await expect(getDialog(chat, anna, id, scopes(['other']))).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('adds and removes participants, whoever they are, once', async () => {
    const id = await newDialogId(chat, { of: [boris] })
    const carl = { ...stranger('Carl'), email: 'c@example.com' }
    await addParticipant(chat, id, carl)
    await addParticipant(chat, id, { ...carl, displayName: 'Carl again' })
    const { participants } = await getManaged(chat, id)
    expect(participants.at(-1)).toMatchObject({
      displayName: 'Carl',
      email: 'c@example.com',
      joinedAs: 'participant',
    })
    await removeParticipant(chat, id, carl.userId)
    await removeParticipant(chat, id, carl.userId)
    expect((await getManaged(chat, id)).participantsCount).toBe(1)
    const { messages } = await listMessages(chat, boris, id, { limit: 10 })
    expect(messages.map(({ text }) => text)).toEqual([
      'The conversation begins.',
      'Carl joined.',
      'Carl left.',
    ])
  })

  it('deletes a dialog with everything in it, and its members are told', async () => {
    const id = await newDialogId(chat, { of: [anna, boris], scopes: [ACME], title: 'Doomed' })
    const { id: messageId } = await say(chat, anna, id, 'xylophone')
    await addReaction(chat, boris, messageId, '👍')
    const read = () => picture().png().toBuffer()
    const { message } = await sendImage(chat, boris, { conversationId: id, read })
    const blobKey = message.attachments[0]?.blobKey ?? ''
    const file = await chat.blobs.open(blobKey)
    file?.stream.destroy()
    expect(file).not.toBeNull()
    const before = (await typesOf(id)).length

    await deleteDialog(chat, id)

    for (const gone of [
      () => getDialog(chat, anna, id, ACME),
      () => getManaged(chat, id),
      () => deleteDialog(chat, id),
      () => setScopes(chat, id, []),
      () => addParticipant(chat, id, stranger()),
      () => removeParticipant(chat, id, anna.userId),
      () => joinDialog(chat, anna, id, profile('A'), ACME),
      () => say(chat, anna, id, 'x'),
      () => listMessages(chat, { ...anna, reach: {} }, id, { limit: 1 }),
    ])
      await expect(gone()).rejects.toMatchObject(NOT_FOUND)
    const query = { scopes: ACME, search: 'Doomed', limit: 10, offset: 0 } as const
    expect(await listDialogs(chat, anna, { ...query, type: 'participating' })).toEqual([])
    expect(await listDialogs(chat, anna, { ...query, type: 'available' })).toEqual([])
    expect((await listPage(chat, { ...anna, reach: {} }, { page: 1, limit: 10 })).total).toBe(0)
    expect(await searchEverywhere(chat, anna, { text: 'xylophone', before: null, limit: 9 })).toEqual([])
    expect(await chat.blobs.open(blobKey)).toBeNull()
    const told = (await typesOf(id)).slice(before)
    expect(told).toHaveLength(4)
    for (const { userId } of [anna, boris]) {
      const own = told.filter(({ audience }) => Array.isArray(audience) && audience.includes(userId))
      expect(own).toMatchObject([
        { type: 'member.removed', userId, audience: [userId], subjectType: 'tender' },
        { type: 'unread.changed', counts: { unread: 0 } },
      ])
    }
    const log = await chat.db.query<{ type: string; n: number | null }>(
      'select type, change_seq as n from events where conversation_id = $1 order by id',
      [id],
    )
    expect(log.map(({ type }) => type).toSorted()).toEqual(told.map(({ type }) => type).toSorted())
  })

  it('leaves nothing of a dialog that is deleted while everybody is busy in it', async () => {
    const dora = await newUser(chat)
    const id = await newDialogId(chat, { of: [anna, boris, dora], scopes: [ACME] })
    const carl = await newUser(chat)
    const acts = [
      () => say(chat, anna, id, 'x'),
      () => joinDialog(chat, carl, id, profile('C'), ACME),
      () => say(chat, boris, id, 'x'),
      () => deleteDialog(chat, id),
      () => say(chat, anna, id, 'x'),
      () => addParticipant(chat, id, stranger()),
      () => leaveConversation(chat, dora, id),
      () => setScopes(chat, id, [scopes([])]),
    ]
    for (const result of await Promise.allSettled(acts.map((act) => act())))
      if (result.status === 'rejected') expect(result.reason).toMatchObject(NOT_FOUND)
    const left = await chat.db.query(
      `select from messages where conversation_id = $1
       union all select from dialog_scopes where conversation_id = $1
       union all select from members where conversation_id = $1 and left_at is null`,
      [id],
    )
    expect(left).toEqual([])
    const [{ seq, last } = { seq: -1, last: -2 }] = await chat.db.query<{ seq: number; last: number }>(
      `select change_seq as seq, (select max(change_seq) from events where conversation_id = c.id) as last
       from conversations c where id = $1`,
      [id],
    )
    expect(last).toBe(seq)
  })

  it('goes on without an erased user, whose name nobody finds in the dialog or the log any more', async () => {
    const gone = { ...stranger('Secretive'), company: 'Secretive Ltd', email: 'secretive@example.com' }
    const id = await newDialogId(chat, { of: [anna, gone], scopes: [ACME] })
    await removeParticipant(chat, id, gone.userId)
    await joinDialog(chat, asDialogUser(gone.userId), id, profile('Secretive', 'Secretive Ltd'), ACME)
    await test.settled()
    await eraseUser(chat, gone.userId, 'keep')
    const { messages } = await listMessages(chat, anna, id, { limit: 10 })
    expect(messages.map(({ text, metadata: { dialog } }) => [text, dialog])).toEqual([
      [
        'The conversation begins.',
        {
          event: 'chat_created',
          participants: [{ name: `${anna.userId} here` }, { name: 'Deleted user' }],
        },
      ],
      ['Deleted user left.', { event: 'participant_left', name: 'Deleted user' }],
      ['Deleted user joined.', { event: 'participant_joined', name: 'Deleted user' }],
    ])
    await test.settled()
    const traces = await chat.db.query(
      `select payload::text from events where conversation_id = $1 and payload::text ilike '%secretive%'
       union all select profile::text from members where profile::text ilike '%secretive%'`,
      [id],
    )
    expect(traces).toEqual([])
  })

  it('is over dialogs that it began, and no others', async () => {
    const product = await newConversation(chat, await newActor(chat), await newActor(chat))
    for (const refused of [
      () => getManaged(chat, product),
      () => deleteDialog(chat, product),
      () => setScopes(chat, product, [scopes([])]),
      () => addParticipant(chat, product, stranger()),
    ])
      await expect(refused()).rejects.toMatchObject(NOT_FOUND)
  })
})
