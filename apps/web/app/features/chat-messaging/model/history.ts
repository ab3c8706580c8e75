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
  /** Nothing is missing between the messages up to here; more may be missing before the later ones. */
  let solidTo = 0
  let work: Promise<void> | null = null

  /** One at a time; who asks meanwhile waits for what is under way. */
  function once(fetch: (signal: AbortSignal) => Promise<void>): Promise<void> {
    work ??= showing(fetch).finally(() => (work = null))
    return work
  }
  async function showing(fetch: (signal: AbortSignal) => Promise<void>) {
    const { signal } = left
    loading.value = true
    error.value = null
    try {
      await fetch(signal)
    } catch (fault) {
      if (!signal.aborted) error.value = fault
    } finally {
      loading.value = false
    }
  }

  function page(limit: number, from: string | null, signal: AbortSignal) {
    return list({ limit, ...(from !== null && { cursor: from }) }, signal)
  }

  async function sync(signal: AbortSignal) {
    const before = solidTo
    solidTo = Infinity
    try {
      await closeHole(before, signal)
    } catch (fault) {
      solidTo = Math.min(solidTo, before)
      throw fault
    }
  }

  /** The newest pages, until they meet what is known; taken together, so that no hole is ever seen. */
  async function closeHole(after: number, signal: AbortSignal) {
    const known = state.value.messages
    const solid = known.filter(({ id }) => id <= after)
    const gathered: Message[] = []
    let next: string | null = null
    const isClosed = () => (solid.length === 0 ? covers(gathered, known) : meets(gathered, solid, me))
    do {
      const { data, meta } = await page(known.length === 0 ? PAGE : LARGEST_PAGE, next, signal)
      gathered.push(...data)
      next = meta.next_cursor
    } while (next !== null && !isClosed())
    take(gathered)
    if (covers(gathered, known)) cursor.value = next
  }

  async function older(limit: number, signal: AbortSignal) {
    if (cursor.value === null) return
    const { data, meta } = await page(limit, cursor.value, signal)
    take(data)
    cursor.value = meta.next_cursor
  }

  async function open(signal: AbortSignal) {
    await sync(signal)
    if (!opened.value) await findFirstUnread(signal)
    opened.value = true
  }

  async function findFirstUnread(signal: AbortSignal) {
    for (let pages = 1; pages < FIRST_UNREAD_PAGES && allUnread() && cursor.value !== null; pages++)
      await older(LARGEST_PAGE, signal)
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
    loadOlder: () => once((signal) => older(PAGE, signal)),
    async loadUntil(id: number): Promise<boolean> {
      const { signal } = left
      const isFurther = () => cursor.value !== null && oldestId(state.value.messages) > id
      error.value = null
      while (!signal.aborted && error.value === null && isFurther())
        await once(() => older(LARGEST_PAGE, signal))
      return state.value.messages.some((message) => message.id === id)
    },
    /** Something was missed. */
    async resync() {
      solidTo = Math.min(solidTo, state.value.messages.at(-1)?.id ?? 0)
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

/** Whether all that is known has been seen again. */
function covers(gathered: Message[], known: readonly Message[]): boolean {
  return oldestId(gathered) <= oldestId(known)
}

/** Whether nothing is between the two, and statuses of own messages that may have changed have been seen. */
function meets(gathered: Message[], known: readonly Message[], me: number): boolean {
  const oldest = oldestId(gathered)
  const overlap = known.filter(({ id }) => id >= oldest)
  const open = known.some(({ id, sender_id, status }) => id < oldest && sender_id === me && status !== 'read')
  return overlap.length > 0 && (!open || overlap.some(({ sender_id }) => sender_id === me))
}

function oldestId(messages: readonly Message[]): number {
  return messages.reduce((oldest, { id }) => Math.min(oldest, id), Infinity)
}
