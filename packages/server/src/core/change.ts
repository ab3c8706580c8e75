import type { Queryable, Transaction } from '../db/database.ts'
import { wasRefused } from '../db/errors.ts'
import { ChatError } from './errors.ts'
import type { Chat } from './types.ts'

/** Runs a change and the events it emits in one transaction, then has those events delivered. */
export async function change<T>(chat: Chat, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const result = await commit(chat, work)
  chat.committed()
  return result
}

/** The same for who delivers the events; they are looked for where it fails and may be committed all the same. */
export async function commit<T>(
  chat: Chat,
  work: (tx: Transaction) => Promise<T>,
  connection?: 'sends',
): Promise<T> {
  try {
    return await chat.db.transaction(work, connection)
  } catch (error) {
    if (!(error instanceof ChatError || wasRefused(error))) chat.committed()
    throw error
  }
}
