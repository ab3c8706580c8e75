import { useChat } from './useChat.ts'

/** The list of conversations, the badge, and who is online. */
export function useConversations() {
  const { list, totalUnread, presences } = useChat()
  const { conversations, filter, loading, error, hasMore } = list
  const { load, loadMore, refresh, open, fetchOne, remove, find } = list
  return {
    conversations,
    filter,
    totalUnread,
    loading,
    error,
    hasMore,
    load,
    loadMore,
    refresh,
    open,
    fetchOne,
    find,
    remove,
    presenceOf: presences.presenceOf,
  }
}
