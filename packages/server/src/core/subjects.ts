import { findSubject, upsertSubject } from '../db/subjects.ts'
import { findUser } from '../db/users.ts'
import { ChatError } from './errors.ts'
import type { Chat, Subject } from './types.ts'

/** Creates or replaces a business object of the host application. */
export async function putSubject(chat: Chat, subject: Subject): Promise<{ created: boolean }> {
  if (subject.ownerId !== null && !(await findUser(chat.db, subject.ownerId))) {
    throw new ChatError('invalid', 'There is no such user.')
  }
  return upsertSubject(chat.db, subject)
}

export async function getSubject(chat: Chat, type: string, id: string): Promise<Subject> {
  const subject = await findSubject(chat.db, type, id)
  if (!subject) throw new ChatError('not_found', `There is no such ${type}.`)
  return subject
}
