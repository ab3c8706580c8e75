import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  archiveConversation,
  convertConversation,
  getConversation,
  listConversations,
  updateConversation,
} from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { addMembers, leaveConversation, removeMember } from '../../src/core/members.ts'
import { listMessages } from '../../src/core/messages.ts'
import { updatePreferences } from '../../src/core/preferences.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { eventsOf, newColleague, say } from './workspace-scene.ts'

type Who = 'owner' | 'admin' | 'member' | 'former' | 'outsider' | 'stranger'

eachStore('members', (database) => {
  let test: TestChat
  let chat: Chat
  let id: ConversationId
  let newcomer: Actor
  const people = new Map<Who, Actor>()
  const person = (who: Who) => people.get(who) ?? expect.fail()

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    for (const who of ['owner', 'admin', 'member', 'former', 'outsider'] as const)
      people.set(who, await newColleague(chat))
    people.set('stranger', await newColleague(chat, 'other'))
    newcomer = await newColleague(chat)
  })
  afterAll(() => test.close())

  beforeEach(async () => {
    const ids = (['admin', 'member', 'former'] as const).map((who) => person(who).userId)
    id = await newGroup(person('owner'), ids)
    await removeMember(chat, person('owner'), id, person('former').userId)
    await chat.db.query(`update members set role = 'admin' where conversation_id = $1 and user_id = $2`, [
      id,
      person('admin').userId,
    ])
  })

  async function newGroup(owner: Actor, memberIds: string[], historyMode: 'all' | 'since_join' = 'all') {
    const input = { type: 'group', visibility: 'private', historyMode, memberIds } as const
    return (await createConversation(chat, owner, input)).overview.conversation.id
  }

  const present = async () => (await getConversation(chat, person('owner'), id)).members?.ids.toSorted()
  const roles = async (place = id) => {
    const rows = await chat.db.query<{ userId: string; role: string }>(
      `select user_id as "userId", role from members where conversation_id = $1 and left_at is null`,
      [place],
    )
    return Object.fromEntries(rows.map(({ userId, role }) => [userId, role]))
  }

  const FOR_ADMINS = { owner: 'ok', admin: 'ok', member: 'forbidden' }
  const FOR_MEMBERS = { owner: 'ok', admin: 'ok', member: 'ok' }
  const NOBODY_ELSE: Record<string, string> = {
    former: 'forbidden',
    outsider: 'forbidden',
    stranger: 'not_found',
  }

  it.each<[string, (actor: Actor) => Promise<unknown>, Record<string, string>]>([
    ['get', (actor) => getConversation(chat, actor, id), FOR_MEMBERS],
    ['rename', (actor) => updateConversation(chat, actor, id, { name: 'x' }), FOR_ADMINS],
    ['convert', (actor) => convertConversation(chat, actor, id, { name: 'x' }), FOR_ADMINS],
    ['archive', (actor) => archiveConversation(chat, actor, id), FOR_ADMINS],
    ['add members to', (actor) => addMembers(chat, actor, id, [newcomer.userId]), FOR_ADMINS],
    ['remove members of', (actor) => removeMember(chat, actor, id, newcomer.userId), FOR_ADMINS],
    ['leave', (actor) => leaveConversation(chat, actor, id), FOR_MEMBERS],
    ['set preferences of', (actor) => updatePreferences(chat, actor, id, { starred: true }), FOR_MEMBERS],
    ['read', (actor) => markRead(chat, actor, id), FOR_MEMBERS],
  ])('%s a group as their role allows', async (what, act, expected) => {
    // Who may do least comes first: what succeeds changes the group for the others.
    for (const who of ['stranger', 'outsider', 'former', 'member', 'admin', 'owner'] as const) {
      if (what === 'convert' && who === 'owner') id = await newGroup(person('owner'), [])
      const result = await act(person(who)).then(
        () => 'ok',
        (error: unknown) => (error as { code: string }).code, // every refusal has one
      )
      expect([who, result]).toEqual([who, { ...NOBODY_ELSE, ...expected }[who]])
    }
  })

  it('hear who comes and goes, and so do those who do', async () => {
    const owner = person('owner')
    await addMembers(chat, owner, id, [newcomer.userId, owner.userId, newcomer.userId])
    await addMembers(chat, owner, id, [newcomer.userId])
    expect(await present()).toContain(newcomer.userId)
    await removeMember(chat, owner, id, newcomer.userId)
    await removeMember(chat, owner, id, newcomer.userId)
    expect(await present()).not.toContain(newcomer.userId)
    await test.settled()
    const told = test.delivered.filter(
      ({ event }) =>
        'conversationId' in event && event.conversationId === id && event.type.startsWith('member.'),
    )
    const mine = told.filter(({ audience }) => Array.isArray(audience) && audience.includes(newcomer.userId))
    expect(mine.map(({ event }) => event)).toMatchObject([
      { type: 'member.added', userIds: [newcomer.userId], by: owner.userId },
      { type: 'member.removed', userId: newcomer.userId, by: owner.userId, heir: null },
    ])
    const seqs = told.map(({ event }) => ('changeSeq' in event ? event.changeSeq : null))
    expect(seqs).toEqual([2, 3, 4])
  })

  it('are an admin again only if somebody makes them one', async () => {
    await removeMember(chat, person('owner'), id, person('admin').userId)
    await addMembers(chat, person('owner'), id, [person('admin').userId])
    expect((await roles())[person('admin').userId]).toBe('member')
  })

  it('are not added from outside the organisation, nor after an erasure', async () => {
    const gone = await newColleague(chat)
    await eraseUser(chat, gone.userId, 'keep')
    for (const userId of [person('stranger').userId, gone.userId, 'nobody']) {
      const asked = addMembers(chat, person('owner'), id, [newcomer.userId, userId])
      await expect(asked).rejects.toMatchObject({ code: 'invalid', field: 'userIds' })
    }
    expect(await present()).not.toContain(newcomer.userId)
  })

  it('who are admins do not remove an owner', async () => {
    const asked = removeMember(chat, person('admin'), id, person('owner').userId)
    await expect(asked).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('inherit what the last owner leaves: an admin, or else who has been there longest', async () => {
    const { owner, admin, member } = Object.fromEntries(people) as Record<Who, Actor> // all are there
    await leaveConversation(chat, owner, id)
    expect(await roles()).toEqual({ [admin.userId]: 'owner', [member.userId]: 'member' })
    await addMembers(chat, admin, id, [newcomer.userId])
    await leaveConversation(chat, admin, id)
    expect(await roles()).toEqual({ [member.userId]: 'owner', [newcomer.userId]: 'member' })
    const left = (await eventsOf(test, id)).filter(({ type }) => type === 'member.removed')
    expect(left.slice(-2)).toMatchObject([
      { userId: owner.userId, by: owner.userId, heir: admin.userId },
      { userId: admin.userId, by: admin.userId, heir: member.userId },
    ])
  })

  it('who are erased leave their groups to others', async () => {
    const founder = await newColleague(chat)
    const place = await newGroup(founder, [newcomer.userId])
    await eraseUser(chat, founder.userId, 'unlink')
    expect(await roles(place)).toEqual({ [newcomer.userId]: 'owner' })
  })

  it('who come later see only what follows, where history begins with joining', async () => {
    const owner = person('owner')
    const place = await newGroup(owner, [person('member').userId], 'since_join')
    await say(chat, owner, place, 'before')
    await addMembers(chat, owner, place, [newcomer.userId])
    expect(await getConversation(chat, newcomer, place)).toMatchObject({ lastMessage: null, unread: 0 })
    await say(chat, owner, place, 'after')
    const texts = async (actor: Actor) =>
      (await listMessages(chat, actor, place, { limit: 10 })).messages.map(({ text }) => text)
    expect(await texts(newcomer)).toEqual(['after'])
    expect(await texts(person('member'))).toEqual(['before', 'after'])
    expect(await getConversation(chat, newcomer, place)).toMatchObject({ unread: 1 })
    await removeMember(chat, owner, place, newcomer.userId)
    await say(chat, owner, place, 'meanwhile')
    await addMembers(chat, owner, place, [newcomer.userId])
    expect(await getConversation(chat, newcomer, place)).toMatchObject({ lastMessage: null, unread: 0 })
    expect(await texts(newcomer)).toEqual([])
  })

  it('of an archived group change only what is their own', async () => {
    await archiveConversation(chat, person('owner'), id)
    await archiveConversation(chat, person('owner'), id)
    const refused = [
      () => updateConversation(chat, person('owner'), id, { name: 'x' }),
      () => convertConversation(chat, person('owner'), id, { name: 'x' }),
      () => addMembers(chat, person('owner'), id, [newcomer.userId]),
      () => removeMember(chat, person('owner'), id, person('member').userId),
      () => leaveConversation(chat, person('member'), id),
    ]
    for (const ask of refused) await expect(ask()).rejects.toMatchObject({ code: 'conflict' })
    await updatePreferences(chat, person('member'), id, { starred: true })
    const ids = async (filter: 'all' | 'archived') =>
      (await listConversations(chat, person('member'), { filter, limit: 100 })).map(
        ({ conversation }) => conversation.id,
      )
    expect(await ids('all')).not.toContain(id)
    expect(await ids('archived')).toContain(id)
    const archived = (await eventsOf(test, id)).filter(({ type }) => type === 'conversation.archived')
    expect(archived).toMatchObject([{ archivedAt: expect.any(Date) as Date }])
  })

  it('of a group find themselves in a private channel with all that was there', async () => {
    await say(chat, person('owner'), id, 'one')
    await expect(convertConversation(chat, person('owner'), id)).rejects.toMatchObject({
      code: 'invalid',
      field: 'name',
    })
    const { conversation } = await convertConversation(chat, person('owner'), id, { name: ' News ' })
    expect(conversation).toMatchObject({ kind: 'channel', visibility: 'private', name: 'News' })
    expect(await getConversation(chat, person('member'), id)).toMatchObject({ unread: 1, conversation })
    expect((await eventsOf(test, id)).at(-1)).toMatchObject({ type: 'conversation.updated', conversation })
    await expect(convertConversation(chat, person('owner'), id)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('of a conversation of two, or about a product, change nothing about it but hide it', async () => {
    const [anna, boris] = [person('owner'), person('member')]
    const input = { type: 'dm', visibility: 'private', historyMode: 'all' } as const
    const dm = await createConversation(chat, anna, { ...input, memberIds: [boris.userId] })
    const buyer = await newActor(chat)
    const product = await newConversation(chat, buyer, await newActor(chat))
    for (const [actor, place] of [
      [anna, dm.overview.conversation.id],
      [buyer, product],
    ] as const) {
      const refused = [
        () => updateConversation(chat, actor, place, { name: 'x' }),
        () => convertConversation(chat, actor, place, { name: 'x' }),
        () => archiveConversation(chat, actor, place),
        () => addMembers(chat, actor, place, [newcomer.userId]),
        () => removeMember(chat, actor, place, boris.userId),
      ]
      for (const ask of refused) await expect(ask()).rejects.toMatchObject({ code: 'conflict' })
      await leaveConversation(chat, actor, place)
      const listed = (await listConversations(chat, actor, { limit: 100 })).map((o) => o.conversation.id)
      expect(listed).not.toContain(place)
      await getConversation(chat, actor, place)
    }
  })

  it('come and go at once without a trace of both', async () => {
    const owner = person('owner')
    const joined = () => addMembers(chat, owner, id, [newcomer.userId])
    const removed = () => removeMember(chat, owner, id, newcomer.userId)
    const before = (await getConversation(chat, owner, id)).conversation.changeSeq
    await Promise.all(Array.from({ length: 24 }, (_, n) => (n % 2 ? joined() : removed())))
    const { members, conversation } = await getConversation(chat, owner, id)
    const told = (await eventsOf(test, id)).filter(
      (event) => 'changeSeq' in event && (event.changeSeq ?? 0) > before,
    )
    // Comings and goings alternate, one for each number, and the last one says how it is.
    const types = told.map(({ type }) => type)
    expect(types).toEqual(types.map((_, n) => (n % 2 ? 'member.removed' : 'member.added')))
    expect(conversation.changeSeq).toBe(before + told.length)
    expect(members?.ids.includes(newcomer.userId)).toBe(types.length % 2 === 1)
  })

  it('who leave while they are removed are gone once', async () => {
    for (let round = 0; round < 10; round++) {
      const member = await newColleague(chat)
      const place = await newGroup(person('owner'), [member.userId])
      const [left, removed] = await Promise.allSettled([
        leaveConversation(chat, member, place),
        removeMember(chat, person('owner'), place, member.userId),
      ])
      if (left.status === 'rejected') expect(left.reason).toMatchObject({ code: 'forbidden' })
      expect(removed.status).toBe('fulfilled')
      const gone = (await eventsOf(test, place)).filter(({ type }) => type === 'member.removed')
      expect(gone).toHaveLength(1)
    }
  })

  it('all leave at once, and each time somebody owns what is left', async () => {
    const crowd = await Promise.all(Array.from({ length: 6 }, () => newColleague(chat)))
    const [founder = expect.fail(), ...others] = crowd
    const place = await newGroup(
      founder,
      others.map(({ userId }) => userId),
    )
    const stays = others.at(-1) ?? expect.fail()
    const leavers = crowd.filter((actor) => actor !== stays)
    await Promise.all(leavers.map((actor) => leaveConversation(chat, actor, place)))
    expect(await roles(place)).toEqual({ [stays.userId]: 'owner' })
  })
})
