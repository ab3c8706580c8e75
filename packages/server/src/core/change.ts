import type { Queryable } from '../db/database.ts'
import type { Chat } from './types.ts'

/** Runs a change and the events it emits in one transaction, then has those events delivered. */
export async function change<T>(chat: Chat, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const result = await chat.db.transaction(work)
  chat.committed()
  return result
}
