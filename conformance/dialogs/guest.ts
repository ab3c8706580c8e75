import { expect } from 'vitest'
import {
  dialogByObjectResponse,
  dialogListResponse,
  dialogResponse,
  errorResponse,
  joinedResponse,
  messageListResponse,
  messageResponse,
  participantListResponse,
  readResponse,
  type Dialog,
  type DialogListItem,
  type DialogsErrorCode,
  type Message,
  type Participant,
} from '@parley/wire/dialogs'
import { request, type Reply, type RequestOptions } from '../support/http.ts'
import { strict } from '../support/shape.ts'

/** Somebody who asks as the protocol's public SDK does: each request says who, what they may see, and that it is JSON. */
export interface Guest {
  id: string
  name: string
  /** Null on a server that trusts clients to name themselves. */
  token: string | null
  /** `GET /dialogs`: the method, and the path below `/api/v1`. */
  call: (what: string, body?: unknown, headers?: RequestOptions['headers']) => Promise<Reply>
  /** The same person, to whom something else is open. */
  within: (scopes: object) => Guest
}

export interface GuestOptions {
  url: () => string
  id: string
  name: string
  token: string | null
  scopes: object
}

export const scopeHeader = (scopes: object): string => Buffer.from(JSON.stringify(scopes)).toString('base64')

export function createGuest(options: GuestOptions): Guest {
  const { url, id, name, token, scopes } = options
  const habits = {
    'content-type': 'application/json',
    'x-scope-config': scopeHeader(scopes),
    ...(token !== null && { authorization: `Bearer ${token}` }),
  }
  return {
    id,
    name,
    token,
    call: (what, json, headers) => {
      const [method = '', path = ''] = what.split(' ')
      const target = new URL(`${url()}/api/v1${path}`)
      if (!target.searchParams.has('user_id')) target.searchParams.set('user_id', id)
      return request(method, target.href, { headers: { ...habits, ...headers }, json })
    },
    within: (others) => createGuest({ ...options, scopes: others }),
  }
}

interface Schema<T> {
  parse: (input: unknown) => T
}

/** What was asked for, by its schema: every field there, none beside. */
export function answered<T>(schema: Schema<T>, { status, body }: Reply, expected = 200): T {
  expect(`${status} ${JSON.stringify(body)}`).toMatch(new RegExp(`^${expected} `))
  return strict(schema, body)
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
  INTERNAL_ERROR: 500,
  UNAVAILABLE: 503,
}

/** Asserts the code, its status and the envelope, and returns the message. */
export function refusal(reply: Reply, code: DialogsErrorCode): string {
  expect({ status: reply.status, body: reply.body }).toMatchObject({
    status: STATUSES[code],
    body: { error: { code } },
  })
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
  const { message } = strict(errorResponse, reply.body).error
  expect(message).not.toBe('')
  return message
}

export async function listDialogs(guest: Guest, query = ''): Promise<DialogListItem[]> {
  return answered(dialogListResponse, await guest.call(`GET /dialogs${query}`)).data
}

export async function getDialog(guest: Guest, id: string): Promise<Dialog> {
  return answered(dialogResponse, await guest.call(`GET /dialogs/${id}`)).data
}

export async function dialogAbout(guest: Guest, type: string, id: string): Promise<DialogListItem | null> {
  const path = `/dialogs/by-object/${encodeURIComponent(type)}/${encodeURIComponent(id)}`
  return answered(dialogByObjectResponse, await guest.call(`GET ${path}`)).data
}

export async function listParticipants(guest: Guest, id: string): Promise<Participant[]> {
  return answered(participantListResponse, await guest.call(`GET /dialogs/${id}/participants`)).data
}

/** The caller's own standing in a dialog, as its list of participants says it. */
export async function standing(guest: Guest, id: string): Promise<Participant> {
  const own = (await listParticipants(guest, id)).find(({ user_id }) => user_id === guest.id)
  if (!own) throw new Error(`${guest.id} takes no part in ${id}`)
  return own
}

export async function join(guest: Guest, id: string, more: object = {}): Promise<void> {
  const profile = { display_name: guest.name, company: `Company of ${guest.name}`, ...more }
  const joined = answered(joinedResponse, await guest.call(`POST /dialogs/${id}/join`, profile))
  expect(joined.dialog_id).toBe(id)
}

export async function send(guest: Guest, id: string, content: string, more: object = {}): Promise<Message> {
  const body = { content, attachments: [], ...more }
  return answered(messageResponse, await guest.call(`POST /dialogs/${id}/messages`, body)).data
}

export async function listMessages(guest: Guest, id: string, query = '') {
  return answered(messageListResponse, await guest.call(`GET /dialogs/${id}/messages${query}`)).data
}

/** What people wrote, the oldest first, up to a hundred. */
export async function messagesOf(guest: Guest, id: string): Promise<Message[]> {
  const { messages } = await listMessages(guest, id, '?limit=100')
  return messages.filter(({ message_type }) => message_type === 'user')
}

export async function read(guest: Guest, id: string, last_read_message_id: string): Promise<void> {
  answered(readResponse, await guest.call(`POST /dialogs/${id}/read`, { last_read_message_id }))
}

export const contents = (messages: { content: string }[]): string[] => messages.map(({ content }) => content)
