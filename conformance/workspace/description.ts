import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { problem } from '../support/colleague.ts'
import { request } from '../support/http.ts'
import { say, group, type Team } from '../support/team.ts'

/** The document's table, and what its sibling documents add. */
const paths: Record<string, string> = {
  'get-subscribe-token': '/chat/subscribe-token',
  'send-message': '/chat/messages/send',
  'list-messages': '/chat/messages/list',
  'search-messages': '/chat/messages/search',
  'edit-message': '/chat/messages/{id}/update',
  'delete-message': '/chat/messages/{id}/delete',
  'send-typing': '/chat/typing/send',
  'add-reaction': '/chat/messages/{id}/reactions/add',
  'remove-reaction': '/chat/messages/{id}/reactions/remove',
  'pin-message': '/chat/messages/{id}/pin',
  'unpin-message': '/chat/messages/{id}/unpin',
  'list-conversations': '/chat/conversations/list',
  'create-conversation': '/chat/conversations/create',
  'get-conversation': '/chat/conversations/{id}/get',
  'update-conversation': '/chat/conversations/{id}/update',
  'archive-conversation': '/chat/conversations/{id}/archive',
  'convert-conversation': '/chat/conversations/{id}/convert',
  'add-conversation-member': '/chat/conversations/{id}/members/add',
  'remove-conversation-member': '/chat/conversations/{id}/members/remove',
  'leave-conversation': '/chat/conversations/{id}/leave',
  'mark-conversation-read': '/chat/conversations/{id}/read',
  'update-conversation-preferences': '/chat/conversations/{id}/preferences/update',
  'list-pinned-messages': '/chat/conversations/{id}/pins/list',
  'list-conversation-attachments': '/chat/conversations/{id}/attachments/list',
  'chat-attachment-upload-ticket': '/chat/attachments/upload-ticket',
  'chat-attachment-finalize': '/chat/attachments/finalize',
  'get-connection-token': '/realtime/token',
  'presence-heartbeat': '/presence/heartbeat',
  'update-presence-status': '/presence/status/update',
  'get-presence-status': '/presence/status/get',
}

export function description(team: Team, chat: Chat) {
  describe('GET /openapi/workspace.json', () => {
    test('is OpenAPI 3.1, with every operation by its id at its path, each a POST, and no other', () => {
      const { document, operations } = team.api()
      expect(document['openapi']).toMatch(/^3\.1\.\d+$/)
      const described = Object.fromEntries([...operations].map(([id, { path }]) => [id, path]))
      expect(described).toEqual(paths)
      for (const { method } of operations.values()) expect(method).toBe('POST')
    })

    test('refers to nothing that is not there, and says how each operation refuses', () => {
      const { document, operations } = team.api()
      for (const [, path = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
        const step = (node: unknown, key: string) => (node as Record<string, unknown> | undefined)?.[key]
        expect(path.split('/').reduce<unknown>(step, document), path).toBeDefined()
      }
      for (const { operationId, path, parameters = [], requestBody, responses } of operations.values()) {
        const expected = [
          '401',
          '403',
          '429',
          ...(requestBody ? ['422'] : []),
          ...(path.includes('{id}') ? ['404'] : []),
        ]
        expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(expected))
        expect(parameters.map(({ name }) => `{${name}}`)).toEqual(path.includes('{id}') ? ['{id}'] : [])
      }
    })

    test('has a reference page', async () => {
      const page = await request('GET', `${chat.server().url}/docs/workspace/`)
      expect(page.status).toBe(200)
      expect(page.bytes.toString()).toContain('/openapi/workspace.json')
    })
  })

  describe('conventions', () => {
    test('anything but a POST is 405, an unknown operation 404, as problem details', async () => {
      const { headers } = await team.colleague()
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
        const reply = await request(method, `${chat.server().url}/chat/conversations/list`, { headers })
        problem(reply, '/problems/method-not-allowed', 405)
        expect(reply.headers.get('allow')).toBe('POST')
      }
      const reply = await request('POST', `${chat.server().url}/chat/nothing`, { headers })
      problem(reply, '/problems/not-found', 404)
    })

    test('names each field at fault', async () => {
      const someone = await team.colleague()
      const wrong = (operationId: string, input: Record<string, unknown>) =>
        team.api().callWrongly(operationId, input, someone.headers)
      const { id } = await group(someone)
      const { id: messageId } = await say(someone, id, 'x')
      const cases: [string, Record<string, unknown>, string[]][] = [
        ['send-message', { conversationId: 7, content: 7 }, ['conversationId', 'content']],
        ['send-message', { conversationId: id, content: ' ' }, ['content']],
        ['send-message', { conversationId: id, content: 'a', clientMsgId: '' }, ['clientMsgId']],
        ['send-message', { conversationId: id, content: 'a', replyToId: '9007199254740991' }, ['replyToId']],
        ['send-message', { conversationId: id, content: 'a', mentions: ['nobody'] }, ['mentions']],
        ['list-messages', { conversationId: id, before: messageId, after: messageId }, ['after']],
        ['list-messages', { conversationId: id, limit: 101 }, ['limit']],
        ['list-conversations', { filter: 'hidden' }, ['filter']],
        ['list-conversations', { cursor: 'forged' }, ['cursor']],
        ['search-messages', { query: 'a' }, ['query']],
        ['create-conversation', { type: 'dm' }, ['memberIds']],
        ['create-conversation', { type: 'channel' }, ['name']],
        ['create-conversation', { type: 'group', visibility: 'org' }, ['visibility']],
        ['create-conversation', { type: 'group', memberIds: ['nobody'] }, ['memberIds']],
        ['update-conversation-preferences', { id, muteUntil: 'tomorrow' }, ['muteUntil']],
        ['update-conversation-preferences', { id, notifyLevel: 'some' }, ['notifyLevel']],
        ['mark-conversation-read', { id, lastReadMessageId: '0' }, ['lastReadMessageId']],
        ['add-reaction', { id: messageId, emoji: '' }, ['emoji']],
        ['add-conversation-member', { id, userIds: [] }, ['userIds']],
        ['chat-attachment-upload-ticket', { conversationId: id, size: 0 }, ['filename', 'mimeType', 'size']],
        ['chat-attachment-finalize', { attachmentId: 'x', messageId: 7 }, ['attachmentId', 'messageId']],
        ['list-conversation-attachments', { id, cursor: 'forged' }, ['cursor']],
        ['update-presence-status', { status: 'asleep' }, ['status']],
      ]
      for (const [operationId, input, fields] of cases) {
        const reply = await wrong(operationId, input)
        expect([operationId, input, Object.keys(problem(reply, '/problems/invalid', 422) ?? {})]).toEqual([
          operationId,
          input,
          fields,
        ])
      }
    })

    test('ignores fields that it does not know, and takes no body for an empty one', async () => {
      const someone = await team.colleague()
      await someone.ask('list-conversations', { unheardOf: true })
      const url = `${chat.server().url}/chat/conversations/list`
      expect((await request('POST', url, { headers: someone.headers })).status).toBe(200)
    })
  })
}
