import { expect } from 'vitest'
import {
  attachmentListResponse,
  attachmentResponse,
  connectionTokenResponse,
  conversationListResponse,
  conversationResponse,
  messageListResponse,
  messageResponse,
  preferencesResponse,
  problemSchema,
  statusListResponse,
  subscribeTokenResponse,
  uploadTicketResponse,
  type Problem,
} from '@parley/wire/workspace'
import type { DescribedApi, Input } from './described-api.ts'
import type { Reply } from './http.ts'
import { exact } from './shape.ts'

// Somebody of an organisation, who calls operations by their ids.

const answers = {
  'get-subscribe-token': subscribeTokenResponse,
  'get-connection-token': connectionTokenResponse,
  'send-message': messageResponse,
  'edit-message': messageResponse,
  'list-messages': messageListResponse,
  'search-messages': messageListResponse,
  'list-pinned-messages': messageListResponse,
  'list-conversation-attachments': attachmentListResponse,
  'chat-attachment-upload-ticket': uploadTicketResponse,
  'chat-attachment-finalize': attachmentResponse,
  'list-conversations': conversationListResponse,
  'create-conversation': conversationResponse,
  'get-conversation': conversationResponse,
  'update-conversation': conversationResponse,
  'convert-conversation': conversationResponse,
  'update-conversation-preferences': preferencesResponse,
  'get-presence-status': statusListResponse,
}
type Answers = typeof answers

export interface Colleague {
  id: string
  headers: Record<string, string>
  /** Whatever is answered, by the description. */
  call: (operationId: string, input?: Input) => Promise<Reply>
  /** What is answered with 200 or 201. */
  ask: <Id extends keyof Answers>(operationId: Id, input?: Input) => Promise<ReturnType<Answers[Id]['parse']>>
  /** What is answered with 204. */
  run: (operationId: string, input?: Input) => Promise<void>
}

export function createColleague(
  api: () => DescribedApi,
  id: string,
  headers: Record<string, string>,
): Colleague {
  const call = (operationId: string, input: Input = {}) => api().call(operationId, input, headers)
  return {
    id,
    headers,
    call,
    async ask<Id extends keyof Answers>(operationId: Id, input: Input = {}) {
      const reply = await call(operationId, input)
      expect([200, 201], `${operationId} ${JSON.stringify(reply.body)}`).toContain(reply.status)
      // The compiler does not follow which schema belongs to which operation.
      return exact<unknown>(answers[operationId], reply.body) as ReturnType<Answers[Id]['parse']>
    },
    async run(operationId, input = {}) {
      const reply = await call(operationId, input)
      expect(reply.status, `${operationId} ${JSON.stringify(reply.body)}`).toBe(204)
    },
  }
}

/** A refusal as RFC 9457 writes it; returns what it says of the fields. */
export function problem(reply: Reply, type: Problem['type'], status: number): Problem['errors'] {
  const found = exact(problemSchema, reply.body)
  expect({ type: found.type, status: found.status, answered: reply.status }).toEqual({
    type,
    status,
    answered: status,
  })
  expect(reply.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect([found.title, found.detail]).not.toContain('')
  return found.errors
}
