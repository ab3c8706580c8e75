import { useDocumentVisibility } from '@vueuse/core'
import { computed, onScopeDispose, watch, type ComputedRef } from 'vue'
import type { Event } from '@parley/wire/marketplace'
import { countsAsUnread } from '#chat/entities/conversation/model/conversations.ts'
import { createChime } from '../model/chime.ts'

/**
 * While the page is hidden: a sound for what arrives, in one tab of all, and `titleMark`, to stand before the title:
 * "(3) ". For the root of the app, whoever is signed in.
 */
export function useChatNotifications(): { titleMark: ComputedRef<string> } {
  const { $chat: chat } = useNuxtApp()
  const visibility = useDocumentVisibility()
  const left = new AbortController()
  const ring = createChime(left.signal)
  onScopeDispose(() => left.abort())

  const ringsFor = (event: Event, me: number) =>
    document.hidden && event.type === 'message.new' && countsAsUnread(event.data.message, me)

  watch(
    chat,
    (chat, _before, onCleanup) => {
      if (!chat) return
      const stop = chat.connection.onEvent((event, { first }) => {
        if (first && ringsFor(event, chat.me)) ring()
      })
      onCleanup(stop)
    },
    { immediate: true },
  )

  const titleMark = computed(() => {
    const unread = chat.value?.totalUnread.value ?? 0
    return visibility.value === 'hidden' && unread > 0 ? `(${unread}) ` : ''
  })
  return { titleMark }
}
