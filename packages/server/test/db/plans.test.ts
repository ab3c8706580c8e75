import { randomUUID } from 'node:crypto'
import { escapeLiteral } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGathering } from '../../src/core/gathering.ts'
import { listConversations, listPage, totalUnread } from '../../src/core/conversations.ts'
import { getDialog, listDialogs } from '../../src/core/dialogs.ts'
import { listNewest } from '../../src/core/history.ts'
import { listMessages } from '../../src/core/messages.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { listParticipants } from '../../src/core/participants.ts'
import { markRead } from '../../src/core/receipts.ts'
import { searchEverywhere, searchInConversation } from '../../src/core/search.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { Actor, Chat, MessageId } from '../../src/core/types.ts'
import type { Queryable, Transaction } from '../../src/db/database.ts'
import { listDialogParticipants } from '../../src/db/dialog-members.ts'
import { listCircles } from '../../src/db/members.ts'
import { eventsAfter, eventsOfUser, numberWithin } from '../../src/db/events.ts'
import { insertNotifications, leaseNotifications } from '../../src/db/notifications.ts'
import { lookIntoChannels } from '../../src/db/org-channels.ts'
import { findOverviews } from '../../src/db/overviews.ts'
import { listCursors } from '../../src/db/participants.ts'
import { listPinned } from '../../src/db/pins.ts'
import { readUnread } from '../../src/db/unread.ts'
import { leaseDeliveries } from '../../src/db/webhooks.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

const LONGEST = 1
const LENGTH = 3000
const CROWD = 300
const GROWING = ['users', 'conversations', 'members', 'messages', 'events']

const anna: Actor = { userId: '1', reach: { kinds: ['direct'] } }
const participant: Actor = { ...anna, reach: { subjectTypes: ['*'] } }

const OPERATIONS: [string, (chat: Chat, middle: MessageId) => Promise<unknown>][] = [
  ['conversations', (chat) => listConversations(chat, anna, { filter: 'all', limit: 20 })],
  ['unread conversations', (chat) => listConversations(chat, anna, { filter: 'unread', limit: 20 })],
  ['the unread count', (chat) => totalUnread(chat, anna)],
  ['a page of messages', (chat) => listMessages(chat, anna, LONGEST, { limit: 50 })],
  ['a page far back', (chat, middle) => listMessages(chat, anna, LONGEST, { limit: 50, before: middle })],
  ['a page by its number', (chat) => listNewest(chat, anna, LONGEST, { limit: 50, offset: 1500 })],
  ['what a rare word is in', (chat) => searchInConversation(chat, anna, LONGEST, sought('самовар'))],
  ['what a common word is in', (chat) => searchInConversation(chat, anna, LONGEST, sought('доставка'))],
  ['what two letters are in', (chat) => searchInConversation(chat, anna, LONGEST, sought('ст'))],
  ['what a rare word is in anywhere', (chat) => searchEverywhere(chat, anna, sought('самовар'))],
  ['what a common word is in anywhere', (chat) => searchEverywhere(chat, anna, sought('доставка'))],
  ['a page of conversations by its number', (chat) => listPage(chat, anna, { page: 2, limit: 20 })],
  ['a conversation', ({ db }) => findOverviews(db, anna.userId, [LONGEST])],
  ['pinned messages', ({ db }) => listPinned(db, { ...ALL, before: null, limit: 20 })],
  ['participants', (chat) => listParticipants(chat, [LONGEST])],
  ['cursors', ({ db }) => listCursors(db, LONGEST)],
  ['dialogs', (chat) => listDialogs(chat, participant, { ...PAGE, type: 'participating' })],
  [
    'dialogs about something',
    (chat) => listDialogs(chat, participant, { ...PAGE, type: 'accessible', about: TENDER }),
  ],
  ['a dialog', (chat) => getDialog(chat, participant, LONGEST, null)],
  ['the participants of a dialog', ({ db }) => listDialogParticipants(db, [LONGEST])],
  ['the participants of dialogs', ({ db }) => listDialogParticipants(db, [LONGEST, 2], 20)],
  ['the companions of many', ({ db }) => listCircles(db, ['1', '2', '3', '4'])],
  ['a send', (chat) => sendMessage(chat, anna, HELLO)],
  ['a send that reads', (chat) => sendMessage(chat, anna, HELLO, { reads: true })],
  [
    'a reply',
    (chat, middle) => sendMessage(chat, anna, { ...HELLO, replyToId: middle, clientKey: randomUUID() }),
  ],
  [
    'a send with a link',
    (chat) => sendMessage(linking(chat), anna, { ...HELLO, text: 'https://host.example' }),
  ],
]

