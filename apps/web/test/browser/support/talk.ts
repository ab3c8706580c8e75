import { conversationListResponse, type Conversation } from '@parley/wire/marketplace'
import type { Visitor } from './browser.ts'

/** The visitor's newest conversation. */
export async function conversationOf({ context }: Visitor): Promise<Conversation> {
  const reply = await context.request.get('/api/vendor/conversations')
  const [newest] = conversationListResponse.parse(await reply.json()).data
  if (!newest) throw new Error('This visitor has no conversation.')
  return newest
}

/** Writes without a page. */
export async function say({ context }: Visitor, conversationId: number, text: string): Promise<void> {
  const cookies = await context.cookies()
  const csrf = cookies.find(({ name }) => name === 'CSRF_TOKEN')?.value ?? ''
  const reply = await context.request.post(`/api/vendor/conversations/${conversationId}/messages`, {
    headers: { 'x-csrf-token': csrf },
    data: { text },
  })
  if (reply.status() !== 201) throw new Error(`Sending was answered ${reply.status()}: ${await reply.text()}`)
}
