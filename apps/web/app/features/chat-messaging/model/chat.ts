import type { Event } from '@parley/wire/marketplace'
import { effectScope, watch, type Ref } from 'vue'
import { countsAsUnread } from '#chat/entities/conversation/model/conversations.ts'
import type { Conversation } from '#chat/entities/conversation/model/conversation.schema.ts'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { ChatConnection } from '#chat/features/chat-connection/model/connect-chat.ts'
import { ApiError, SessionChanged } from '#chat/shared/api/client.ts'
import type { KeptTexts } from '#chat/shared/lib/storage.ts'
import { chatApi, type Request } from './api.ts'
import { createConversationList } from './conversation-list.ts'
import { createDeliveries } from './deliveries.ts'
import { perFrame } from './per-frame.ts'
import { createPresences } from './presence.ts'
import { createThreads, type UploadImage } from './threads.ts'
import { createTypingSigns } from './typing.ts'
import { createUnreadTotal } from './unread-total.ts'

export interface ChatOptions {
  me: number
  connection: ChatConnection
  request: Request
  uploadImage: UploadImage
  /** Whether a person looks at this page: it is visible and has the focus. */
  attention: Readonly<Ref<boolean>>
  /** Keeps unsent texts over a reload. */
  kept: KeptTexts
  /** There is no session any more, or another one. */
  onUnauthorized: () => void
}

export type Chat = ReturnType<typeof createChat>

interface Heard {
  event: Event
  first: boolean
}

const LISTS_SETTLE_MS = 500
const JOIN_MS = 1000

/** The chat of the person signed in: what the server says, what events tell, and what is on its way meet here. */
export function createChat(options: ChatOptions) {
  const { me, connection, attention, onUnauthorized } = options
  const request: Request = (...call) => heeded(options.request(...call))
  const api = chatApi(request)
  const unread = createUnreadTotal(api.countUnread)
  const presences = createPresences(api)
  const typing = createTypingSigns(api)
  const deliveries = createDeliveries(api)
  const list = createConversationList(me, api, confirmFetched)
  const threads = createThreads({
    ...options,
    uploadImage: (upload) => heeded(options.uploadImage(upload)),
    api,
    list,
    onLeftUnread: leftUnread,
  })
  const scope = effectScope(true)
  let listsTimer: ReturnType<typeof setTimeout> | undefined
  let wasConnected = connection.state.value === 'connected'

  async function heeded<T>(answer: Promise<T>): Promise<T> {
    try {
      const reply = await answer
      answered()
      return reply
    } catch (error) {
      if (isOver(error)) onUnauthorized()
      throw error
    }
  }

  /** Where the server can be reached, the connection need not wait for its next attempt. */
  function answered() {
    if (wasConnected && connection.state.value === 'connecting') connection.reconnect()
  }

  function hear(heard: Heard[]) {
    const reading = threads.reading()
    const messages = heard.flatMap(({ event }) => (event.type === 'message.new' ? [event.data.message] : []))
    if (messages.length > 0) arrive(messages, reading)
    for (const each of heard) one(each, reading)
  }

  function arrive(messages: Message[], reading: number | null) {
    list.happen({ type: 'arrived', messages, reading })
    for (const [id, arrived] of Map.groupBy(messages, ({ conversation_id }) => conversation_id)) {
      threads.find(id)?.arrive(arrived)
      // New, or hidden until now, or told late of the time before it was hidden: the server knows.
      if (!list.isListed(id)) void list.refresh()
    }
  }

  function one({ event, first }: Heard, reading: number | null) {
    switch (event.type) {
      case 'message.new':
        counted(event.data.message, { first, reading })
        break
      case 'message.delivered':
        receipt('delivered', event.data.conversation_id, event.data.last_message_id)
        break
      case 'message.read':
        read(event.data)
        break
      case 'typing':
        typing.show(event.data.conversation_id)
        break
      case 'presence':
        presences.tell(event.data.user_id, {
          online: event.data.online,
          lastSeenAt: event.data.last_seen_at,
        })
        break
      case 'unread.update':
        unread.set(event.data.total_unread)
        listsTimer ??= setTimeout(compareLists, LISTS_SETTLE_MS)
    }
  }

  function counted(message: Message, { first, reading }: { first: boolean; reading: number | null }) {
    const { id, conversation_id } = message
    typing.hide(conversation_id)
    if (!countsAsUnread(message, me) || conversation_id === reading) return
    unread.add(1)
    if (first) deliveries.arrived(conversation_id, id)
  }

  function receipt(type: 'delivered' | 'read', id: number, upTo: number) {
    list.happen({ type, id, upTo })
    threads.find(id)?.receipt(type, upTo)
  }

  function read({
    conversation_id: id,
    reader_id,
    last_read_message_id: upTo,
  }: Extract<Event, { type: 'message.read' }>['data']) {
    if (reader_id === me) list.happen({ type: 'readByMe', id, upTo })
    else receipt('read', id, upTo)
  }

  function leftUnread(conversationId: number, upTo: number) {
    if (!scope.active) return
    deliveries.arrived(conversationId, upTo)
    unread.recountSoon()
    list.fetchOne(conversationId).catch(() => undefined)
  }

  /** What came while nobody was here has arrived now. */
  function confirmFetched(conversations: readonly Conversation[]) {
    if (!scope.active) return
    for (const { id, last_message: last } of conversations) {
      if (last && countsAsUnread(last, me) && last.status === 'sent') deliveries.arrived(id, last.id)
    }
  }

  /** Which conversation was read on another device is not told, only that fewer messages are unread. */
  function compareLists() {
    listsTimer = undefined
    if (list.unreadSum() > unread.total.value) void list.refresh()
  }

  function begin() {
    clearTimeout(joining)
    unread.recount()
    presences.refresh()
  }

  function refresh() {
    begin()
    void list.refresh()
    threads.resync()
  }

  function connected() {
    if (wasConnected) presences.refresh()
    wasConnected = true
    wake()
  }

  /** What could not be asked or told before. */
  function wake() {
    if (list.error.value !== null) void list.refresh()
    unread.wake()
    deliveries.wake()
    threads.wake()
  }

  const heard = perFrame(hear)
  scope.run(() => {
    watch(connection.state, (state) => {
      if (state === 'connected') connected()
      if (state === 'unauthorized') onUnauthorized()
    })
    watch(list.filter, () => void list.load())
    watch(attention, (looking) => {
      if (looking) threads.wake()
      else threads.settle()
    })
  })
  const stopListening = [
    connection.onEvent((event, { first }) => heard.add({ event, first })),
    connection.onGap(refresh),
  ]
  // The first gap comes when the connection is there: what is asked then need not be asked again.
  const joining = setTimeout(begin, wasConnected ? 0 : JOIN_MS)

  return {
    me,
    connection,
    list,
    presences,
    typing,
    totalUnread: unread.total,
    /** A request of the session. */
    request,
    openThread: threads.open,
    /** Whether something would be lost, or at least late, if the page were closed now. */
    hasUnsent: threads.hasUnsent,
    /** The network is back: what waits is tried at once. */
    wake,
    close() {
      scope.stop()
      for (const stop of stopListening) stop()
      clearTimeout(listsTimer)
      clearTimeout(joining)
      for (const part of [heard, unread, typing, deliveries, threads]) part.close()
      connection.close()
    },
  }
}

function isOver(error: unknown): boolean {
  return error instanceof SessionChanged || (error instanceof ApiError && error.status === 401)
}
