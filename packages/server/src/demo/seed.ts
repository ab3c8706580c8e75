import { openAboutSubject } from '../core/creation.ts'
import { sendMessage } from '../core/sending.ts'
import { markRead } from '../core/receipts.ts'
import { putSubject } from '../core/subjects.ts'
import type { Actor, Chat, UserId } from '../core/types.ts'
import { getUser, putUser } from '../core/users.ts'
import { avatarPath, newcomer, people, picturePath, products, talks } from './content.ts'
import type { Person, Product, Talk } from './content.ts'

/** Fills an empty database. A start that was cut short is completed by the next one; after that nothing is touched. */
export async function seedDemo(chat: Chat): Promise<void> {
  if (await isSeeded(chat)) return
  for (const person of people) await putPerson(chat, person)
  for (const product of products) await putProduct(chat, product)
  for (const talk of talks) await hold(chat, talk)
  // Last, since the newcomer tells that the rest is there.
  await putPerson(chat, newcomer)
}

const isSeeded = (chat: Chat) =>
  getUser(chat, newcomer.id).then(
    () => true,
    () => false,
  )

async function putPerson(chat: Chat, { id, name }: Person): Promise<void> {
  await putUser(chat, { id, displayName: name, avatarUrl: avatarPath(id), role: 'user', orgId: null })
}

async function putProduct(chat: Chat, { id, sellerId, title, price, status }: Product): Promise<void> {
  await putSubject(chat, {
    type: 'product',
    id,
    title,
    url: null,
    ownerId: sellerId,
    details: { price, status, imageUrl: picturePath(id) },
  })
}

async function hold(chat: Chat, { buyerId, productId, lines, read }: Talk): Promise<void> {
  const about = { type: 'product', id: productId }
  const { overview } = await openAboutSubject(chat, actor(buyerId), about)
  const conversationId = overview.conversation.id
  for (const [index, { from, text }] of lines.entries()) {
    // Who answers has read.
    await markRead(chat, actor(from), conversationId)
    const clientKey = `demo-${index}`
    await sendMessage(chat, actor(from), { conversationId, type: 'text', text, clientKey })
  }
  if (!read) return
  for (const { from } of lines) await markRead(chat, actor(from), conversationId)
}

const actor = (userId: UserId): Actor => ({ userId, reach: {} })
