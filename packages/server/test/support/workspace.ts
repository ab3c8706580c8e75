import {
  conversationResponse,
  messageResponse,
  problemSchema,
  uploadTicketResponse,
} from '@parley/wire/workspace'
import type { Conversation, Message, Problem } from '@parley/wire/workspace'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { openSession } from '../../src/core/sessions.ts'
import { putUser } from '../../src/core/users.ts'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/logger.ts'
import { createServer } from '../../src/server.ts'
import type { Server } from '../../src/server.ts'
import { hs256, SECRETS } from '../tokens.ts'

export interface Person {
  id: string
  token: string
}

export interface Reply {
  status: number
  headers: Record<string, unknown>
  /** Null where there is none. */
  body: unknown
}

export interface Workspace {
  server: Server
  /** Somebody of an organisation, `acme` where nothing is said. */
  person(options?: { org?: string | null; role?: 'user' | 'admin' }): Promise<Person>
  /** The cookie of a new session, and its CSRF token. */
  session(person: Person): Promise<{ cookie: string; csrfToken: string }>
  request(path: string, headers: Record<string, string>, body?: unknown): Promise<Reply>
  call(person: Person, path: string, body?: unknown): Promise<Reply>
  conversation(person: Person, body: object): Promise<Conversation>
  send(person: Person, conversationId: string, content: string): Promise<Message>
  /** Uploads a text; returns the id of its attachment. */
  upload(person: Person, conversationId: string, text: Buffer): Promise<string>
  close(): Promise<void>
}

let lastId = 0

/** The whole server on a database of its own, asked through HTTP. */
export async function openWorkspace(
  db: Database,
  environment: Record<string, string> = {},
): Promise<Workspace> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-test-'))
  const config = readConfig({
    PARLEY_DATA: folder,
    PARLEY_LOG_LEVEL: 'silent',
    PARLEY_PUBLIC_URL: 'https://chat.example.com',
    PARLEY_LINK_PREVIEWS: 'false',
    PARLEY_JWT_SECRETS: SECRETS.join(','),
    ...environment,
  })
  const server = await createServer({ config, db, logger: createLogger('silent'), version: 'test' })

  async function request(url: string, headers: Record<string, string>, body?: unknown): Promise<Reply> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const reply = await server.app.inject({
      method: 'POST',
      url,
      headers: { ...json, ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    })
    const text = reply.payload
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: text === '' ? null : (JSON.parse(text) as unknown),
    }
  }

  const call = ({ token }: Person, url: string, body?: unknown) =>
    request(url, { authorization: `Bearer ${token}` }, body)

  return {
    server,
    async person({ org = 'acme', role = 'user' } = {}) {
      const id = `user-${++lastId}`
      await putUser(server.chat, { id, displayName: id, avatarUrl: null, role, orgId: org })
      return { id, token: await hs256({ sub: id, exp: Math.floor(Date.now() / 1000) + 3600 }) }
    },
    async session({ id }) {
      const { session, csrfToken } = await openSession(server.chat, id, 60)
      return { cookie: `${config.sessionCookie}=${session}`, csrfToken }
    },
    request,
    call,
    async conversation(person, body) {
      const reply = await call(person, '/chat/conversations/create', body)
      expect(reply).toMatchObject({ status: 201 })
      return exact(conversationResponse, reply.body).data
    },
    async send(person, conversationId, content) {
      const reply = await call(person, '/chat/messages/send', { conversationId, content })
      expect(reply).toMatchObject({ status: 201 })
      return exact(messageResponse, reply.body).data
    },
    async upload(person, conversationId, payload) {
      const file = { conversationId, filename: 'notes.txt', mimeType: 'text/plain', size: payload.length }
      const reply = await call(person, '/chat/attachments/upload-ticket', file)
      const { attachmentId, uploadUrl, headers } = uploadTicketResponse.parse(reply.body).data
      const url = uploadUrl.slice(uploadUrl.indexOf('/uploads/'))
      expect((await server.app.inject({ method: 'PUT', url, headers, payload })).statusCode).toBe(204)
      return attachmentId
    },
    async close() {
      await server.close()
      fs.rmSync(folder, { recursive: true })
    },
  }
}

interface Schema<T> {
  parse: (input: unknown) => T
}

/** The body by its schema: every field there, none beside. */
export function exact<T>(schema: Schema<T>, body: unknown): T {
  const parsed = schema.parse(body)
  expect(body).toStrictEqual(parsed)
  return parsed
}

/** A refusal in the dialect's words; returns what it says of fields. */
export function problem({ status, headers, body }: Reply, type: Problem['type']): Problem['errors'] {
  expect(body).toMatchObject({ type })
  const parsed = exact(problemSchema, body)
  expect(parsed.status).toBe(status)
  expect(headers['content-type']).toMatch(/^application\/problem\+json/)
  expect([parsed.title, parsed.detail]).not.toContain('')
  return parsed.errors
}
