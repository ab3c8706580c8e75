import { computed, shallowRef } from 'vue'
import {
  listedConversations,
  noConversations,
  reduceConversations,
  type ConversationFilter,
  type ConversationsEvent,
  type ConversationsSnapshot,
} from '#chat/entities/conversation/model/conversations.ts'
import type { Conversation } from '#chat/entities/conversation/model/conversation.schema.ts'
import type { ChatApi } from './api.ts'

const PAGE = 20
const LARGEST_PAGE = 100

export type ConversationList = ReturnType<typeof createConversationList>

/** The conversations of the person signed in: pages from the server, kept up by events. */
export function createConversationList(
  me: number,
  api: ChatApi,
  onFetched: (conversations: readonly Conversation[]) => void,
) {
  const state = shallowRef(noConversations(me))
  const filter = shallowRef<ConversationFilter>('all')
  const loading = shallowRef(false)
  const error = shallowRef<unknown>(null)
  const wanted = new Set<ConversationFilter>()
  const loaded = new Set<ConversationFilter>()
  let turn = Promise.resolve()
  let more: Promise<void> | null = null
  let again: Promise<void> | null = null
  const since = new Set<ConversationsEvent[]>()
  const asked = new Map<number, Promise<Conversation>>()

  function happen(event: ConversationsEvent) {
    for (const events of since) events.push(event)
    state.value = reduceConversations(state.value, event)
  }

  /** A snapshot is of the time of its request: what has happened since is done to it again. */
  async function take(fetch: () => Promise<ConversationsSnapshot>) {
    const events: ConversationsEvent[] = []
    since.add(events)
    try {
      const snapshot = await fetch()
      state.value = [snapshot, ...events].reduce(reduceConversations, state.value)
      onFetched(snapshot.type === 'fetched' ? snapshot.conversations : [snapshot.conversation])
    } finally {
      since.delete(events)
    }
  }

  async function fetchFirst(listing: ConversationFilter): Promise<ConversationsSnapshot> {
    const size = Math.max(PAGE, state.value.listings[listing].ids.size)
    const conversations: Conversation[] = []
    let cursor: string | null = null
    do {
      const limit = Math.min(LARGEST_PAGE, size - conversations.length)
      const { data, meta } = await api.listConversations(listing, { limit, ...(cursor && { cursor }) })
      conversations.push(...data)
      cursor = meta.next_cursor
    } while (cursor !== null && conversations.length < size)
    loaded.add(listing)
    return { type: 'fetched', filter: listing, conversations, cursor, first: true }
  }

  async function fetchNext(listing: ConversationFilter, cursor: string): Promise<ConversationsSnapshot> {
    const { data, meta } = await api.listConversations(listing, { limit: PAGE, cursor })
    return { type: 'fetched', filter: listing, conversations: data, cursor: meta.next_cursor, first: false }
  }

  /** One after the other: the next page is that of the pages before it. */
  function inTurn(fetch: () => Promise<void>): Promise<void> {
    turn = turn.then(() => showing(fetch))
    return turn
  }

  async function showing(fetch: () => Promise<void>) {
    loading.value = true
    error.value = null
    try {
      await fetch()
    } catch (fault) {
      error.value = fault
    } finally {
      loading.value = false
    }
  }

  async function loadMore() {
    const { cursor } = state.value.listings[filter.value]
    if (cursor !== null) await take(() => fetchNext(filter.value, cursor))
  }

  async function takeOne(fetch: () => Promise<Conversation>): Promise<Conversation> {
    const answer = fetch()
    await take(async () => ({ type: 'upserted', conversation: await answer }))
    return answer
  }

  /** Who asks while the same is being asked gets the same answer. */
  function fetchOne(id: number): Promise<Conversation> {
    const asking = asked.get(id) ?? takeOne(() => api.getConversation(id)).finally(() => asked.delete(id))
    asked.set(id, asking)
    return asking
  }

  /** One that has not begun will do for all who ask. */
  function refresh(): Promise<void> {
    again ??= inTurn(async () => {
      again = null
      for (const each of wanted) await take(() => fetchFirst(each))
    })
    return again
  }

  /** Of all that is listed, whatever the filter. */
  function unreadSum(): number {
    const { all, unread } = state.value.listings
    return [...all.ids.union(unread.ids)].reduce(
      (sum, id) => sum + (state.value.byId.get(id)?.unread_count ?? 0),
      0,
    )
  }

  const lastMessageId = (id: number) => state.value.byId.get(id)?.last_message?.id

  return {
    state,
    filter,
    loading,
    error,
    happen,
    fetchOne,
    isListed: (id: number) => state.value.listings.all.ids.has(id),
    /** One that is known, listed or not. */
    find: (id: number) => state.value.byId.get(id) ?? null,
    hasUnread: (id: number) => (state.value.byId.get(id)?.unread_count ?? 0) > 0,
    unreadSum,
    conversations: computed(() => listedConversations(state.value, filter.value)),
    hasMore: computed(() => state.value.listings[filter.value].cursor !== null),
    /** Fetches what is listed with this filter, unless it has been. */
    load: () =>
      inTurn(async () => {
        wanted.add(filter.value)
        if (!loaded.has(filter.value)) await take(() => fetchFirst(filter.value))
      }),
    loadMore: () => {
      more ??= inTurn(loadMore).finally(() => (more = null))
      return more
    },
    /** Fetches anew whatever has been asked for. */
    refresh,
    open: async (productId: number): Promise<Conversation> => {
      const conversation = await takeOne(() => api.openConversation(productId))
      happen({ type: 'listed', id: conversation.id })
      return conversation
    },
    remove: async (id: number) => {
      const before = lastMessageId(id)
      await api.removeConversation(id)
      happen({ type: 'removed', id })
      if (lastMessageId(id) !== before) await refresh()
    },
  }
}
