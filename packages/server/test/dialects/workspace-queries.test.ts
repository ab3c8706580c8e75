import { conversationListResponse, messageListResponse } from '@parley/wire/workspace'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { countStatements } from '../support/statements.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'

const CROWD = 10_000

let lastOrg = 0

/** What the hot requests of a signed-in user ask of the database, in the small and in the large. */
eachStore('the number of statements', (database) => {
  let workspace: Workspace
  let statements: () => number
  let org: string
  let ann: Person

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    const { chat } = workspace.server
    // What runs in the background does not count: it asks the database itself.
    const counted = countStatements(chat.db)
    chat.db = counted.db
    statements = counted.statements
  })
  afterAll(() => workspace.close())
  beforeEach(async () => {
    org = `org-${++lastOrg}`
    ann = await workspace.person({ org })
  })

  /** Of the second time, when who asks is known; and what was answered. */
  async function cost(path: string, body: () => object) {
    for (let time = 0; ; time++) {
      const before = statements()
      const reply = await workspace.call(ann, path, body())
      expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300)
      if (time === 1) return { statements: statements() - before, body: reply.body }
    }
  }

  async function people(count: number): Promise<string[]> {
    const rows = await database().query<{ id: string }>(
      `insert into users (id, display_name, org_id)
       select $1 || '-' || n, 'x', $1 from generate_series(1, $2::int) n returning id`,
      [org, count],
    )
    return rows.map(({ id }) => id)
  }

  const groupOf = async (memberIds: string[]) =>
    (await workspace.conversation(ann, { type: 'group', memberIds })).id

  const sending = async (conversationId: string, more: object = {}) => {
    const body = () => ({ conversationId, content: 'x', clientMsgId: crypto.randomUUID(), ...more })
    return (await cost('/chat/messages/send', body)).statements
  }

  it('of a send is 2, to two and to a thousand', async () => {
    const others = await people(999)
    expect(await sending(await groupOf(others.slice(0, 1)))).toBe(2)
    expect(await sending(await groupOf(others))).toBe(2)
  })

  it('of a send is 2 in a channel of ten thousand too, all of whom have looked in', async () => {
    const channel = { type: 'channel', visibility: 'org', name: 'all' }
    const { id } = await workspace.conversation(ann, channel)
    expect(await sending(id)).toBe(2)
    await people(CROWD)
    await database().query(
      `insert into members (conversation_id, user_id) select $1, id from users where org_id = $2
       on conflict do nothing`,
      [id, org],
    )
    expect(await sending(id)).toBe(2)
  })

  it('of a reply is one more, and of whom it names one, however many', async () => {
    const others = await people(100)
    const id = await groupOf(others)
    const { id: replyToId } = await workspace.send(ann, id, 'first')
    for (const count of [1, 100]) {
      expect(await sending(id, { replyToId, mentions: others.slice(0, count) })).toBe(7)
    }
  })

  it('of a page of messages is 3, of two and of a hundred with reactions and files, and then 1', async () => {
    const others = await people(20)
    const id = await groupOf(others)
    const list = async () => {
      const before = statements()
      const { body } = await workspace.call(ann, '/chat/messages/list', { conversationId: id, limit: 100 })
      return { statements: statements() - before, messages: messageListResponse.parse(body).data }
    }
    for (let n = 0; n < 2; n++) await workspace.send(ann, id, 'x')
    const few = await list()
    expect([few.statements, few.messages.length]).toEqual([3, 2])
    for (let n = 2; n < 100; n++) await workspace.send(ann, id, 'x')
    await database().query(
      `insert into reactions (message_id, emoji, user_id)
       select m.id, e, u from messages m, unnest($2::text[]) e, unnest($3::text[]) u where m.conversation_id = $1`,
      [id, ['👍', '🚀'], others],
    )
    await database().query(
      `with filed as (update messages set type = 'file' where conversation_id = $1 returning id, sender_id)
       insert into attachments (conversation_id, message_id, uploader_id, blob_key, filename, mime_type, size)
       select $1, id, sender_id, 'chat/' || id, 'a.txt', 'text/plain', 1 from filed`,
      [id],
    )
    const many = await list()
    expect([many.statements, many.messages.length]).toEqual([3, 100])
    expect(await list()).toEqual({ statements: 1, messages: many.messages })
    for (const { reactions, attachments } of many.messages) {
      expect([reactions.map(({ count }) => count), attachments.length]).toEqual([[20, 20], 1])
    }
  })

  it('of a page of conversations is 3, of two and of a hundred in which somebody wrote', async () => {
    const others = await people(100)
    const list = async () => {
      const { statements, body } = await cost('/chat/conversations/list', () => ({ limit: 100 }))
      return [statements, conversationListResponse.parse(body).data.length]
    }
    const begin = async (memberId = '') => {
      await workspace.send(ann, await groupOf([memberId]), 'x')
      const channel = { type: 'channel', visibility: 'org', name: memberId }
      await workspace.send(ann, (await workspace.conversation(ann, channel)).id, 'x')
    }
    await begin(others[0])
    expect(await list()).toEqual([3, 2])
    for (const other of others.slice(1, 50)) await begin(other)
    expect(await list()).toEqual([3, 100])
  })
})
