import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { leaveDialog, listDialogParticipants, setArchived, setPinned } from '../../src/core/dialog-members.ts'
import { findDialogAbout, getDialog, listDialogs } from '../../src/core/dialogs.ts'
import type { DialogListQuery, Scopes } from '../../src/core/dialogs.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { asDialogUser, newDialog, newDialogId, newObject, newUser, scopes } from './dialogs-scene.ts'
import { say } from './workspace-scene.ts'

const ACME = scopes(['acme'])

eachStore('dialogs', (database) => {
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
    anna = await newUser(chat)
    boris = await newUser(chat)
  })

  async function list(actor: Actor, query: Partial<DialogListQuery> = {}): Promise<ConversationId[]> {
    const all = { type: 'participating', scopes: null, limit: 50, offset: 0, ...query } as const
    return (await listDialogs(chat, actor, all)).map(({ conversation }) => conversation.id)
  }

  it('are listed for their participants, the last created first, by pages', async () => {
    const ids = [await newDialogId(chat, { of: [anna] }), await newDialogId(chat, { of: [anna, boris] })]
    const [first = 0, second = 0] = ids
    await say(chat, anna, first, 'does not move it up')
    expect(await list(anna)).toEqual([second, first])
    expect(await list(anna, { limit: 1 })).toEqual([second])
    expect(await list(anna, { limit: 1, offset: 1 })).toEqual([first])
    expect(await list(boris)).toEqual([second])
  })

  it('are shown as their participants stand to them', async () => {
    const { conversation } = await newDialog(chat, { of: [anna, boris], title: 'Крыша' })
    await say(chat, boris, conversation.id, 'Hello!')
    await setPinned(chat, anna, conversation.id, true)
    const [dialog] = await listDialogs(chat, anna, {
      type: 'participating',
      scopes: null,
      limit: 1,
      offset: 0,
    })
    expect(dialog).toMatchObject({
      title: 'Крыша',
      subject: { type: 'tender', title: 'Крыша' },
      participantsCount: 2,
      isParticipant: true,
      canJoin: false,
      own: { unread: 1, isArchived: false, isPinned: true, notificationsEnabled: true },
      lastMessage: { text: 'Hello!', senderId: boris.userId },
      lastSenderName: `${boris.userId} here`,
      participants: [
        { userId: anna.userId, displayName: `${anna.userId} here`, joinedAs: 'participant', unread: 1 },
        { userId: boris.userId, displayName: `${boris.userId} here`, unread: 0, lastReadMessageId: null },
      ],
    })
  })

  it('are put away and found again', async () => {
    const [kept, away] = [await newDialogId(chat, { of: [anna] }), await newDialogId(chat, { of: [anna] })]
    await setArchived(chat, anna, away, true)
    expect(await list(anna, { archived: false })).toEqual([kept])
    expect(await list(anna, { archived: true })).toEqual([away])
    expect(await list(anna)).toEqual([away, kept])
  })

  it('are found by a part of their title or of the company of somebody in them, in any case', async () => {
    const acme = { userId: boris.userId, displayName: 'B', company: 'Рога и 100% копыта' }
    const roof = await newDialogId(chat, { of: [anna], title: 'A_Roof' })
    const horns = await newDialogId(chat, { of: [anna, acme], title: 'Wall' })
    const find = (search: string) => list(anna, { search })
    expect(await find('roo')).toEqual([roof])
    expect(await find('РОГА')).toEqual([horns])
    expect(await find('100%')).toEqual([horns])
    expect(await find('a%f')).toEqual([])
    expect(await find('_')).toEqual([roof])
    await leaveDialog(chat, boris, horns)
    expect(await find('рога')).toEqual([])
  })

  it('are available to whoever matches their scopes and is in none of them', async () => {
    const title = 'Available'
    const open = await newDialogId(chat, { of: [boris], scopes: [ACME], title })
    await newDialogId(chat, { of: [anna], scopes: [ACME], title })
    await newDialogId(chat, { of: [boris], scopes: [scopes(['other'])], title })
    await newDialogId(chat, { of: [boris], title })
    const query = { type: 'available', search: title, scopes: ACME } as const
    expect(await list(anna, query)).toEqual([open])
    expect(await list(anna, { ...query, archived: true })).toEqual([])
    expect(await list(anna, { ...query, scopes: null })).toEqual([])
    await leaveDialog(chat, boris, open)
    expect(await list(boris, query)).toContain(open)
  })

  it('match the scopes of a user on every level of one alternative, as said in a few lines', async () => {
    const level = fc.subarray(['a', 'b', 'c'])
    const scope = fc.record({ level0: level, level1: level, level2: level })
    const title = 'Matching'
    const matches = (asked: Scopes, has: Scopes) =>
      (['level0', 'level1', 'level2'] as const).every(
        (name) => asked[name].length === 0 || asked[name].some((one) => has[name].includes(one)),
      )
    const rules: Record<ConversationId, Scopes[]> = {}
    const alternatives = fc.array(scope, { maxLength: 3 })
    for (const rows of fc.sample(alternatives, { numRuns: 60, seed: 4 }))
      rules[await newDialogId(chat, { scopes: rows, title })] = rows
    await fc.assert(
      fc.asyncProperty(scope, async (has) => {
        const open = Object.keys(rules)
          .map(Number)
          .filter((id) => rules[id]?.some((one) => matches(one, has)))
        const query = { type: 'available', search: title, scopes: has, limit: 100 } as const
        expect(await list(anna, query)).toEqual(open.sort((a, b) => b - a))
      }),
      { numRuns: 40 },
    )
  })

  it('about something are found by it: the newest that the user may see, in it or not', async () => {
    const subject = newObject()
    expect(await findDialogAbout(chat, anna, subject, ACME)).toBeNull()
    const own = await newDialogId(chat, { of: [anna], subject })
    const open = await newDialogId(chat, { of: [boris], subject, scopes: [ACME] })
    await newDialogId(chat, { of: [boris], subject })
    const found = async (allowed: Scopes | null) =>
      (await findDialogAbout(chat, anna, subject, allowed))?.conversation.id
    expect(await found(ACME)).toBe(open)
    expect(await found(null)).toBe(own)
    expect(await list(anna, { type: 'accessible', about: subject, scopes: ACME })).toEqual([open, own])
    expect(await list(boris, { type: 'participating', about: newObject() })).toEqual([])
  })

  it('are conversations about products too, with whoever began as creator', async () => {
    const seller = await newActor(chat, 'Seller')
    const buyer = await newActor(chat, 'Buyer')
    const id = await newConversation(chat, buyer, seller)
    const dialog = await getDialog(chat, asDialogUser(buyer.userId), id, null)
    expect(dialog).toMatchObject({ title: 'Фара', subject: { type: 'product' }, participantsCount: 2 })
    const { participants } = dialog
    expect(
      Object.fromEntries(participants.map(({ displayName, joinedAs }) => [displayName, joinedAs])),
    ).toEqual({ Buyer: 'creator', Seller: 'participant' })
  })

  it('show those who may join no message, and of others neither contacts nor what they have read', async () => {
    const person = { userId: boris.userId, displayName: 'Boris', email: 'b@example.com', phone: '+7' }
    const id = await newDialogId(chat, { of: [person, anna], scopes: [ACME] })
    await say(chat, boris, id, 'secret')
    const outsider = await newUser(chat)
    const dialog = await getDialog(chat, outsider, id, ACME)
    expect(dialog).toMatchObject({ isParticipant: false, canJoin: true, own: null, lastMessage: null })
    expect(dialog.lastSenderName).toBeNull()
    expect(dialog.participants.find(({ userId }) => userId === boris.userId)).toMatchObject({
      displayName: 'Boris',
      email: null,
      phone: null,
      lastReadMessageId: null,
      unread: 0,
    })
    const { participants, isParticipant } = await listDialogParticipants(chat, anna, id, null)
    expect(isParticipant).toBe(true)
    expect(participants.find(({ userId }) => userId === boris.userId)?.email).toBe('b@example.com')
  })

  it('are nobody else’s business', async () => {
    const id = await newDialogId(chat, { of: [boris], scopes: [ACME] })
    for (const allowed of [null, scopes(['other'])]) {
      const refused = { code: 'forbidden' }
      await expect(getDialog(chat, anna, id, allowed)).rejects.toMatchObject(refused)
      await expect(listDialogParticipants(chat, anna, id, allowed)).rejects.toMatchObject(refused)
    }
    const elsewhere = { ...boris, reach: { kinds: ['direct' as const] } }
    await expect(getDialog(chat, elsewhere, id, ACME)).rejects.toMatchObject({ code: 'not_found' })
    await expect(getDialog(chat, boris, 1e9, ACME)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('are listed with 2 statements, two or fifty of them, and 20 participants of each at most', async () => {
    const crowd = Array.from({ length: 25 }, (_, n) => ({ userId: `crowd-${n}`, displayName: `${n}` }))
    const { db, statements } = countStatements(chat.db)
    const cost = async () => {
      const before = statements()
      const query = { type: 'participating', scopes: ACME, limit: 50, offset: 0 } as const
      const dialogs = await listDialogs({ ...chat, db }, anna, query)
      return { statements: statements() - before, dialogs }
    }
    for (let n = 0; n < 2; n++) await newDialogId(chat, { of: [anna, boris] })
    expect(await cost()).toMatchObject({ statements: 2, dialogs: { length: 2 } })
    await Promise.all(Array.from({ length: 48 }, () => newDialogId(chat, { of: [anna, ...crowd] })))
    const { statements: many, dialogs } = await cost()
    expect([many, dialogs.length]).toEqual([2, 50])
    expect(dialogs[0]?.participantsCount).toBe(26)
    expect(dialogs[0]?.participants).toHaveLength(20)
  })
})
