import { connect, dialogsClients, marketplaceClients, signedIn, socketIo, subscribe } from './clients.ts'
import type { Clients } from './clients.ts'
import { mapInParallel } from './parallel.ts'
import { realtimeTokens, speaker } from './parley.ts'
import type { Parley, Person } from './parley.ts'

/** Two people, who are the n-th and the next in a list, and their conversation as each dialect calls it. */
export interface Pair {
  people: [Person, Person]
  /** About a product. */
  marketplace: number
  /** For the workspace and rooms, where it is the same one. */
  chat: string
  dialog: string
}

/** Each person talks with one other. */
export async function openPairs(parley: Parley, people: Person[]): Promise<Pair[]> {
  return mapInParallel(people.length / 2, async (n) => {
    const [one, other] = people.slice(2 * n - 2, 2 * n)
    if (!one || !other) throw new Error('An even number is needed.')
    return {
      people: [one, other],
      marketplace: await openMarketplace(parley, n, [one, other]),
      chat: await openChat(parley, [one, other]),
      dialog: await openDialog(parley, n, [one, other]),
    }
  })
}

async function openMarketplace(
  parley: Parley,
  product: number,
  [seller, buyer]: [Person, Person],
): Promise<number> {
  const about = { seller_id: seller.id, title: `Product ${product}`, price: 10, status: 'active' }
  await parley.host('PUT', `/products/${product}`, about)
  const ask = speaker(parley, buyer)
  const { id } = await ask<{ id: number }>('POST', '/api/vendor/conversations', { product_id: product })
  return id
}

async function openChat(parley: Parley, [one, other]: [Person, Person]): Promise<string> {
  const ask = speaker(parley, one)
  const { chat } = await ask<{ chat: { _id: string } }>('POST', '/api/chat', { participantIds: [other.id] })
  return chat._id
}

async function openDialog(parley: Parley, order: number, people: [Person, Person]): Promise<string> {
  const participants = people.map(({ id }) => ({ user_id: id, display_name: `Person ${id}` }))
  const about = { object_type: 'order', object_id: String(order), title: `Order ${order}`, participants }
  const { id } = await parley.manage<{ id: string }>('POST', '/dialogs', about)
  return id
}

/** The n-th of their people has this one. */
export const pairOf = (pairs: Pair[], n: number) => pairs[Math.floor((n - 1) / 2)] as Pair // there is one for each two

/** How a message gets from one to the other in a dialect. */
export interface Route {
  name: string
  post: (pair: Pair, text: string) => { path: string; body: object }
  clients: Clients
}

export async function routesOf(parley: Parley, pairs: Pair[]): Promise<Route[]> {
  const people = pairs.flatMap((pair) => pair.people)
  const tokens = await realtimeTokens(parley, people)
  const chatOf = (n: number) => pairOf(pairs, n).chat
  return [
    {
      name: 'marketplace over Centrifugo',
      post: ({ marketplace: id }, text) => ({
        path: `/api/vendor/conversations/${id}/messages`,
        body: { text },
      }),
      clients: marketplaceClients(people),
    },
    {
      name: 'workspace over Centrifugo',
      post: ({ chat }, text) => ({
        path: '/chat/messages/send',
        body: { conversationId: chat, content: text },
      }),
      clients: { opening: (n) => [connect({ token: tokens[n - 1] }), subscribe(`chat:${chatOf(n)}`)] },
    },
    {
      name: 'rooms over Socket.IO',
      post: ({ chat }, text) => ({ path: `/api/chat/${chat}/messages`, body: { content: text } }),
      clients: { ...socketIo((n) => ['join-chat-room', chatOf(n)]), ...signedIn(people) },
    },
    {
      name: 'dialogs over WebSocket',
      post: ({ dialog }, text) => ({ path: `/api/v1/dialogs/${dialog}/messages`, body: { content: text } }),
      clients: dialogsClients(people),
    },
  ]
}
