import { putSubject } from '../../src/core/subjects.ts'
import type { Actor, Chat, User } from '../../src/core/types.ts'
import { putUser } from '../../src/core/users.ts'

let last = 0

/** What the rooms dialect can represent. */
const REACH: Actor['reach'] = {
  kinds: ['direct', 'group', 'support'],
  subjectTypes: ['', 'purchase_request'],
}

/** Somebody of whom nobody else in this file has heard. */
export async function newPerson(
  chat: Chat,
  { role = 'user', orgId = null }: Partial<Pick<User, 'role' | 'orgId'>> = {},
): Promise<Actor> {
  const id = `person-${++last}`
  await putUser(chat, { id, displayName: id, avatarUrl: null, role, orgId })
  return { userId: id, reach: REACH }
}

export async function newPurchaseRequest(chat: Chat, buyer: Actor): Promise<string> {
  const id = `request-${++last}`
  const about = { type: 'purchase_request', id, title: 'Нужна фара', url: null, details: {} }
  await putSubject(chat, { ...about, ownerId: buyer.userId })
  return id
}
