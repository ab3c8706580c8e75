import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteDialog } from '../../src/core/dialog-management.ts'
import { joinDialog } from '../../src/core/dialog-members.ts'
import { listReaders } from '../../src/core/history.ts'
import { storePreviews } from '../../src/core/link-previews.ts'
import { addMembers, leaveConversation, removeMember } from '../../src/core/members.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { readMessages } from '../../src/core/messages.ts'
import { createPages } from '../../src/core/pages.ts'
import { pinMessage, unpinMessage } from '../../src/core/pins.ts'
import { addReaction, reactionsOf, removeReaction } from '../../src/core/reactions.ts'
import { markDelivered, markRead } from '../../src/core/receipts.ts'
import { showPage } from '../../src/core/showing.ts'
import { createTicket, storeUpload } from '../../src/core/tickets.ts'
import type { Actor, Chat, ConversationId, Message } from '../../src/core/types.ts'
import { finalizeAttachment } from '../../src/core/uploads.ts'
import { eraseUser, putUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { newDialogId, newUser, profile, scopes } from './dialogs-scene.ts'
import { join, leave, newColleague, newPlace, say } from './workspace-scene.ts'

const ACME = scopes(['acme'])

eachStore('a page that was shown before', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let member: Actor
  let id: ConversationId
  let message: Message

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    ;[owner, member] = [await newColleague(chat), await newColleague(chat)]
    id = await newPlace(chat, owner, { members: [member] })
    message = await say(chat, member, id, 'look: https://example.com')
    await addReaction(chat, member, message.id, '👍')
    await pinMessage(chat, member, message.id)
  })

  /** All that any dialect makes a page of. */
  const show = async (actor = owner, conversationId = id, by = chat) => {
    const asked = { conversationId, query: { limit: 5, deleted: true }, read: readMessages, dialect: 'test' }
    const json = await showPage(by, actor, asked, async (page) => {
      const ids = page.messages.map((one) => one.id)
      const reactions = [...(await reactionsOf(chat.db, actor, ids))]
      return { ...page, reactions, readers: await listReaders(chat, { id: conversationId }) }
    })
    return json.toString()
  }

  /** As a process shows it that has shown none yet. */
  const showFirst = (actor = owner, conversationId = id) =>
    show(actor, conversationId, { ...chat, pages: createPages() })

  async function attach(): Promise<void> {
    const file = { filename: 'notes.txt', mimeType: 'text/plain', size: 3 }
    const { attachmentId } = await createTicket(chat, member, { conversationId: id, ...file })
    await storeUpload(chat, attachmentId, Readable.from([Buffer.from('abc')]))
    await finalizeAttachment(chat, member, attachmentId, message.id)
  }

  it('is not read again as long as nothing changes', async () => {
    const { db, statements } = countStatements(chat.db)
    const first = await show()
    expect(await show(owner, id, { ...chat, db })).toBe(first)
    expect(statements()).toBe(1)
  })

  it('is kept in memory of its own', async () => {
    const by = { ...chat, pages: createPages() }
    await show(owner, id, by)
    const { json } = [...by.pages.values()][0] ?? expect.fail('no page')
    expect(json.buffer.byteLength).toBe(json.length)
  })

  const found = { url: 'https://example.com', title: 'x', description: null, imageUrl: null, siteName: null }

  it.each<[string, () => Promise<unknown>]>([
    ['another message', () => say(chat, owner, id, 'y')],
    ['an edit', () => editMessage(chat, member, message.id, 'y')],
    ['a deletion', () => deleteMessage(chat, member, message.id)],
    ['a reaction', () => addReaction(chat, owner, message.id, '👍')],
    ['a reaction less', () => removeReaction(chat, member, message.id, '👍')],
    ['a pin', async () => pinMessage(chat, owner, (await say(chat, member, id, 'y')).id)],
    ['a pin less', () => unpinMessage(chat, member, message.id)],
    ['an attachment', attach],
    ['previews of links', () => storePreviews(chat, message, [found])],
    ['what is read', () => markRead(chat, owner, id)],
    [
      'what is delivered',
      () => markDelivered(chat, owner, { conversationId: id, lastMessageId: message.id }),
    ],
    ['a newcomer', async () => addMembers(chat, owner, id, [(await newColleague(chat)).userId])],
    ['somebody who leaves', () => leaveConversation(chat, member, id)],
    ['the erasure of an author', () => eraseUser(chat, member.userId, 'unlink')],
    ['the erasure of what somebody wrote', () => eraseUser(chat, member.userId, 'delete')],
  ])('is shown anew after %s', async (_what, act) => {
    const before = await show()
    await act()
    const after = await show()
    expect(after).not.toBe(before)
    expect(after).toBe(await showFirst())
  })

  it('is shown anew once a notice in it has lost a name', async () => {
    const [reader, guest] = [await newUser(chat), await newUser(chat)]
    id = await newDialogId(chat, { of: [reader], scopes: [ACME] })
    await joinDialog(chat, guest, id, profile('Анна'), ACME)
    await leaveConversation(chat, guest, id)
    expect(await show(reader)).toContain('Анна')
    await eraseUser(chat, guest.userId, 'keep')
    expect(await show(reader)).not.toContain('Анна')
    expect(await show(reader)).toBe(await showFirst(reader))
  })

  it('is shown anew to each of two who talk', async () => {
    const [buyer, seller] = [await newActor(chat), await newActor(chat)]
    id = await newConversation(chat, buyer, seller)
    message = await say(chat, seller, id, 'x')
    await say(chat, buyer, id, 'y')
    const before = await show(buyer)
    await markDelivered(chat, seller, { conversationId: id, lastMessageId: message.id + 1 })
    const delivered = await show(buyer)
    expect(delivered).not.toBe(before)
    await markRead(chat, seller, id)
    const read = await show(buyer)
    expect(read).not.toBe(delivered)
    await eraseUser(chat, seller.userId, 'unlink')
    expect(await show(buyer)).not.toBe(read)
    expect(await show(buyer)).toBe(await showFirst(buyer))
  })

  it('is each viewer’s own', async () => {
    expect(await show(member)).not.toBe(await show(owner))
    expect(await show(owner)).toBe(await showFirst(owner))
  })

  it('is not shown to who is no member any more', async () => {
    await show(member)
    await removeMember(chat, owner, id, member.userId)
    await expect(show(member)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('begins anew for who has left and come back', async () => {
    id = await newPlace(chat, owner, { historyMode: 'since_join', members: [member] })
    await say(chat, owner, id, 'before')
    expect(await show(member)).toContain('before')
    await leave(chat, id, member)
    await expect(show(member)).rejects.toMatchObject({ code: 'forbidden' })
    await join(chat, id, member)
    expect(await show(member)).not.toContain('before')
  })

  it('of a channel of the organisation is kept from the second look on: by the first one its reader gets a place in it', async () => {
    id = await newPlace(chat, owner, { kind: 'channel', visibility: 'org' })
    const pages = createPages()
    await show(member, id, { ...chat, pages })
    expect(pages.size).toBe(0)
    await show(member, id, { ...chat, pages })
    expect(pages.size).toBe(1)
  })

  it('of a channel of the organisation is not read again either, and not shown to who belongs to another one now', async () => {
    id = await newPlace(chat, owner, { kind: 'channel', visibility: 'org' })
    await say(chat, owner, id, 'between us')
    await show(member)
    const first = await show(member)
    const { db, statements } = countStatements(chat.db)
    expect(await show(member, id, { ...chat, db })).toBe(first)
    expect(statements()).toBe(1)

    await expect(show({ ...member, reach: { org: 'umbrella' } })).rejects.toMatchObject({ code: 'not_found' })
    const { userId } = member
    await putUser(chat, { id: userId, displayName: 'x', avatarUrl: null, role: 'user', orgId: 'umbrella' })
    await expect(show(member)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is not shown to who asks for other conversations only', async () => {
    await show(member)
    const elsewhere = { ...member, reach: { ...member.reach, kinds: ['direct' as const] } }
    await expect(show(elsewhere)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('is not shown where the conversation is gone', async () => {
    const reader = await newUser(chat)
    id = await newDialogId(chat, { of: [reader] })
    await show(reader)
    await deleteDialog(chat, id)
    await expect(show(reader)).rejects.toMatchObject({ code: 'not_found' })
  })
})
