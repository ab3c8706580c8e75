import { computed, shallowReactive, shallowRef } from 'vue'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import {
  noMessages,
  reduceMessages,
  shownMessages,
  type MessagesAction,
  type MessagesState,
  type PendingMessage,
} from '#chat/entities/message/model/messages.ts'
import { countsAsUnread } from '#chat/entities/conversation/model/conversations.ts'
import { randomKey } from '#chat/shared/lib/random-key.ts'
import type { ChatApi } from './api.ts'
import { createHistory } from './history.ts'
import { createOutbox } from './outbox.ts'

export interface ThreadOptions {
  me: number
  conversationId: number
  api: ChatApi
  send: (message: PendingMessage, signal: AbortSignal) => Promise<Message>
  /** Whether messages are pending when it starts, and what to do whenever that changes. */
  kept: PendingMessage[]
  keep: (pending: readonly PendingMessage[]) => void
}

export type Thread = ReturnType<typeof createThread>

/** The messages of one conversation: as far as they have been fetched, as they arrive, and those on their way. */
export function createThread({ me, conversationId, api, send, kept, keep }: ThreadOptions) {
  const state = shallowRef<MessagesState>({ ...noMessages(me), pending: kept })
  const arrived = shallowRef<readonly Message[]>([])
  const progress = shallowReactive(new Map<string, number>())
  const keys = new Map<number, string>()

  function happen(action: MessagesAction) {
    const before = state.value.pending
    if (action.type === 'acknowledged') keys.set(action.message.id, action.key)
    state.value = reduceMessages(state.value, action)
    const { pending } = state.value
    if (pending === before) return
    keep(pending)
    forget(before, pending)
  }

  function forget(before: readonly PendingMessage[], after: readonly PendingMessage[]) {
    const kept = new Set(after.map(({ key }) => key))
    for (const { key, file, image_url } of before.filter((message) => !kept.has(message.key))) {
      progress.delete(key)
      if (file && image_url !== null) URL.revokeObjectURL(image_url)
    }
  }

  const history = createHistory({
    me,
    state,
    take: (messages) => happen({ type: 'fetched', messages }),
    list: (page, signal) => api.listMessages(conversationId, page, signal),
  })
  const outbox = createOutbox({ pending: () => state.value.pending, happen, send })

  function enqueue(content: Pick<PendingMessage, 'type' | 'text' | 'image_url' | 'file'>) {
    const message = { ...pendingMessage(state.value, me, conversationId), ...content }
    happen({ type: 'queued', message })
    outbox.run()
  }

  return {
    ...history,
    state,
    outbox,
    messages: computed(() => shownMessages(state.value)),
    /** The newest messages that came as events, for those who listen instead of looking. */
    arrived,
    arrive(messages: readonly Message[]) {
      happen({ type: 'arrived', messages })
      arrived.value = messages
    },
    receipt: (type: 'delivered' | 'read', upTo: number) => happen({ type, upTo }),
    newestForeign: () => state.value.messages.findLast((message) => countsAsUnread(message, me)),
    newestId: () => state.value.messages.at(-1)?.id ?? null,
    send(text: string) {
      const trimmed = text.trim()
      if (trimmed !== '') enqueue({ type: 'text', text: trimmed, image_url: null, file: null })
    },
    sendImage: (file: File) =>
      enqueue({ type: 'image', text: null, image_url: URL.createObjectURL(file), file }),
    retry(key: string) {
      happen({ type: 'changed', key, change: { state: 'queued', error: null, refusal: null } })
      progress.delete(key)
      outbox.run()
    },
    discard: outbox.discard,
    uploaded: (key: string, done: number) => void progress.set(key, done),
    /** How much of an image is uploaded, 0 to 1. */
    progressOf: (key: string) => progress.get(key) ?? 0,
    /** The same before and after a message is confirmed. */
    keyOf(message: Message | PendingMessage): string | number {
      if ('key' in message) return message.key
      const { id } = message
      return keys.get(id) ?? state.value.pending.find(({ standIn }) => standIn === id)?.key ?? id
    },
    close() {
      outbox.close()
      history.leave()
      forget(state.value.pending, [])
    },
  }
}

/** Not before the last message, whatever the clock here says. */
function pendingMessage(
  { messages, pending }: MessagesState,
  me: number,
  conversationId: number,
): PendingMessage {
  const last = Date.parse(messages.at(-1)?.created_at ?? '') || 0
  return {
    id: Math.min(-Date.now(), ...pending.map(({ id }) => id - 1)),
    conversation_id: conversationId,
    sender_id: me,
    type: 'text',
    text: null,
    image_url: null,
    image_thumbnail: null,
    status: 'sent',
    created_at: new Date(Math.max(Date.now(), last)).toISOString(),
    key: randomKey(),
    state: 'queued',
    tried: false,
    standIn: null,
    file: null,
    error: null,
    refusal: null,
  }
}
