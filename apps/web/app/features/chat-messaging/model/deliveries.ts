import { NetworkError } from '#chat/shared/api/client.ts'
import type { ChatApi } from './api.ts'

const APART_MS = 500

/** Confirms that messages have arrived: at once, then at most twice a second per conversation. */
export function createDeliveries(api: ChatApi) {
  const newest = new Map<number, number>()
  const unheard = new Map<number, number>()
  const timers = new Map<number, ReturnType<typeof setTimeout>>()

  async function confirm(conversationId: number) {
    const upTo = newest.get(conversationId)
    if (upTo === undefined) return
    newest.delete(conversationId)
    timers.set(conversationId, setTimeout(rested, APART_MS, conversationId))
    try {
      await api.markDelivered(conversationId, upTo)
    } catch (error) {
      if (error instanceof NetworkError) unheard.set(conversationId, upTo)
    }
  }
  function rested(conversationId: number) {
    timers.delete(conversationId)
    void confirm(conversationId)
  }
  function arrived(conversationId: number, messageId: number) {
    newest.set(conversationId, Math.max(messageId, newest.get(conversationId) ?? 0))
    if (!timers.has(conversationId)) void confirm(conversationId)
  }
  return {
    arrived,
    /** Confirms what the server has not heard. */
    repeat() {
      const again = [...unheard]
      unheard.clear()
      for (const [conversationId, messageId] of again) arrived(conversationId, messageId)
    },
    close: () => timers.forEach((timer) => clearTimeout(timer)),
  }
}
