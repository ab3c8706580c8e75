import { shallowReactive } from 'vue'
import type { ChatApi } from './api.ts'

const TELL_EVERY_MS = 3000
const SHOW_MS = 4000

/** Who is typing, and telling the others that I am. */
export function createTypingSigns(api: ChatApi) {
  const typing = shallowReactive(new Map<number, ReturnType<typeof setTimeout>>())
  const toldAt = new Map<number, number>()

  function hide(conversationId: number) {
    clearTimeout(typing.get(conversationId))
    typing.delete(conversationId)
  }
  return {
    isTyping: (conversationId: number) => typing.has(conversationId),
    hide,
    show(conversationId: number) {
      clearTimeout(typing.get(conversationId))
      typing.set(
        conversationId,
        setTimeout(() => hide(conversationId), SHOW_MS),
      )
    },
    /** A sign that is lost is not worth repeating. */
    tell(conversationId: number) {
      const now = performance.now()
      if (now - (toldAt.get(conversationId) ?? -Infinity) < TELL_EVERY_MS) return
      toldAt.set(conversationId, now)
      api.tellTyping(conversationId).catch(() => undefined)
    },
    close: () => [...typing.keys()].forEach(hide),
  }
}
