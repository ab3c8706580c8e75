import type { Look } from '../db/conversations.ts'
import { accessForReading } from './access.ts'
import type { ReadAccess } from './access.ts'
import type { Actor, Chat, ConversationId } from './types.ts'

interface Asked<Query, Page> {
  conversationId: ConversationId
  query: Query
  read: (chat: Chat, access: ReadAccess, query: Query) => Promise<Page>
  /** Whose words it is shown in. */
  dialect: string
}

/**
 * A page of a conversation that the caller may read, as JSON. What changes any of it raises the conversation's change
 * number in the same transaction, so that a page which was read after that number is never older.
 */
export async function showPage<Query, Page>(
  chat: Chat,
  actor: Actor,
  { conversationId, query, read, dialect }: Asked<Query, Page>,
  view: (page: Page) => object | Promise<object>,
): Promise<Buffer> {
  const key = JSON.stringify([dialect, conversationId, actor.userId, query])
  const known = chat.pages.get(key)
  const access = await accessForReading(chat, actor, conversationId, known?.look)
  if (known && isSame(known.look, access)) return known.json
  const json = keptBytes(JSON.stringify(await view(await read(chat, access, query))))
  // Who looks into a channel for the first time stands otherwise to it from now on.
  if (access.joinedAt) chat.pages.set(key, { look: access, json })
  return json
}

/** Whoever has left and come back may see another part of the same. */
const isSame = (before: Look, now: Look): boolean =>
  before.changeSeq === now.changeSeq && before.joinedId === now.joinedId

/** In memory of its own: `Buffer.from` takes what is small from a shared block, which each small part then keeps whole. */
function keptBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}
