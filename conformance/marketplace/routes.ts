import { imageForm } from '../support/acts.ts'
import type { Pair } from '../support/chat.ts'
import { request, type Reply, type RequestOptions } from '../support/http.ts'
import { vendorUrl } from '../support/person.ts'
import type { Server } from '../support/server.ts'

/** What the routes are called about: a conversation in which `messageId` says "hello". */
export interface Scene extends Pair {
  image: Buffer
  messageId: number
}

export interface Route {
  method: string
  path: (scene: Scene) => string
  options?: (scene: Scene) => RequestOptions
  /** Status for the buyer, for the seller, and for an outsider. */
  allowed: [number, number, number]
}

const conversation = (rest: string) => (scene: Scene) => `/conversations/${scene.conversation.id}${rest}`
const json = (body: (scene: Scene) => unknown) => (scene: Scene) => ({ json: body(scene) })

/** Every route of the dialect. */
export const routes: Record<string, Route> = {
  'POST /conversations': {
    method: 'POST',
    path: () => '/conversations',
    options: json(({ product }) => ({ product_id: product })),
    allowed: [200, 422, 201],
  },
  'GET /conversations': { method: 'GET', path: () => '/conversations', allowed: [200, 200, 200] },
  'GET /conversations/unread-count': {
    method: 'GET',
    path: () => '/conversations/unread-count',
    allowed: [200, 200, 200],
  },
  'GET /conversations/{id}': { method: 'GET', path: conversation(''), allowed: [200, 200, 403] },
  'GET /conversations/{id}/messages': {
    method: 'GET',
    path: conversation('/messages'),
    allowed: [200, 200, 403],
  },
  'POST /conversations/{id}/messages': {
    method: 'POST',
    path: conversation('/messages'),
    options: json(() => ({ text: 'Hello!' })),
    allowed: [201, 201, 403],
  },
  'POST /conversations/{id}/messages/image': {
    method: 'POST',
    path: conversation('/messages/image'),
    options: ({ image }) => ({ raw: imageForm(image) }),
    allowed: [201, 201, 403],
  },
  'GET /conversations/{id}/messages/search': {
    method: 'GET',
    path: conversation('/messages/search'),
    options: () => ({ query: { q: 'hello' } }),
    allowed: [200, 200, 403],
  },
  'GET /messages/search': {
    method: 'GET',
    path: () => '/messages/search',
    options: () => ({ query: { q: 'hello' } }),
    allowed: [200, 200, 200],
  },
  'POST /conversations/{id}/delivered': {
    method: 'POST',
    path: conversation('/delivered'),
    options: json(({ messageId }) => ({ last_message_id: messageId })),
    allowed: [200, 200, 403],
  },
  'POST /conversations/{id}/read': { method: 'POST', path: conversation('/read'), allowed: [200, 200, 403] },
  'POST /conversations/{id}/typing': {
    method: 'POST',
    path: conversation('/typing'),
    allowed: [200, 200, 403],
  },
  'GET /users/{id}/online': {
    method: 'GET',
    path: ({ seller }) => `/users/${seller.id}/online`,
    allowed: [200, 200, 200],
  },
  'DELETE /conversations/{id}': { method: 'DELETE', path: conversation(''), allowed: [200, 200, 403] },
}

export function callRoute(
  server: Server,
  route: Route,
  scene: Scene,
  headers: Record<string, string>,
): Promise<Reply> {
  const options = route.options?.(scene) ?? {}
  return request(route.method, vendorUrl(server, route.path(scene)), { ...options, headers })
}
