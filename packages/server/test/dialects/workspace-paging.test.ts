import { conversationListResponse, messageListResponse } from '@parley/wire/workspace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { exact, openWorkspace, problem } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'

eachStore('pages of the workspace', (database) => {
  let workspace: Workspace
  let person: Person
  let conversationId: string
  /** Oldest first. */
  const ids: string[] = []

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    person = await workspace.person()
    conversationId = (await workspace.conversation(person, { type: 'group' })).id
    for (let n = 1; n <= 9; n++) ids.push((await workspace.send(person, conversationId, `message ${n}`)).id)
  })
  afterAll(() => workspace.close())

  async function list(path: string, body: object) {
    const { data, page } = exact(messageListResponse, (await workspace.call(person, path, body)).body)
    return { ids: data.map(({ id }) => id), ...page }
  }

  describe('of messages', () => {
    const messages = (place: object) => list('/chat/messages/list', { conversationId, ...place })
    const numbers = (found: string[]) => found.map((id) => ids.indexOf(id) + 1)

    it.each([
      ['the newest', () => ({ limit: 3 }), [7, 8, 9], 7, null],
      ['all', () => ({}), [1, 2, 3, 4, 5, 6, 7, 8, 9], null, null],
      ['before one', () => ({ before: ids[3], limit: 2 }), [2, 3], 2, 3],
      ['before the first', () => ({ before: ids[0] }), [], null, null],
      ['after one', () => ({ after: ids[5], limit: 2 }), [7, 8], 7, 8],
      ['after one, to the end', () => ({ after: ids[5], limit: 3 }), [7, 8, 9], 7, null],
      ['around one', () => ({ around: ids[4], limit: 4 }), [3, 4, 5, 6], 3, 6],
      ['around the last', () => ({ around: ids[8], limit: 4 }), [7, 8, 9], 7, null],
    ])('%s', async (_, place, expected, prev, next) => {
      const page = await messages(place())
      expect(numbers(page.ids)).toEqual(expected)
      if (expected.length === 0) return
      expect(page.prevCursor).toBe(prev === null ? null : ids[prev - 1])
      expect(page.nextCursor).toBe(next === null ? null : ids[next - 1])
    })

    it('leads from the newest to the oldest and back', async () => {
      const back: string[] = []
      for (let before: string | null | undefined; before !== null;) {
        const page = await messages({ before, limit: 4 })
        back.unshift(...page.ids)
        before = page.prevCursor
      }
      expect(back).toEqual(ids)
      const forth = ids.slice(0, 1)
      for (let after: string | null = ids[0] ?? null; after !== null;) {
        const page = await messages({ after, limit: 3 })
        forth.push(...page.ids)
        after = page.nextCursor
      }
      expect(forth).toEqual(ids)
    })
  })

  async function walk(path: string, body: object): Promise<string[][]> {
    const pages: string[][] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await list(path, { ...body, cursor, limit: 2 })
      pages.push(page.ids)
      expect(page.prevCursor).toBeNull()
      cursor = page.nextCursor
    }
    return pages
  }

  it('of hits: newest first, in one conversation and everywhere', async () => {
    const newest = ids.toReversed()
    for (const body of [{ query: 'message' }, { query: 'message', conversationId }]) {
      expect((await walk('/chat/messages/search', body)).flat()).toEqual(newest)
    }
    expect(await walk('/chat/messages/search', { query: 'message 4' })).toEqual([[ids[3]]])
    expect(await walk('/chat/messages/search', { query: 'nothing of that' })).toEqual([[]])
  })

  it('of pins: the last pinned first', async () => {
    const pinned = [ids[4], ids[0], ids[7], ids[2]]
    for (const id of pinned) await workspace.call(person, `/chat/messages/${id}/pin`)
    const pages = await walk(`/chat/conversations/${conversationId}/pins/list`, {})
    expect(pages).toEqual([pinned.toReversed().slice(0, 2), pinned.toReversed().slice(2)])
  })

  describe('of conversations', () => {
    const conversations = async (body: object) => {
      const reply = await workspace.call(person, '/chat/conversations/list', body)
      const { data, page } = exact(conversationListResponse, reply.body)
      return { ids: data.map(({ id }) => id), ...page }
    }

    it('the most recently active first, each once, whatever is written meanwhile', async () => {
      const made: string[] = [conversationId]
      for (let n = 0; n < 4; n++) made.unshift((await workspace.conversation(person, { type: 'group' })).id)
      const first = await conversations({ limit: 2 })
      await workspace.send(person, made[3] ?? '', 'now I am the first')
      const second = await conversations({ limit: 2, cursor: first.nextCursor })
      const third = await conversations({ limit: 2, cursor: second.nextCursor })
      expect([...first.ids, ...second.ids, ...third.ids]).toEqual(made)
      expect(third.nextCursor).toBeNull()
      expect((await conversations({})).ids[0]).toBe(made[3])
    })

    it('starred, unread and archived ones apart', async () => {
      const other = await workspace.person()
      const [starred, unread, archived] = [
        await workspace.conversation(person, { type: 'group' }),
        await workspace.conversation(other, { type: 'group', memberIds: [person.id] }),
        await workspace.conversation(person, { type: 'group' }),
      ]
      await workspace.call(person, `/chat/conversations/${starred.id}/preferences/update`, { starred: true })
      await workspace.send(other, unread.id, 'look')
      await workspace.call(person, `/chat/conversations/${archived.id}/archive`)
      for (const [filter, { id }] of Object.entries({ starred, unread, archived })) {
        expect([filter, (await conversations({ filter })).ids]).toEqual([filter, [id]])
      }
      expect((await conversations({ filter: 'all' })).ids).not.toContain(archived.id)
    })

    it('by no cursor but their own', async () => {
      const { nextCursor } = await conversations({ limit: 1 })
      const cursor = nextCursor ?? expect.fail('one page')
      const forged = cursor.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      const path = `/chat/conversations/${conversationId}/pins/list`
      for (const reply of [
        await workspace.call(person, '/chat/conversations/list', { cursor: forged }),
        await workspace.call(person, path, { cursor }),
        await workspace.call(person, '/chat/messages/search', { query: 'message', cursor }),
      ]) {
        expect(Object.keys(problem(reply, '/problems/invalid') ?? {})).toEqual(['cursor'])
      }
    })
  })
})
