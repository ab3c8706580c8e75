import { computed, shallowRef } from 'vue'
import {
  listedConversations,
  noConversations,
  reduceConversations,
  type ConversationFilter,
  type ConversationsEvent,
  type ConversationsSnapshot,
} from '~/entities/conversation/model/conversations.ts'
import type { Conversation } from '~/entities/conversation/model/conversation.schema.ts'
import type { ChatApi } from './api.ts'

const PAGE = 20
const LARGEST_PAGE = 100

export type ConversationList = ReturnType<typeof createConversationList>

/** The conversations of the person signed in: pages from the server, kept up by events. */
export function createConversationList(me: number, api: ChatApi) {
  const state = shallowRef(noConversations(me))
  const filter = shallowRef<ConversationFilter>('all')
  const loading = shallowRef(false)
  const error = shallowRef<unknown>(null)
  const loaded = new Set<ConversationFilter>()
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
    } finally {
      since.delete(events)
    }
  }

  async function fetchFirst(wanted: ConversationFilter): Promise<ConversationsSnapshot> {
    const size = Math.max(PAGE, state.value.listings[wanted].ids.size)
    const conversations: Conversation[] = []
    let cursor: string | null = null
    do {
      const limit = Math.min(LARGEST_PAGE, size - conversations.length)
      const { data, meta } = await api.listConversations(wanted, { limit, ...(cursor && { cursor }) })
      conversations.push(...data)
      cursor = meta.next_cursor
    } while (cursor !== null && conversations.length < size)
    loaded.add(wanted)
    return { type: 'fetched', filter: wanted, conversations, cursor, first: true }
  }

  async function fetchNext(wanted: ConversationFilter, cursor: string): Promise<ConversationsSnapshot> {
    const { data, meta } = await api.listConversations(wanted, { limit: PAGE, cursor })
    return { type: 'fetched', filter: wanted, conversations: data, cursor: meta.next_cursor, first: false }
  }

  async function showing(work: Promise<void>) {
    loading.value = true
    error.value = null
    try {
      await work
    } catch (fault) {
      error.value = fault
    } finally {
      loading.value = false
    }
  }

  async function fetchOne(id: number): Promise<Conversation> {
    const answer = asked.get(id) ?? api.getConversation(id)
    asked.set(id, answer)
    try {
      await take(async () => ({ type: 'upserted', conversation: await answer }))
      return state.value.byId.get(id) ?? (await answer)
    } finally {
      asked.delete(id)
    }
  }

  return {
    state,
    filter,
    loading,
    error,
    happen,
    fetchOne,
    /** A message came for a conversation that nobody knew: new, or hidden until now. */
    async discover(id: number) {
      await fetchOne(id).then(
        () => happen({ type: 'listed', id }),
        () => undefined,
      )
    },
    /** One that is known, listed or not. */
    find: (id: number) => state.value.byId.get(id) ?? null,
    hasUnread: (id: number) => (state.value.byId.get(id)?.unread_count ?? 0) > 0,
    unreadSum: () =>
      listedConversations(state.value, 'unread').reduce((sum, { unread_count }) => sum + unread_count, 0),
    conversations: computed(() => listedConversations(state.value, filter.value)),
    hasMore: computed(() => state.value.listings[filter.value].cursor !== null),
    /** Fetches what is listed with this filter, unless it has been. */
    load: async () => {
      if (!loaded.has(filter.value)) await showing(take(() => fetchFirst(filter.value)))
    },
    loadMore: async () => {
      const { cursor } = state.value.listings[filter.value]
      if (cursor !== null && !loading.value) await showing(take(() => fetchNext(filter.value, cursor)))
    },
    /** Fetches anew whatever has been fetched. */
    refresh: () =>
      showing(Promise.all([...loaded].map((each) => take(() => fetchFirst(each)))).then(() => undefined)),
    open: async (productId: number): Promise<Conversation> => {
      const conversation = await api.openConversation(productId)
      await take(async () => ({ type: 'upserted', conversation }))
      happen({ type: 'listed', id: conversation.id })
      return conversation
    },
    remove: async (id: number) => {
      await api.removeConversation(id)
      happen({ type: 'removed', id })
    },
  }
}
