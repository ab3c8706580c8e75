import { setTimeout } from 'node:timers/promises'
import type { ConversationId, UserId } from '../core/types.ts'
import type { Database } from '../db/database.ts'
import { readUnread } from '../db/unread.ts'
import type { Unread } from '../db/unread.ts'

const RETRY_MS = 500
/** From one statement to the next: each costs as much for one count as for twenty. */
const GATHER_MS = 10
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

interface Question<T> extends PromiseWithResolvers<Unread | null> {
  userId: UserId
  conversationId: ConversationId
  answer: Promise<T | null>
}

/**
 * Reads counts, many with one statement and one statement at a time: what is asked meanwhile, and within a few
 * milliseconds, is read next. After a message to thousands who are online their conversation rests, half a second at
 * most, and what is asked of it until then is one statement. What is asked of others does not wait for that, nor does
 * all else that the same users have asked, for each of them hears in order.
 */
export function createUnreadReader<T>({ db, view, onError, signal }: UnreadOptions<T>): ReadUnread<T> {
  const asked = new Map<UserId, Map<ConversationId, Question<T>>>()
  const due = new Set<UserId>()
  /** With those who have asked of it meanwhile. */
  const resting = new Map<ConversationId, Set<UserId>>()
  let reading: Promise<void> | null = null

  function readSoon(userId: UserId): void {
    due.add(userId)
    // Not before everything has been asked that one turn brings.
    reading ??= Promise.resolve().then(read)
  }

  async function read(): Promise<void> {
    while (due.size > 0) {
      const questions = takeDue()
      const answered = answer(questions)
      const counts = Map.groupBy(questions, ({ conversationId }) => conversationId)
      for (const [conversationId, { length }] of counts) void rest(conversationId, length, answered)
      await Promise.all([answered, pause(GATHER_MS)])
    }
    reading = null
  }

  function takeDue(): Question<T>[] {
    const questions = [...due].flatMap((userId) => [...(asked.get(userId)?.values() ?? [])])
    for (const userId of due) asked.delete(userId)
    due.clear()
    return questions
  }

  async function answer(questions: Question<T>[]): Promise<void> {
    const found = new Map((await readOften(questions)).map((unread) => [keyOf(unread), unread]))
    for (const question of questions) question.resolve(found.get(keyOf(question)) ?? null)
  }

  async function rest(id: ConversationId, counts: number, answered: Promise<void>): Promise<void> {
    const ms = Math.min(Math.floor(counts / COUNTS_PER_MS), LONGEST_REST_MS)
    if (ms === 0 || resting.has(id)) return
    const waiting = new Set<UserId>()
    resting.set(id, waiting)
    await answered
    await pause(ms)
    resting.delete(id)
    for (const userId of waiting) if (asked.get(userId)?.has(id)) readSoon(userId)
  }

  async function readOften(questions: Question<T>[]): Promise<Unread[]> {
    while (!signal.aborted) {
      try {
        return await readUnread(db, questions)
      } catch (error) {
        onError(error)
        await pause(RETRY_MS)
      }
    }
    return []
  }

  const pause = (ms: number) => setTimeout(ms, undefined, { signal }).catch(() => undefined)

  function ask(userId: UserId, conversationId: ConversationId): Question<T> {
    const question = Promise.withResolvers<Unread | null>()
    const answer = question.promise.then((unread) => unread && view(unread))
    const waiting = resting.get(conversationId)
    if (waiting) waiting.add(userId)
    else readSoon(userId)
    return { ...question, userId, conversationId, answer }
  }

  return (userId, conversationId) => {
    const own = asked.get(userId) ?? new Map<ConversationId, Question<T>>()
    const question = own.get(conversationId) ?? ask(userId, conversationId)
    asked.set(userId, own.set(conversationId, question))
    return question.answer
  }
}

const keyOf = ({ userId, conversationId }: Pick<Unread, 'userId' | 'conversationId'>) =>
  `${conversationId} ${userId}`
