import { computed } from 'vue'
import { useChat } from './useChat.ts'

/** The list of conversations, the badge, and who is online. */
export function useConversations() {
  const { list, presences } = useChat()
  const { $chat } = useNuxtApp()
  const { conversations, filter, loading, error, hasMore } = list
  const { load, loadMore, open, fetchOne, remove } = list
  return {
    conversations,
    filter,
    /** Outlives a change of the user, as headers do. */
    totalUnread: computed(() => $chat.value?.totalUnread.value ?? 0),
    loading,
    error,
    hasMore,
    load,
    loadMore,
    open,
    fetchOne,
    remove,
    presenceOf: presences.presenceOf,
  }
}
