import { expect } from 'vitest'
import {
  acknowledgement,
  conversationListResponse,
  conversationResponse,
  messageHitListResponse,
  messageListResponse,
  messageResponse,
  unreadCountResponse,
  type Conversation,
  type Message,
} from '@parley/wire/marketplace'
import type { Reply, RequestOptions } from './http.ts'
import type { Person } from './person.ts'
import { exact } from './shape.ts'

// What people do, each with its documented answer asserted: status, literal acknowledgement, exact shape.

type Query = RequestOptions['query']

export async function openConversation(buyer: Person, productId: number): Promise<Conversation> {
  const reply = await buyer.post('/conversations', { product_id: productId })
  expect([200, 201], JSON.stringify(reply.body)).toContain(reply.status)
  return exact(conversationResponse, reply.body).data
}

export async function send(person: Person, conversationId: number, text: string): Promise<Message> {
  return sent(await person.post(`/conversations/${conversationId}/messages`, { text }))
}

export async function sendImage(person: Person, conversationId: number, image: Buffer, name = 'photo.jpg') {
  return sent(await person.upload(`/conversations/${conversationId}/messages/image`, imageForm(image, name)))
}

export function imageForm(image: Buffer, name = 'photo.jpg', type = 'image/jpeg'): FormData {
  const form = new FormData()
  form.append('image', new Blob([new Uint8Array(image)], { type }), name)
  return form
}

function sent(reply: Reply): Message {
  expect(reply.status, JSON.stringify(reply.body)).toBe(201)
  return exact(messageResponse, reply.body).data
}

export async function getConversation(person: Person, id: number): Promise<Conversation> {
  const reply = await person.get(`/conversations/${id}`)
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return exact(conversationResponse, reply.body).data
}

export async function listConversations(person: Person, query?: Query) {
  const reply = await person.get('/conversations', query)
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return exact(conversationListResponse, reply.body)
}

export async function listMessages(person: Person, conversationId: number, query?: Query) {
  const reply = await person.get(`/conversations/${conversationId}/messages`, query)
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return exact(messageListResponse, reply.body)
}

export async function searchConversation(person: Person, conversationId: number, query: Query) {
  const reply = await person.get(`/conversations/${conversationId}/messages/search`, query)
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return exact(messageListResponse, reply.body)
}

export async function searchEverywhere(person: Person, query: Query) {
  const reply = await person.get('/messages/search', query)
  expect(reply.status, JSON.stringify(reply.body)).toBe(200)
  return exact(messageHitListResponse, reply.body)
}

export async function totalUnread(person: Person): Promise<number> {
  const reply = await person.get('/conversations/unread-count')
  expect(reply.status).toBe(200)
  return exact(unreadCountResponse, reply.body).data.total_unread
}

export async function markRead(person: Person, id: number): Promise<void> {
  acknowledged(await person.post(`/conversations/${id}/read`), 'Conversation marked as read')
}

export async function markDelivered(person: Person, id: number, lastMessageId: number): Promise<void> {
  const reply = await person.post(`/conversations/${id}/delivered`, { last_message_id: lastMessageId })
  acknowledged(reply, 'Messages marked as delivered')
}

export async function startTyping(person: Person, id: number): Promise<void> {
  acknowledged(await person.post(`/conversations/${id}/typing`), 'OK')
}

export async function hide(person: Person, id: number): Promise<void> {
  acknowledged(await person.delete(`/conversations/${id}`), 'Conversation deleted')
}

function acknowledged(reply: Reply, message: string) {
  expect(exact(acknowledgement, reply.body)).toEqual({ data: { message } })
  expect(reply.status).toBe(200)
}

interface Page<T> {
  data: T[]
  meta: { has_more: boolean; next_cursor: string | null }
}

/** Follows `next_cursor` to the end; `between` runs after every page but the last. */
export async function everyPage<T>(
  page: (cursor: string | undefined) => Promise<Page<T>>,
  between: (shown: T[]) => Promise<unknown> = () => Promise.resolve(),
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  for (;;) {
    const { data, meta } = await page(cursor)
    all.push(...data)
    expect(meta.has_more).toBe(meta.next_cursor !== null)
    if (meta.next_cursor === null) return all
    expect(data.length, 'a page that has a successor is not empty').toBeGreaterThan(0)
    cursor = meta.next_cursor
    await between(all)
  }
}
