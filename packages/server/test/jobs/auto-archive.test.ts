import { afterAll, beforeAll, expect, it } from 'vitest'
import { setArchived } from '../../src/core/dialog-members.ts'
import { getDialog } from '../../src/core/dialogs.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { archiveIdle } from '../../src/db/auto-archive.ts'
import { startAutoArchive } from '../../src/jobs/auto-archive.ts'
import { newDialogId, newUser } from '../core/dialogs-scene.ts'
import { say } from '../core/workspace-scene.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('an idle dialog', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newUser(chat)
    boris = await newUser(chat)
  })
  afterAll(() => test.close())

  const newIdle = async () => aged(await newDialogId(chat, { of: [anna, boris] }))

  /** As if nobody had written in it for four days, nor anything else happened to it. */
  async function aged(id: ConversationId): Promise<ConversationId> {
    await chat.db.query(
      `update conversations set updated_at = updated_at - interval '4 days', idle_since = idle_since - interval '4 days'
       where id = $1`,
      [id],
    )
    return id
  }

  /** One look around. */
  async function look(days = 3): Promise<void> {
    const faults: unknown[] = []
    const stop = startAutoArchive({ chat, days, onError: (fault) => faults.push(fault) })
    await stop()
    expect(faults).toEqual([])
  }

  const isArchived = async (id: ConversationId, actor = anna) =>
    (await getDialog(chat, actor, id, null)).own?.isArchived

  /** Out of whose way these were put, one after the other. */
  async function archivings(...ids: ConversationId[]) {
    await test.settled()
    return test.delivered.flatMap(({ event }) =>
      event.type === 'archive.changed' && event.isArchived && ids.includes(event.conversationId)
        ? [event.userIds]
        : [],
    )
  }

  it('is put out of the way of all who have it in it, and only they hear of it', async () => {
    const [id, newer] = [await newIdle(), await newDialogId(chat, { of: [anna] })]
    await setArchived(chat, boris, id, true)
    await look()
    expect([await isArchived(id), await isArchived(id, boris), await isArchived(newer)]).toEqual([
      true,
      true,
      false,
    ])
    expect(await archivings(id)).toEqual([[boris.userId], [anna.userId]])
    expect(test.delivered.at(-1)?.audience).toEqual([anna.userId])
  })

  it('stays where a member has put it back until somebody wrote in it again', async () => {
    const id = await newIdle()
    await look()
    await setArchived(chat, anna, id, false)
    await aged(id)
    await look()
    expect(await isArchived(id)).toBe(false)
    await say(chat, boris, id, 'x')
    expect(await isArchived(id, boris)).toBe(false)
    await look()
    expect(await isArchived(id)).toBe(false)
    await aged(id)
    await look()
    expect([await isArchived(id), await isArchived(id, boris)]).toEqual([true, true])
  })

  it('is put away once, however many look at the same time, and as many as there are', async () => {
    const ids: ConversationId[] = []
    for (let n = 0; n < 7; n++) ids.push(await newIdle())
    const looked = async () => {
      let sum = 0
      for (let found = 3; found === 3; sum += found) found = await archiveIdle(chat.db, 3, 3)
      return sum
    }
    const counts = await Promise.all([looked(), looked(), looked()])
    chat.committed()
    expect(counts.reduce((sum, n) => sum + n)).toBe(7)
    expect(await archivings(...ids)).toEqual(ids.map(() => [anna.userId, boris.userId].sort()))
  })

  it('is none that members have begun by themselves', async () => {
    const [buyer, seller] = [await newActor(chat), await newActor(chat)]
    const id = await aged(await newConversation(chat, buyer, seller))
    await look()
    expect(await archivings(id)).toEqual([])
  })
})
