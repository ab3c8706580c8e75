import { computed, shallowRef, type ShallowRef } from 'vue'
import { countsAsUnread } from '#chat/entities/conversation/model/conversations.ts'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { MessagesState } from '#chat/entities/message/model/messages.ts'

const PAGE = 50
const LARGEST_PAGE = 100
const FIRST_UNREAD_PAGES = 10

interface Page {
  data: Message[]
  meta: { next_cursor: string | null }
}

export interface HistoryOptions {
  me: number
  state: ShallowRef<MessagesState>
  take: (messages: readonly Message[]) => void
  list: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<Page>
}

/** Fetches the messages of a conversation, newest first, as far back as somebody looks. */
export function createHistory({ me, state, take, list }: HistoryOptions) {
  const loading = shallowRef(false)
  const error = shallowRef<unknown>(null)
  const cursor = shallowRef<string | null>(null)
  const firstUnreadId = shallowRef<number | null>(null)
  const opened = shallowRef(false)
  let left = new AbortController()
  let looking = false
  let work: Promise<void> | null = null

  /** One at a time; who asks meanwhile waits for what is under way. */
  function once(fetch: () => Promise<void>): Promise<void> {
    work ??= showing(fetch).finally(() => (work = null))
    return work
  }
  async function showing(fetch: () => Promise<void>) {
    const { signal } = left
    loading.value = true
    error.value = null
    try {
      await fetch()
    } catch (fault) {
      if (!signal.aborted) error.value = fault
    } finally {
      loading.value = false
    }
  }

  function page(limit: number, from: string | null) {
    return list({ limit, ...(from !== null && { cursor: from }) }, left.signal)
  }

  /** The newest pages, until they meet what is known; taken together, so that no hole is ever seen. */
  async function sync() {
    const known = state.value.messages
    const gathered: Message[] = []
    let next: string | null = null
    do {
      const { data, meta } = await page(known.length === 0 ? PAGE : LARGEST_PAGE, next)
      gathered.push(...data)
      next = meta.next_cursor
    } while (next !== null && !meets(gathered, known, me))
    take(gathered)
    if (oldestId(gathered) <= oldestId(known)) cursor.value = next
  }

  async function older(limit: number) {
    if (cursor.value === null) return
    const { data, meta } = await page(limit, cursor.value)
    take(data)
    cursor.value = meta.next_cursor
  }

  async function open() {
    await sync()
    if (!opened.value) await findFirstUnread()
    opened.value = true
  }

  async function findFirstUnread() {
    for (let pages = 1; pages < FIRST_UNREAD_PAGES && allUnread() && cursor.value !== null; pages++)
      await older(LARGEST_PAGE)
    firstUnreadId.value = state.value.messages.find(isUnread)?.id ?? null
  }
  const isUnread = (message: Message) => countsAsUnread(message, me) && message.status !== 'read'
  const allUnread = () => {
    const oldest = state.value.messages.find((message) => countsAsUnread(message, me))
    return oldest !== undefined && isUnread(oldest)
  }

  return {
    loading,
    error,
    /** Of the time of opening, which is over once it is known. */
    firstUnreadId,
    opened,
    hasMore: computed(() => cursor.value !== null),
    load() {
      looking = true
      return once(open)
    },
    loadOlder: () => once(() => older(PAGE)),
    async loadUntil(id: number): Promise<boolean> {
      while (cursor.value !== null && oldestId(state.value.messages) > id && error.value === null)
        await once(() => older(LARGEST_PAGE))
      return state.value.messages.some((message) => message.id === id)
    },
    /** Something was missed. */
    async resync() {
      while (work) await work
      if (looking) await once(open)
    },
    /** Nobody looks any more: what is under way is given up. */
    leave() {
      looking = false
      left.abort()
      left = new AbortController()
      opened.value = false
      firstUnreadId.value = null
    },
  }
}

/** Whether nothing is between the two, and statuses of own messages that may have changed have been seen. */
function meets(gathered: Message[], known: readonly Message[], me: number): boolean {
  if (known.length === 0) return true
  const oldest = oldestId(gathered)
  const overlap = known.filter(({ id }) => id >= oldest)
  const open = known.some(({ id, sender_id, status }) => id < oldest && sender_id === me && status !== 'read')
  return overlap.length > 0 && (!open || overlap.some(({ sender_id }) => sender_id === me))
}

function oldestId(messages: readonly Message[]): number {
  return messages.reduce((oldest, { id }) => Math.min(oldest, id), Infinity)
}
