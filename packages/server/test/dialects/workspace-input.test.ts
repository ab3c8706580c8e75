import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { openWorkspace, problem } from '../support/workspace.ts'
import type { Workspace } from '../support/workspace.ts'
import { operations, setScene } from '../support/workspace-operations.ts'
import type { Scene } from '../support/workspace-operations.ts'

const NUL = 'a\0b'
const HALF = 'a\ud83d'
const long = (length: number) => '😀'.repeat(length)
const many = (length: number) => Array.from({ length }, (_, n) => `user-${n}`)

/** What may be wrong with any text, id or list of a body. */
const ids = [undefined, null, 7, '', '0', '-1', '07', '1.5', 'abc', '9007199254740992', '12345678901234567']
const limits = [0, 101, 1.5, '10', null]
const cursors = [7, 'garbage', 'x'.repeat(513)]

/** For each operation: its fields, and what is refused in them. */
const refused: Record<string, Record<string, unknown[]>> = {
  'get-subscribe-token': { conversationId: ids },
  'send-message': {
    conversationId: ids,
    content: [undefined, null, 7, '', '  \n', NUL, long(10_001)],
    clientMsgId: [null, 7, '', NUL, HALF, 'x'.repeat(256)],
    replyToId: [...ids.slice(1), '9007199254740991'],
    mentions: [null, 'user-1', many(101), ['nobody']],
    'mentions.0': [[7], [''], [NUL], [HALF], ['x'.repeat(256)]],
  },
  'list-messages': {
    conversationId: ids,
    before: [...ids.slice(1), '9007199254740991'],
    after: [...ids.slice(1), '9007199254740991'],
    around: [...ids.slice(1), '9007199254740991'],
    limit: limits,
  },
  'search-messages': {
    query: [undefined, null, 7, '', 'a', ' a ', NUL, 'x'.repeat(201)],
    conversationId: ids.slice(1),
    cursor: cursors,
    limit: limits,
  },
  'edit-message': { content: [undefined, null, 7, '', '  \n', NUL, long(10_001)] },
  'send-typing': { conversationId: ids },
  'add-reaction': { emoji: [undefined, null, 7, '', ' ', NUL, 'a\nb', long(65)] },
  'remove-reaction': { emoji: [undefined, null, 7, '', ' ', NUL, 'a\nb', long(65)] },
  'list-conversations': { filter: [null, 7, '', 'mine'], cursor: cursors, limit: limits },
  'create-conversation': {
    type: [undefined, null, 7, '', 'direct'],
    visibility: [null, 7, 'public', 'org'],
    historyMode: [null, 7, 'none'],
    name: [null, 7, '', ' ', NUL, long(256)],
    description: [null, 7, NUL, long(4001)],
    memberIds: [null, 'user-1', many(1001), ['nobody']],
    'memberIds.0': [[7], [''], [NUL], [HALF], ['x'.repeat(256)]],
  },
  'update-conversation': {
    name: [7, '', ' ', NUL, long(256)],
    description: [7, NUL, long(4001)],
    visibility: [null, 7, 'public', 'org'],
  },
  'convert-conversation': { name: [null, 7, '', ' ', NUL, long(256)] },
  'add-conversation-member': {
    userIds: [undefined, null, 'user-1', [], many(1001), ['nobody']],
    'userIds.0': [[7], [''], [NUL], [HALF], ['x'.repeat(256)]],
  },
  'remove-conversation-member': { userId: [undefined, null, 7, '', NUL, HALF, 'x'.repeat(256)] },
  'mark-conversation-read': { lastReadMessageId: ids.slice(1) },
  'update-conversation-preferences': {
    starred: [null, 1, 'true'],
    muteUntil: [7, '', 'tomorrow', '2026-02-30T00:00:00Z', '2026-02-11', '2026-02-11T18:51:59'],
    notifyLevel: [null, 7, 'some'],
  },
  'list-pinned-messages': { cursor: cursors, limit: limits },
  'update-presence-status': { status: [undefined, null, 7, '', 'asleep'] },
  'get-presence-status': {
    userIds: [undefined, null, 'user-1', [], many(1001)],
    'userIds.0': [[7], [''], [NUL], [HALF], ['x'.repeat(256)]],
  },
}

