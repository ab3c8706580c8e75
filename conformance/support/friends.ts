import { expect, beforeAll, afterEach } from 'vitest'
import {
  archiveResponse,
  chatListResponse,
  chatResponse,
  errorResponse,
  messageListResponse,
  messageResponse,
  readResponse,
  removalResponse,
  statsResponse,
  type Chat as Room,
  type ErrorResponse,
  type Message,
} from '@parley/wire/rooms'
import type { Chat } from './chat.ts'
import { loadDescription, type DescribedApi, type Input } from './described-api.ts'
import { putUser } from './host.ts'
import type { Reply } from './http.ts'
import { openLine, type Line, type LineOptions } from './line.ts'
import { strict } from './shape.ts'
import { TEAM_SECRET } from './team.ts'
import { jwt } from './tokens.ts'

const answers = {
  createChat: chatResponse,
  openPurchaseRequestChat: chatResponse,
  openSupportChat: chatResponse,
  listChats: chatListResponse,
  getChatStats: statsResponse,
  getChat: chatResponse,
  toggleArchived: archiveResponse,
  addParticipant: chatResponse,
  removeParticipant: removalResponse,
  listMessages: messageListResponse,
  sendMessage: messageResponse,
  sendFile: messageResponse,
  markRead: readResponse,
  editMessage: messageResponse,
  deleteMessage: messageResponse,
}
type Answers = typeof answers
type Data<Id extends keyof Answers> = ReturnType<Answers[Id]['parse']>['data']

/** Somebody with a token, who calls document 002's operations by the ids of their description. */
export interface Friend {
  id: string
  token: string
  headers: Record<string, string>
  /** Whatever is answered, by the description. */
  call: (operationId: string, input?: Input) => Promise<Reply>
  /** What is answered with 200 or 201. */
  ask: <Id extends keyof Answers>(operationId: Id, input?: Input) => Promise<Data<Id>>
}

interface FriendOptions {
  id?: string
  name?: string
  role?: 'user' | 'support' | 'admin'
  org?: string
}

/** People who talk through documents 002 and 003 on one server. */
export interface Friends {
  api: () => DescribedApi
  friend: (who?: FriendOptions) => Promise<Friend>
  friends: <Count extends number>(count: Count) => Promise<Many<Count>>
  /** An official client that is closed after the test. */
  line: (friend: Friend, options?: LineOptions) => Promise<Line>
  /** One more of them, that is made somewhere else. */
  keep: (line: Line) => Line
  /** Resolves once everything that a line of this friend is told so far has arrived. */
  settled: (friend: Friend, line: Line) => Promise<void>
}

type Many<Count extends number> = Count extends 2
  ? [Friend, Friend]
  : Count extends 3
    ? [Friend, Friend, Friend]
    : [Friend, Friend, Friend, Friend]

export const tokenOf = (id: string, seconds = 3600): string =>
  jwt(TEAM_SECRET, { sub: id, exp: Math.floor(Date.now() / 1000) + seconds })

export function useFriends(chat: Chat): Friends {
  let api: DescribedApi | undefined
  let last = 0
  const lines: Line[] = []
  const fences = new Map<string, string>()
  beforeAll(async () => {
    api = await loadDescription(() => chat.server().url, '/openapi/rooms.json')
  })
  afterEach(() => {
    for (const line of lines.splice(0)) line.close()
  })

  const described = () => {
    if (!api) throw new Error('the description is loaded before the first test')
    return api
  }
  const friend = async ({ id = `friend-${++last}`, name = id, role = 'user', org }: FriendOptions = {}) => {
    await putUser(chat.server(), id, { display_name: name, role, ...(org !== undefined && { org }) })
    return createFriend(described, id)
  }
  const keep = (line: Line) => {
    lines.push(line)
    return line
  }

  return {
    api: described,
    friend,
    // As many as are asked for.
    friends: async (count) =>
      (await Promise.all(Array.from({ length: count }, () => friend()))) as Many<typeof count>,
    line: async ({ token }, options = {}) =>
      keep(await openLine(chat.server().url, { auth: { token }, ...options })),
    keep,
    async settled(owner, line) {
      const fence = fences.get(owner.id) ?? (await room(owner, [await friend()], { title: 'fence' }))._id
      fences.set(owner.id, fence)
      await line.act('join-chat-room', fence)
      // Twice: events that are numbered together need not arrive in the order of their causes.
      for (const text of ['fence', 'second fence']) {
        const { _id } = await say(owner, fence, text)
        await line.next('new-message', ({ message }) => message._id === _id)
      }
    },
  }
}

function createFriend(api: () => DescribedApi, id: string): Friend {
  const token = tokenOf(id)
  const headers = { authorization: `Bearer ${token}` }
  const call = (operationId: string, input: Input = {}) => api().call(operationId, input, headers)
  return {
    id,
    token,
    headers,
    call,
    async ask<Id extends keyof Answers>(operationId: Id, input: Input = {}) {
      const reply = await call(operationId, input)
      expect([200, 201], `${operationId} ${JSON.stringify(reply.body)}`).toContain(reply.status)
      // The compiler does not follow which schema belongs to which operation.
      return strict<{ data: unknown }>(answers[operationId], reply.body).data as Data<Id>
    },
  }
}

export async function room(owner: Friend, others: Friend[], input: Input = {}): Promise<Room> {
  const participantIds = others.map(({ id }) => id)
  return (await owner.ask('createChat', { type: 'group', participantIds, ...input })).chat
}

export async function pairOf(one: Friend, other: Friend): Promise<Room> {
  return (await one.ask('createChat', { participantIds: [other.id] })).chat
}

export async function say(sender: Friend, id: string, content: string, input: Input = {}): Promise<Message> {
  return (await sender.ask('sendMessage', { id, content, ...input })).message
}

/** The newest first. */
export async function messagesOf(reader: Friend, id: string, input: Input = {}): Promise<Message[]> {
  return (await reader.ask('listMessages', { id, limit: 100, ...input })).messages
}

/** Everything, the oldest first. */
export async function historyOf(reader: Friend, id: string): Promise<Message[]> {
  const found: Message[] = []
  for (let page: Message[]; (page = await messagesOf(reader, id, before(found.at(-1)))).length > 0;)
    found.push(...page)
  return found.reverse()
}

const before = (oldest: Message | undefined) => (oldest ? { before: oldest._id } : {})

/** Asserts the status and the envelope, and returns the message. */
export function refusal(reply: Reply, status: number, code: ErrorResponse['error']['code']): string {
  expect({ status: reply.status, body: reply.body }).toMatchObject({ status, body: { error: { code } } })
  const { message } = strict(errorResponse, reply.body).error
  expect(message).not.toBe('')
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
  return message
}
