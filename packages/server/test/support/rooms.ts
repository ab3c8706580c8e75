import { chatResponse, errorResponse, messageResponse } from '@parley/wire/rooms'
import type { Chat, ErrorResponse, Message } from '@parley/wire/rooms'
import type { HTTPMethods } from 'fastify'
import { expect } from 'vitest'
import type { User } from '../../src/core/types.ts'
import { putUser } from '../../src/core/users.ts'
import type { Database } from '../../src/db/database.ts'
import type { Server } from '../../src/server.ts'
import { hs256 } from '../tokens.ts'
import { exact, openWorkspace } from './workspace.ts'
import type { Person, Reply, Workspace } from './workspace.ts'

interface Asked {
  /** `POST /1/messages`: without what every path begins with. */
  what: string
  headers: Record<string, string>
  /** What JSON can say, or a form. */
  body?: unknown
}

export interface Rooms {
  workspace: Workspace
  server: Server
  person(profile?: Partial<Pick<User, 'role' | 'orgId'>>): Promise<Person>
  request(asked: Asked): Promise<Reply>
  ask(person: Person, what: string, body?: unknown): Promise<Reply>
  /** A new one, by what it is started with. */
  chat(person: Person, body: object, path?: string): Promise<Chat>
  send(person: Person, chatId: string, content: string): Promise<Message>
  close(): Promise<void>
}

let lastId = 0

/** The whole server on a database of its own, asked through `/api/chat`. */
export async function openRooms(db: Database, environment: Record<string, string> = {}): Promise<Rooms> {
  const workspace = await openWorkspace(db, environment)
  const { server } = workspace

  async function request({ what, headers, body }: Asked): Promise<Reply> {
    const [method, path] = what.split(' ') as [HTTPMethods, string]
    const { type, payload } = await written(body)
    const reply = await server.app.inject({
      method,
      url: `/api/chat${path}`,
      headers: { ...(type !== null && { 'content-type': type }), ...headers },
      payload,
    })
    return { status: reply.statusCode, headers: reply.headers, body: reply.json<unknown>() }
  }

  const ask = ({ token }: Person, what: string, body?: unknown) =>
    request({ what, headers: { authorization: `Bearer ${token}` }, body })

  return {
    workspace,
    server,
    async person({ role = 'user', orgId = null } = {}) {
      const id = `guest-${++lastId}`
      await putUser(server.chat, { id, displayName: `Name of ${id}`, avatarUrl: null, role, orgId })
      return { id, token: await hs256({ sub: id, exp: Math.floor(Date.now() / 1000) + 3600 }) }
    },
    request,
    ask,
    async chat(person, body, path = '') {
      const reply = await ask(person, `POST ${path}`, body)
      expect(reply).toMatchObject({ status: 201 })
      return exact(chatResponse, reply.body).data.chat
    },
    async send(person, chatId, content) {
      const reply = await ask(person, `POST /${chatId}/messages`, { content })
      expect(reply).toMatchObject({ status: 201 })
      return exact(messageResponse, reply.body).data.message
    },
    close: workspace.close,
  }
}

async function written(body: unknown): Promise<{ type: string | null; payload: Buffer }> {
  if (body === undefined) return { type: null, payload: Buffer.alloc(0) }
  const response = body instanceof FormData ? new Response(body) : Response.json(body)
  return { type: response.headers.get('content-type'), payload: Buffer.from(await response.arrayBuffer()) }
}

/** A form with a file and whatever else, in this order. */
export function form(...parts: [name: string, value: string | File][]): FormData {
  const data = new FormData()
  for (const [name, value] of parts) data.append(name, value)
  return data
}

export const textFile = (text = '0123456789', name = 'notes.txt') =>
  new File([text], name, { type: 'text/plain' })

/** A refusal in the dialect's words; returns its message. */
export function refusal({ status, body }: Reply, code: ErrorResponse['error']['code']): string {
  expect(body).toMatchObject({ success: false, error: { code } })
  expect(status).toBe(STATUSES[code])
  return exact(errorResponse, body).error.message
}

const STATUSES: Record<ErrorResponse['error']['code'], number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_type: 415,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
}
