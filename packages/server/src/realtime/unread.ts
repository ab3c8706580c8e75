import { setTimeout } from 'node:timers/promises'
import type { ConversationId, UserId } from '../core/types.ts'
import type { Database } from '../db/database.ts'
import { readUnread } from '../db/unread.ts'
import type { Unread } from '../db/unread.ts'

const RETRY_MS = 500
/** Each count is a frame of its own: counts of thousands, upon each message, would hold up the messages. */
const COUNTS_PER_MS = 4
const LONGEST_REST_MS = 500

/**
 * How much of a conversation a user has not read, as of after the call; null for those who are not in it. Asked twice
 * before it is read, it is one answer: the same promise.
 */
export type ReadUnread<T> = (userId: UserId, conversationId: ConversationId) => Promise<T | null>

export interface UnreadOptions<T> {
  db: Database
  view: (unread: Unread) => T
  onError: (error: unknown) => void
  /** When it aborts, what is still to be read is answered with null. */
  signal: AbortSignal
}

interface Question extends PromiseWithResolvers<Unread | null> {
  userId: UserId
  conversationId: ConversationId
}

/**
 * Reads counts, many with one statement and one statement at a time: what is asked meanwhile is read next. A message to
 * thousands who are online is one statement, and so are all those that follow while it runs, or soon after: whoever asks
 * for one count then waits, half a second at most, as these thousands do.
 */
export function createUnreadReader<T>({ db, view, onError, signal }: UnreadOptions<T>): ReadUnread<T> {
  let asked = new Map<string, Question & { answer: Promise<T | null> }>()
  let reading: Promise<void> | null = null

  async function read(): Promise<void> {
    while (asked.size > 0) {
      const questions = [...asked.values()]
      asked = new Map()
      const found = new Map((await readOften(questions)).map((unread) => [keyOf(unread), unread]))
      for (const question of questions) question.resolve(found.get(keyOf(question)) ?? null)
      await rest(questions.length)
    }
    reading = null
  }

  async function rest(counts: number): Promise<void> {
    const ms = Math.min(Math.floor(counts / COUNTS_PER_MS), LONGEST_REST_MS)
    if (ms > 0) await setTimeout(ms, undefined, { signal }).catch(() => undefined)
  }

  async function readOften(questions: Question[]): Promise<Unread[]> {
    while (!signal.aborted) {
      try {
        return await readUnread(db, questions)
      } catch (error) {
        onError(error)
        await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined)
      }
    }
    return []
  }

  return (userId, conversationId) => {
    const key = keyOf({ userId, conversationId })
    const known = asked.get(key)
    if (known) return known.answer
    const question = { userId, conversationId, ...Promise.withResolvers<Unread | null>() }
    const answer = question.promise.then((unread) => unread && view(unread))
    asked.set(key, { ...question, answer })
    // Not before everything has been asked that one turn brings.
    reading ??= Promise.resolve().then(read)
    return answer
  }
}

const keyOf = ({ userId, conversationId }: Pick<Unread, 'userId' | 'conversationId'>) =>
  `${conversationId} ${userId}`
