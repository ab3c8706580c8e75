import { conversationListResponse, conversationResponse, type Conversation } from '@parley/wire/marketplace'
import type { Visitor } from './browser.ts'

/** The visitor's newest conversation. */
export async function conversationOf({ context }: Visitor): Promise<Conversation> {
  const reply = await context.request.get('/api/vendor/conversations')
  const [newest] = conversationListResponse.parse(await reply.json()).data
  if (!newest) throw new Error('This visitor has no conversation.')
  return newest
}

/** The visitor's conversation with the seller of a product. */
export async function conversationAbout(visitor: Visitor, productId: number): Promise<Conversation> {
  const reply = await post(visitor, '/api/vendor/conversations', { product_id: productId })
  return conversationResponse.parse(reply).data
}

/** Writes without a page. */
export async function say(visitor: Visitor, conversationId: number, text: string): Promise<void> {
  await post(visitor, `/api/vendor/conversations/${conversationId}/messages`, { text })
}

export async function post({ context }: Visitor, path: string, data?: object): Promise<unknown> {
  const cookies = await context.cookies()
  const csrf = cookies.find(({ name }) => name === 'CSRF_TOKEN')?.value ?? ''
  const reply = await context.request.post(path, { headers: { 'x-csrf-token': csrf }, data })
  if (!reply.ok()) throw new Error(`POST ${path} was answered ${reply.status()}: ${await reply.text()}`)
  return reply.json()
}
