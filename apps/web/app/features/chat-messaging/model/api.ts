import {
  acknowledgement,
  conversationListResponse,
  conversationResponse,
  messageListResponse,
  messageResponse,
  onlineResponse,
  unreadCountResponse,
} from '@parley/wire/marketplace'
import type { ConversationFilter } from '#chat/entities/conversation/model/conversations.ts'
import type { request as callServer } from '#chat/shared/api/client.ts'

export type Request = typeof callServer
export type ChatApi = ReturnType<typeof chatApi>

interface PageQuery {
  limit?: number
  cursor?: string
}

/** The requests of document 000. */
export function chatApi(request: Request) {
  const conversations = '/api/vendor/conversations'
  const one = (id: number) => `${conversations}/${id}`
  return {
    listConversations: (filter: ConversationFilter, page: PageQuery) =>
      request('GET', conversations, conversationListResponse, {
        query: { ...page, ...(filter === 'unread' && { filter }) },
      }),
    getConversation: async (id: number) => (await request('GET', one(id), conversationResponse)).data,
    openConversation: async (productId: number) =>
      (await request('POST', conversations, conversationResponse, { body: { product_id: productId } })).data,
    removeConversation: (id: number) => request('DELETE', one(id), acknowledgement),
    countUnread: async () =>
      (await request('GET', `${conversations}/unread-count`, unreadCountResponse)).data.total_unread,
    listMessages: (id: number, page: PageQuery, signal: AbortSignal) =>
      request('GET', `${one(id)}/messages`, messageListResponse, { query: { ...page }, signal }),
    sendText: async (id: number, text: string, { key, signal }: { key: string; signal: AbortSignal }) =>
      (
        await request('POST', `${one(id)}/messages`, messageResponse, {
          body: { text },
          idempotencyKey: key,
          signal,
        })
      ).data,
    markRead: (id: number) => request('POST', `${one(id)}/read`, acknowledgement),
    markDelivered: (id: number, lastMessageId: number) =>
      request('POST', `${one(id)}/delivered`, acknowledgement, { body: { last_message_id: lastMessageId } }),
    tellTyping: (id: number) => request('POST', `${one(id)}/typing`, acknowledgement),
    getPresence: async (userId: number) =>
      (await request('GET', `/api/vendor/users/${userId}/online`, onlineResponse)).data,
  }
}
