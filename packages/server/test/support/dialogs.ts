import {
  dialogListResponse,
  dialogResponse,
  errorResponse,
  managedDialogResponse,
  messageResponse,
} from '@parley/wire/dialogs'
import type {
  AccessScope,
  Dialog,
  DialogListItem,
  DialogsErrorCode,
  ManagedDialog,
  Message,
} from '@parley/wire/dialogs'
import type { HTTPMethods } from 'fastify'
import { expect } from 'vitest'
import { putUser } from '../../src/core/users.ts'
import type { Database } from '../../src/db/database.ts'
import type { Server } from '../../src/server.ts'
import { hs256 } from '../tokens.ts'
import { exact, openWorkspace } from './workspace.ts'
import type { Person, Reply } from './workspace.ts'

export const ADMIN_TOKENS = ['first-admin-token-of-32-characters', 'second-admin-token-of-32-characters']

interface Asked {
  /** `GET /dialogs`: without what every path begins with. */
  what: string
  headers?: Record<string, string>
  body?: unknown
}

export interface Dialogs {
  server: Server
  person(): Promise<Person>
  /** Somebody who is there already. */
  signIn(id: string): Promise<Person>
  request(asked: Asked): Promise<Reply>
  /** As somebody, as the protocol's own client does: with `user_id` and a JSON content type. */
  ask(person: Person, what: string, more?: { body?: unknown; scopes?: object }): Promise<Reply>
  manage(what: string, body?: unknown, token?: string): Promise<Reply>
  /** A new one of these people. */
  open(people: Person[], more?: object): Promise<ManagedDialog>
  get(person: Person, id: string): Promise<Dialog>
  list(person: Person, query?: string, scopes?: object): Promise<DialogListItem[]>
  send(person: Person, id: string, content: string): Promise<Message>
  close(): Promise<void>
}

let lastId = 0

/** The whole server on a database of its own, asked through `/api/v1`. */
export async function openDialogs(db: Database, environment: Record<string, string> = {}): Promise<Dialogs> {
  const env = { PARLEY_ADMIN_TOKENS: ADMIN_TOKENS.join(','), ...environment }
  const { server, close } = await openWorkspace(db, env)

  async function request({ what, headers = {}, body }: Asked): Promise<Reply> {
    const [method, path] = what.split(' ') as [HTTPMethods, string]
    const reply = await server.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    })
    const text = reply.payload
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: text === '' ? null : (JSON.parse(text) as unknown),
    }
  }

  const ask: Dialogs['ask'] = ({ id, token }, what, { body, scopes } = {}) =>
    request({
      what: `${what}${what.includes('?') ? '&' : '?'}user_id=${encodeURIComponent(id)}`,
      headers: { authorization: `Bearer ${token}`, ...(scopes && { 'x-scope-config': scopeHeader(scopes) }) },
      body,
    })

  const manage: Dialogs['manage'] = (what, body, token = ADMIN_TOKENS[0] ?? '') =>
    request({
      what: what.replace(' ', ' /management'),
      headers: { authorization: `Bearer ${token}` },
      body,
    })

  async function signIn(id: string): Promise<Person> {
    return { id, token: await hs256({ sub: id, exp: Math.floor(Date.now() / 1000) + 3600 }) }
  }

  return {
    server,
    async person() {
      // Those who came at once are in the order of their ids.
      const id = `guest-${String(++lastId).padStart(6, '0')}`
      await putUser(server.chat, {
        id,
        displayName: `Name of ${id}`,
        avatarUrl: null,
        role: 'user',
        orgId: null,
      })
      return signIn(id)
    },
    signIn,
    request,
    ask,
    manage,
    async open(people, more = {}) {
      const participants = people.map(({ id }) => ({ user_id: id, display_name: `Dialog name of ${id}` }))
      const object = { object_id: `order-${++lastId}`, object_type: 'order' }
      return succeeded(
        managedDialogResponse,
        await manage('POST /dialogs', { ...object, participants, ...more }),
      ).data
    },
    get: async (person, id) => succeeded(dialogResponse, await ask(person, `GET /dialogs/${id}`)).data,
    list: async (person, query = '', scopes) =>
      succeeded(dialogListResponse, await ask(person, `GET /dialogs${query}`, scopes && { scopes })).data,
    send: async (person, id, content) =>
      succeeded(messageResponse, await ask(person, `POST /dialogs/${id}/messages`, { body: { content } }))
        .data,
    close,
  }
}

export const scopeHeader = (scopes: unknown) => Buffer.from(JSON.stringify(scopes)).toString('base64')

export const scope = (level0: string[], level1: string[] = [], level2: string[] = []): AccessScope => ({
  scope_level0: level0,
  scope_level1: level1,
  scope_level2: level2,
})

interface Schema<T> {
  parse: (input: unknown) => T
}

/** What was asked for, by its schema: every field there, none beside. */
export function succeeded<T>(schema: Schema<T>, { status, body }: Reply, expected = 200): T {
  expect([status, body]).toEqual([expected, body])
  return exact(schema, body)
}

/** A refusal in the protocol's words; returns its message. */
export function refusal({ status, body }: Reply, code: DialogsErrorCode): string {
  expect(body).toMatchObject({ error: { code } })
  expect(status).toBe(STATUSES[code])
  return exact(errorResponse, body).error.message
}

const STATUSES: Record<DialogsErrorCode, number> = {
  VALIDATION_ERROR: 400,
  ALREADY_PARTICIPANT: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  SCOPE_MISMATCH: 403,
  NOT_PARTICIPANT: 403,
  NOT_MESSAGE_AUTHOR: 403,
  NOT_FOUND: 404,
  DIALOG_NOT_FOUND: 404,
  MESSAGE_NOT_FOUND: 404,
  ATTACHMENT_NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL_ERROR: 500,
}