const table = Object.entries(refused).flatMap(([name, fields]) =>
  Object.entries(fields).map(([field, values]) => [name, field, values] as const),
)

eachStore('input of the workspace', (database) => {
  let workspace: Workspace
  let scene: Scene

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    scene = await setScene(workspace)
  })
  afterAll(() => workspace.close())

  async function call(name: string, change: object) {
    const { path, body, statuses } = operations[name] ?? expect.fail(name)
    const person = statuses.owner < 300 ? scene.owner : scene.member
    return workspace.call(person, path(scene), { ...body?.(scene), ...change })
  }

  it.each(table)('%s names %s, whatever is wrong with it', async (name, field, values) => {
    const [top = field] = field.split('.')
    for (const value of values) {
      const reply = await call(name, { [top]: value })
      expect([value, reply.status, reply.body]).toEqual([value, 422, reply.body])
      const errors = problem(reply, '/problems/invalid') ?? {}
      expect([value, Object.keys(errors)]).toEqual([value, [field]])
      expect(errors[field]?.join('')).toMatch(/^(?!Invalid|Too )./)
    }
  })

  describe('says the limit', () => {
    it.each([
      ['send-message', { content: long(10_001) }, { content: ['must have at most 10000 characters'] }],
      ['list-messages', { limit: 101 }, { limit: ['must be at most 100'] }],
      [
        'get-subscribe-token',
        { conversationId: 'x' },
        { conversationId: ['must be an id: a decimal string'] },
      ],
      ['update-conversation', { name: long(256) }, { name: ['must have at most 255 characters'] }],
      ['list-conversations', { cursor: 'garbage' }, { cursor: ['The cursor is not valid.'] }],
    ])('in %s', async (name, change, errors) => {
      expect(problem(await call(name, change), '/problems/invalid')).toEqual(errors)
    })
  })

  it('names every field that is wrong', async () => {
    const reply = await call('send-message', { conversationId: '', content: '', clientMsgId: '' })
    const errors = problem(reply, '/problems/invalid') ?? {}
    expect(Object.keys(errors)).toEqual(['conversationId', 'clientMsgId', 'content'])
  })

  it('takes one of before, after and around', async () => {
    const { id } = scene.message
    for (const [first, second] of [
      ['before', 'after'],
      ['after', 'around'],
      ['before', 'around'],
    ] as const) {
      const reply = await call('list-messages', { [first]: id, [second]: id })
      const message = 'only one of before, after and around may be given'
      expect(problem(reply, '/problems/invalid')).toEqual({ [second]: [message] })
    }
  })

  it.each(['dm', 'group', 'channel'])('asks of a %s what it needs', async (type) => {
    const errors = problem(
      await call('create-conversation', { type, visibility: 'org' }),
      '/problems/invalid',
    )
    expect(Object.keys(errors ?? {})).toEqual([type === 'channel' ? 'name' : 'visibility'])
  })

  it('ignores what it does not know, and takes nothing for an empty body', async () => {
    expect((await call('send-message', { colour: 'red', mentions: [] })).status).toBe(201)
    expect((await workspace.call(scene.owner, '/chat/conversations/list')).status).toBe(200)
  })

  it.each(['/get', '/messages', ''])('finds nothing under an id that is none: %s', async (rest) => {
    for (const id of ['0', 'abc', '9007199254740992', '%ff', '1e3']) {
      const reply = await workspace.call(scene.owner, `/chat/conversations/${id}${rest}`, {})
      expect(reply.status).toBe(404)
      problem(reply, '/problems/not-found')
    }
  })
})