/** What is not looked at in a large database, too. */
const WITHIN_STORE: typeof OPERATIONS = [
  ['a read cursor', (chat) => markRead(chat, anna, LONGEST)],
  ['a deletion', (chat) => deleteMessage(chat, anna, 1)],
  ['a repeated send', (chat) => sendMessage(chat, anna, { ...HELLO, clientKey: 'key' })],
  [
    'unread counts of many',
    (chat) => readUnread(chat.db, [{ userId: anna.userId, conversationId: LONGEST }]),
  ],
  ['places in the log', (chat) => chat.db.transaction(numberWithin)],
  ['the log', (chat) => eventsAfter(chat.db, 0, 100)],
  ['what concerns a user', (chat) => eventsOfUser(chat.db, anna.userId, { ...STRETCH, reach: anna.reach })],
  ['channels to look into', (chat) => lookIntoChannels(chat.db, anna.userId, null)],
  ['whom to notify', (chat) => insertNotifications(chat.db, [1], { processId: randomUUID(), userIds: [] })],
  ['notifications', (chat) => leaseNotifications(chat.db, 100, 60)],
  ['deliveries', (chat) => leaseDeliveries(chat.db, 'http://host.example', { limit: 100, leaseSeconds: 60 })],
]

const linking = (chat: Chat): Chat => ({ ...chat, linksWritten: () => undefined })

const TENDER = { type: 'tender', id: '1' }
const PAGE = { scopes: null, limit: 20, offset: 0 }
const ALL = { conversationId: LONGEST, since: 0 }
const HELLO = { conversationId: LONGEST, type: 'text', text: 'Нет' } as const
const STRETCH = { after: 0, before: 1e9, limit: 50, newestFirst: true, types: ['message.created'] }

eachStore('plans where there are many messages', (database) => {
  let test: TestChat
  let middle: MessageId

  beforeAll(async () => {
    test = await openTestChat(database())
    await database().execute(`
      insert into users (id, display_name) select n, 'Somebody' from generate_series(1, 300) n;
      insert into subjects (type, id) select '${TENDER.type}', n from generate_series(1, 300) n;
      insert into conversations (kind, subject_type, subject_id, message_seq, change_seq)
        select 'direct', '${TENDER.type}', n, case when n = ${LONGEST} then ${LENGTH} else 10 end, 1
        from generate_series(1, 300) n;
      insert into members (conversation_id, user_id)
        select id, unnest(array[case when id <= 40 then '1' else '2' end, (id % 290 + 3)::text]) from conversations;
      insert into messages (conversation_id, seq, sender_id, text, deleted_at)
        select id, seq, '1', case when seq % 2 = 0 then 'Есть доставка' when seq % 500 = 1 then 'самовар' else 'Нет' end,
          case when seq % 20 = 3 then now() end
        from conversations, generate_series(1, message_seq) as seq order by seq::float8 / message_seq;
      update conversations set last_message_id = (select max(id) from messages where conversation_id = conversations.id);
      analyze;
      -- What the planner goes by: a table has more rows in each page than it has in truth.
      update pg_class set reltuples = reltuples * 10000 where relname in ('${GROWING.join("', '")}')`)
    const [half] = await database().query<{ id: MessageId }>(
      `select id from messages where conversation_id = ${LONGEST} and seq = ${LENGTH / 2}`,
    )
    middle = half?.id ?? 0
  })
  afterAll(() => test.close())

  it.each(OPERATIONS)(
    'reads neither a whole table nor a whole conversation for %s',
    async (_what, operation) => {
      const nodes: Node[] = []
      await operation(explaining(test.chat, nodes), middle)
      const scanned = nodes
        .filter((node) => node['Node Type'] === 'Seq Scan')
        .map((node) => node['Relation Name'])
      expect(nodes).not.toEqual([])
      expect(scanned.filter((table) => table && GROWING.includes(table))).toEqual([])
      expect(Math.max(...nodes.map(rowsRead))).toBeLessThan(LENGTH / 4)
    },
  )

  it('leaves the search index alone for two letters, for which it would be read as a whole', async () => {
    const nodes: Node[] = []
    await searchInConversation(explaining(test.chat, nodes), anna, LONGEST, sought('мо'))
    const asked = nodes.filter((node) => node['Index Name'] === 'messages_search')
    expect(asked).not.toEqual([])
    expect(asked.filter((node) => node['Actual Loops'] !== 0)).toEqual([])
  })
})

