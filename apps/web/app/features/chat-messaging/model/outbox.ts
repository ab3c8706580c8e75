import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { MessagesAction, PendingMessage, Refusal } from '#chat/entities/message/model/messages.ts'
import { ApiError } from '#chat/shared/api/client.ts'
import { pause, retryDelay, type Pause } from './retry.ts'

export interface OutboxOptions {
  pending: () => readonly PendingMessage[]
  happen: (action: MessagesAction) => void
  send: (message: PendingMessage, signal: AbortSignal) => Promise<Message>
}

const LONGEST_TEXT = 2000
const MOST_TROUBLES = 3
/** A server that is being started, or what stands before it: it will be back, as a network will. */
const AWAY = new Set([502, 503, 504])

/** Sends what is pending in a conversation: one at a time, in order, until the server has answered. */
export function createOutbox({ pending, happen, send }: OutboxOptions) {
  let running = false
  let closed = false
  let attempts = 0
  /** Of the message that is being sent. */
  let troubles = 0
  let resting: Pause | null = null
  let current: { key: string; abort: AbortController } | null = null

  async function run() {
    if (running) return
    running = true
    for (let next = first(); next && !closed; next = first()) await attempt(next)
    running = false
  }
  function first() {
    return pending().find(({ state }) => state === 'queued')
  }
  async function attempt(message: PendingMessage) {
    const { key } = message
    const abort = new AbortController()
    current = { key, abort }
    happen({ type: 'changed', key, change: { state: 'sending', tried: true, ...noFault } })
    try {
      happen({ type: 'acknowledged', key, message: await send(message, abort.signal) })
      attempts = troubles = 0
    } catch (error) {
      if (!abort.signal.aborted) await failed(message, error)
    } finally {
      current = null
    }
  }
  async function failed(message: PendingMessage, error: unknown) {
    const { key } = message
    const refusal = refusalOf(error)
    if (refusal && refusal.status >= 500 && !AWAY.has(refusal.status)) troubles += 1
    const delay = troubles < MOST_TROUBLES ? retryDelay(error, attempts) : null
    if (delay === null) {
      troubles = 0
      happen({ type: 'changed', key, change: { state: 'failed', error: errorKey(message, error), refusal } })
      return
    }
    attempts += 1
    const patience = refusal?.status === 429
    happen({
      type: 'changed',
      key,
      change: { state: 'queued', error: patience ? 'tryLater' : null, refusal },
    })
    await rest(delay, patience)
  }
  async function rest(delay: number, patience: boolean) {
    const wait = pause(delay)
    resting = patience ? null : wait
    leaving.signal.addEventListener('abort', wait.end)
    await wait.done
    leaving.signal.removeEventListener('abort', wait.end)
    resting = null
  }
  const leaving = new AbortController()

  return {
    /** Sends what waits; at once, unless the server asked for patience. */
    run() {
      resting?.end()
      void run()
    },
    /** Takes a message back; the server may have it already. */
    discard(key: string) {
      happen({ type: 'withdrawn', key })
      if (current?.key !== key) return
      troubles = 0
      current.abort.abort()
      resting?.end()
    },
    close() {
      closed = true
      current?.abort.abort()
      leaving.abort()
    },
  }
}

const noFault = { error: null, refusal: null }

function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof ApiError)) return null
  const { status, code, message, details } = error
  return { status, code, message, details }
}

/** A key below `chat.` of the translations. */
function errorKey({ type, text }: PendingMessage, error: unknown): string {
  if (type === 'image') return 'imageUploadError'
  const tooLong = Array.from(text ?? '').length > LONGEST_TEXT
  return error instanceof ApiError && error.status === 422 && tooLong ? 'messageTooLong' : 'sendError'
}
