import type { Event } from '@parley/wire/marketplace'
import { ref } from 'vue'
import type { Conversation } from '../../app/entities/conversation/model/conversation.schema.ts'
import type { Message } from '../../app/entities/message/model/message.schema.ts'
import type { ChatConnection } from '../../app/features/chat-connection/model/connect-chat.ts'
import type { Request } from '../../app/features/chat-messaging/model/api.ts'
import { NetworkError } from '../../app/shared/api/client.ts'
import { companion, conversation, me, message } from './shapes.ts'

interface Dialog {
  messages: Message[]
  readUpTo: number
  hidden: boolean
}

interface Waiting {
  what: string
  commit: () => unknown
  reply: { value: unknown } | null
  settle: (outcome: { value: unknown } | Error) => void
}

type Handler = (dialog: Dialog, id: number, body: { text?: string; key: string }) => unknown

/**
 * What the marketplace dialect does for one person, by hand: a request takes effect when it is served, its reply
 * arrives when it is answered, and an event when it is heard, each as late as a test likes.
 */
export function modelServer(ids: readonly number[]) {
  const dialogs = new Map<number, Dialog>(
    ids.map((id) => [id, { messages: [], readUpTo: 0, hidden: false }] as const),
  )
  const written = new Map<string, Message>()
  const waiting: Waiting[] = []
  const events: Event[] = []
  const listeners = new Set<Parameters<ChatConnection['onEvent']>[0]>()
  const gaps = new Set<() => void>()
  const state = ref<'connecting' | 'connected' | 'unauthorized'>('connected')
  let newest = 0

  const foreign = ({ messages, readUpTo }: Dialog) =>
    messages.filter(({ id, sender_id }) => sender_id === companion && id > readUpTo)
  const total = () =>
    [...dialogs.values()].reduce((sum, each) => sum + (each.hidden ? 0 : foreign(each).length), 0)
  const view = (id: number, dialog: Dialog): Conversation =>
    conversation({ id, last_message: dialog.messages.at(-1) ?? null, unread_count: foreign(dialog).length })
  const listed = () =>
    [...dialogs]
      .filter(([, { hidden }]) => !hidden)
      .map(([id, dialog]) => view(id, dialog))
      .sort((one, other) => (other.last_message?.id ?? 0) - (one.last_message?.id ?? 0))
  const tellTotal = () => events.push({ type: 'unread.update', data: { total_unread: total() } })

  function write(id: number, sender: number, text: string): Message {
    const dialog = dialogs.get(id)
    if (!dialog) throw new Error(`no conversation ${id}`)
    const entry = message({ id: ++newest, conversation_id: id, sender_id: sender, text })
    dialog.messages.push(entry)
    events.push({ type: 'message.new', data: { conversation_id: id, message: entry } })
    if (dialog.hidden) tellTotal()
    dialog.hidden = false
    return entry
  }
  function read(id: number) {
    const dialog = dialogs.get(id)
    if (!dialog || foreign(dialog).length === 0) return
    dialog.readUpTo = newest
    tellTotal()
  }

  const page = (data: unknown[]) => ({ data, meta: { has_more: false, next_cursor: null } })
  const done = { data: { message: 'done' } }
  const handlers: Record<string, Handler> = {
    'GET ': (dialog, id) => ({ data: view(id, dialog) }),
    'GET /messages': ({ messages, readUpTo }) =>
      page(
        messages.map((each) =>
          each.id <= readUpTo && each.sender_id !== me ? { ...each, status: 'read' } : each,
        ),
      ),
    'POST /messages': (_dialog, id, { text, key }) => {
      const entry = written.get(key) ?? write(id, me, text ?? '')
      written.set(key, entry)
      return { data: entry }
    },
    'POST /read': (_dialog, id) => {
      read(id)
      return done
    },
    'POST /delivered': () => done,
    'DELETE ': (dialog) => {
      dialog.hidden = true
      tellTotal()
      return done
    },
  }

  function answerTo(method: string, path: string, body: { text?: string; key: string }): unknown {
    if (path.endsWith('/unread-count')) return { data: { total_unread: total() } }
    if (path.endsWith('/conversations')) return page(listed())
    const [, digits, rest = ''] = /conversations\/(\d+)(\/\w+)?$/.exec(path) ?? []
    const dialog = dialogs.get(Number(digits))
    const handler = handlers[`${method} ${rest}`]
    if (!dialog || !handler) throw new Error(`${method} ${path} is not modelled`)
    return handler(dialog, Number(digits), body)
  }

  const request: Request = async (method, path, schema, options) => {
    const { promise, resolve } = Promise.withResolvers<{ value: unknown } | Error>()
    const said = { ...options?.body, key: options?.idempotencyKey ?? '' }
    const asked: Waiting = {
      what: `${method} ${path}`,
      commit: () => answerTo(method, path, said),
      reply: null,
      settle: resolve,
    }
    waiting.push(asked)
    options?.signal?.addEventListener('abort', () => {
      if (waiting.includes(asked)) waiting.splice(waiting.indexOf(asked), 1)
      resolve(new Error('It is not wanted any more.'))
    })
    const outcome = await promise
    if (outcome instanceof Error) throw outcome
    return schema.parse(outcome.value)
  }
  const connection: ChatConnection = {
    state,
    onEvent: (listener) => added(listeners, listener),
    onGap: (listener) => added(gaps, listener),
    reconnect: () => undefined,
    close: () => undefined,
  }
  const serve = (which: number) => {
    const one = waiting.filter(({ reply }) => !reply).at(which)
    if (one) one.reply = { value: structuredClone(one.commit()) }
  }
  const finish = (which: number, fault?: Error) => {
    const one = waiting.filter(({ reply }) => reply).at(which)
    if (!one?.reply) return
    waiting.splice(waiting.indexOf(one), 1)
    one.settle(fault ?? one.reply)
  }

  return {
    request,
    connection,
    state,
    listed,
    total,
    messages: (id: number) => dialogs.get(id)?.messages ?? [],
    /** Requests that are under way. */
    asked: (what: string) => waiting.filter((each) => each.what.endsWith(what)).length,
    isQuiet: () => waiting.length === 0 && events.length === 0,
    /** A request takes effect. */
    serve,
    /** The reply to a request arrives. */
    answer: (which: number) => finish(which),
    /** The server refuses the oldest request of this kind. */
    refuse(what: string, error: Error) {
      const one = waiting.find((each) => each.what.endsWith(what))
      if (!one) throw new Error(`nobody asks for ${what}`)
      waiting.splice(waiting.indexOf(one), 1)
      one.settle(error)
    },
    /** Every request that is under way is served and answered. */
    answerAll() {
      for (let left = waiting.length; left > 0; left--) {
        serve(0)
        finish(0)
      }
    },
    /** The reply to a request is lost. */
    cut: (which: number) => finish(which, new NetworkError('The line was cut.')),
    hear() {
      const event = events.shift()
      if (event) for (const listener of listeners) listener(event, { first: true })
    },
    /** What has not been heard never will be. */
    miss() {
      events.length = 0
      for (const listener of gaps) listener()
    },
    companionWrites: (id: number) => void write(id, companion, 'Hello!'),
    writeElsewhere: (id: number) => void write(id, me, 'ok'),
    readElsewhere: read,
  }
}

function added<T>(set: Set<T>, member: T): () => void {
  set.add(member)
  return () => set.delete(member)
}