// So they are planned on a server's first day, and run until tables are analysed that have grown meanwhile.
eachStore('plans where there is hardly anything yet', (database) => {
  let test: TestChat

  beforeAll(async () => {
    test = await openTestChat(database())
    await database().execute(`
      insert into users (id, display_name) values ('1', 'Anna'), ('2', 'Boris');
      insert into subjects (type, id) values ('${TENDER.type}', '${TENDER.id}');
      insert into conversations (kind, subject_type, subject_id) values ('direct', '${TENDER.type}', '${TENDER.id}');
      insert into members (conversation_id, user_id) values (${LONGEST}, '1'), (${LONGEST}, '2')`)
    await sendMessage(test.chat, anna, { ...HELLO, clientKey: 'key' })
  })
  afterAll(() => test.close())

  it.each([...OPERATIONS, ...WITHIN_STORE])('find all rows by a key for %s', async (_what, operation) => {
    const nodes: Node[] = []
    await operation(explaining(test.chat, nodes), 1)
    expect(nodes).not.toEqual([])
    expect(nodes.filter(readsAll).map((node) => node['Index Name'] ?? node['Relation Name'])).toEqual([])
  })
})

// The planner knows of a conversation of two; before tables are analysed again there is a crowd in it.
eachStore('plans where few have become many', (database) => {
  let test: TestChat

  beforeAll(async () => {
    test = await openTestChat(database())
    await database().execute(`
      insert into users (id, display_name) select n, 'Somebody' from generate_series(1, ${CROWD}) n;
      insert into subjects (type, id) values ('${TENDER.type}', '${TENDER.id}');
      insert into conversations (kind, subject_type, subject_id, message_seq)
        values ('direct', '${TENDER.type}', '${TENDER.id}', ${CROWD + 1});
      insert into members (conversation_id, user_id) values (${LONGEST}, '1'), (${LONGEST}, '2');
      analyze;
      insert into members (conversation_id, user_id, read_seq)
        select ${LONGEST}, n, n from generate_series(3, ${CROWD}) n`)
    await sendMessage(test.chat, anna, HELLO)
  })
  afterAll(() => test.close())

  it.each(OPERATIONS)('do not compare everybody with everybody for %s', async (_what, operation) => {
    const nodes: Node[] = []
    await operation(explaining(test.chat, nodes), 1)
    expect(nodes).not.toEqual([])
    expect(Math.max(...nodes.map(rowsRead))).toBeLessThan(CROWD * 10)
  })
})

/** Whether it reads all that an index has; of events without a place that is wanted. */
function readsAll(node: Node): boolean {
  if (node['Node Type'] === 'Seq Scan') return GROWING.includes(node['Relation Name'] ?? '')
  return /Index/.test(node['Node Type']) && !node['Index Cond'] && node['Index Name'] !== 'events_unnumbered'
}

const sought = (text: string) => ({ text, before: null, limit: 20 })

interface Node {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Node[]
}

const rowsRead = (node: Node) =>
  ((node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)) *
  (node['Actual Loops'] ?? 0)

let watched = 0

/** The same, which collects the plans of its statements: those for any parameters, which prepared ones come to. */
function explaining(chat: Chat, nodes: Node[]): Chat {
  const collect = (node: Node): void => {
    nodes.push(node)
    for (const plan of node.Plans ?? []) collect(plan)
  }
  const watch = (tx: Queryable): Transaction => ({
    ...tx,
    async query<Row>(text: string, params: readonly unknown[] = []) {
      const name = `watched_${++watched}`
      await tx.execute(`set local plan_cache_mode = force_generic_plan; prepare ${name} as ${text}`)
      const values = params.length > 0 ? `(${params.map((param) => literal(param as Param)).join()})` : ''
      const how = /\b(insert|update)\b/.test(text) ? 'format json' : 'analyze, format json'
      const [row] = await tx.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
        `explain (${how}) execute ${name}${values}`,
      )
      if (row) collect(row['QUERY PLAN'][0].Plan)
      return tx.query<Row>(text, params)
    },
    commitBehind: (last) => last,
  })
  const transaction = <T>(work: (tx: Transaction) => Promise<T>) =>
    chat.db.transaction((tx) => work(watch(tx)))
  const query = <Row>(text: string, params?: readonly unknown[]) =>
    transaction((tx) => tx.query<Row>(text, params))
  return { ...chat, db: { ...chat.db, transaction, query }, sends: createGathering() }
}

type Param = string | number | boolean | Date | null | undefined | Param[]

const literal = (param: Param) =>
  param === null || param === undefined ? 'null' : escapeLiteral(textOf(param))

function textOf(param: Param): string {
  if (param instanceof Date) return param.toISOString()
  if (!Array.isArray(param)) return String(param)
  return `{${param.map((item) => (item === null ? 'null' : JSON.stringify(textOf(item)))).join()}}`
}
