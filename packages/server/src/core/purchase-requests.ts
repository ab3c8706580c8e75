import { findSubject } from '../db/subjects.ts'
import { holdPeople } from './colleagues.ts'
import { open, PLAIN } from './creation.ts'
import type { Created } from './creation.ts'
import { ChatError } from './errors.ts'
import type { Actor, Chat, UserId } from './types.ts'

export const PURCHASE_REQUEST = 'purchase_request'

export interface PurchaseRequestInput {
  requestId: string
  sellerId: UserId
}

/**
 * Starts the conversation of a purchase request's buyer with one seller, or finds it, hidden or not: either of them may
 * ask for it, and nobody else.
 */
export async function openPurchaseRequest(
  chat: Chat,
  actor: Actor,
  { requestId, sellerId }: PurchaseRequestInput,
): Promise<Created> {
  const subject = await findSubject(chat.db, PURCHASE_REQUEST, requestId)
  const buyerId = subject?.ownerId
  if (!subject || !buyerId) throw new ChatError('not_found', 'There is no such purchase request.')
  if (buyerId === sellerId)
    throw new ChatError('invalid', 'is the buyer of this purchase request', 'sellerId')
  if (actor.userId !== buyerId && actor.userId !== sellerId)
    throw new ChatError('forbidden', 'You are neither the buyer nor the seller.')
  const memberIds = [buyerId, sellerId]
  const uniqueKey = JSON.stringify([PURCHASE_REQUEST, requestId, ...memberIds])
  return open(chat, actor, async (tx) => {
    await holdPeople(tx, memberIds, 'sellerId')
    return { ...PLAIN, kind: 'direct', subject, uniqueKey, createdBy: actor.userId, memberIds }
  })
}
