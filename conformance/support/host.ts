import { expect } from 'vitest'
import { request, type Reply, type RequestOptions } from './http.ts'
import type { Server } from './server.ts'

export interface Session {
  session: string
  csrf_token: string
  expires_at: string
}

/** One call of the host application's back end; the bearer secret unless other headers are given. */
export function hostCall(server: Server, method: string, path: string, options: RequestOptions = {}) {
  const headers = options.headers ?? { authorization: `Bearer ${server.hostToken}` }
  return request(method, `${server.url}/host${path}`, { ...options, headers })
}

export async function putUser(server: Server, id: string, fields: Record<string, unknown>): Promise<Reply> {
  const reply = await hostCall(server, 'PUT', `/users/${encodeURIComponent(id)}`, { json: fields })
  expect(reply, `PUT /host/users/${id}`).toMatchObject({ status: expect.toBeOneOf([200, 201]) as number })
  return reply
}

export async function putProduct(
  server: Server,
  id: number,
  fields: Record<string, unknown>,
): Promise<Reply> {
  const reply = await hostCall(server, 'PUT', `/products/${id}`, { json: fields })
  expect(reply, `PUT /host/products/${id}`).toMatchObject({ status: expect.toBeOneOf([200, 201]) as number })
  return reply
}

export async function openSession(server: Server, userId: string, ttl?: number): Promise<Session> {
  const json = { user_id: userId, ...(ttl !== undefined && { ttl_seconds: ttl }) }
  const reply = await hostCall(server, 'POST', '/sessions', { json })
  const text = expect.any(String) as string
  expect(reply).toMatchObject({
    status: 201,
    body: { data: { session: text, csrf_token: text, expires_at: text } },
  })
  // The assertion above has checked the three fields.
  return (reply.body as { data: Session }).data
}

export async function endSession(server: Server, session: string): Promise<void> {
  const reply = await hostCall(server, 'DELETE', `/sessions/${session}`)
  expect(reply.status).toBe(200)
}

export async function eraseUser(
  server: Server,
  id: number | string,
  messages: 'keep' | 'unlink' = 'keep',
): Promise<void> {
  const reply = await hostCall(server, 'DELETE', `/users/${id}`, { query: { messages } })
  expect(reply.status).toBe(200)
}

export async function putPurchaseRequest(
  server: Server,
  id: string,
  fields: { buyer_id: string; title: string },
): Promise<Reply> {
  const reply = await hostCall(server, 'PUT', `/purchase-requests/${id}`, { json: fields })
  expect(reply, `PUT /host/purchase-requests/${id}`).toMatchObject({
    status: expect.toBeOneOf([200, 201]) as number,
  })
  return reply
}
