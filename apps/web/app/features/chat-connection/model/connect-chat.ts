import { eventSchema, type Event } from '@parley/wire/marketplace'
import { readonly, ref, type Ref } from 'vue'
import { watchPage } from './page.ts'
import type { ConnectionState, ToTab } from './protocol.ts'
import { joinHub, type Stay } from './stay.ts'

export interface ChatConnection {
  /** 'connecting' covers every reconnect; 'unauthorized' is final (close code 4501): sign in again. */
  state: Readonly<Ref<ConnectionState>>
  /** `first` is true in exactly one tab for each event: that tab confirms delivery and rings. */
  onEvent(listener: (event: Event, info: { first: boolean }) => void): () => void
  /** What was missed cannot be recovered (or is not known): fetch anew. Also after the first connect. */
  onGap(listener: () => void): () => void
  /** Ask for a reconnect now (window 'online', a send that failed on the network). */
  reconnect(): void
  close(): void
}

export interface ChatConnectionOptions {
  userId: number
  /** ws(s)://…/connection/websocket */
  url: string
}

/** This tab's part in the one connection that all tabs of the user share. */
export function connectChat({ userId, url }: ChatConnectionOptions): ChatConnection {
  const state = ref<ConnectionState>('connecting')
  const events = new Set<(event: Event, info: { first: boolean }) => void>()
  const gaps = new Set<() => void>()
  const closed = new AbortController()
  let withWorker = true
  let stay: Stay | null = null

  function enter() {
    stay ??= joinHub({ userId, url, withWorker, receive, lost: enterAnew, failed })
  }

  function leave() {
    stay?.leave()
    stay = null
  }

  function enterAnew() {
    leave()
    state.value = 'connecting'
    enter()
  }

  function failed() {
    withWorker = false
    enterAnew()
  }

  function receive(message: ToTab) {
    if (message.type === 'state') state.value = message.state
    else if (message.type === 'gap') for (const listener of gaps) listener()
    else if (message.type === 'event') hear(message.event, message.first)
  }

  /** What a newer server may say is not for this app. */
  function hear(said: unknown, first: boolean) {
    const { data: event } = eventSchema.safeParse(said)
    if (event) for (const listener of events) listener(event, { first })
  }

  const reconnect = () => stay?.post({ type: 'reconnect' })
  watchPage(
    {
      attention: (attention) => stay?.post({ type: 'attention', attention }),
      wake: reconnect,
      away: leave,
      back: enterAnew,
    },
    closed.signal,
  )
  enter()

  return {
    state: readonly(state),
    onEvent: (listener) => added(events, listener),
    onGap: (listener) => added(gaps, listener),
    reconnect,
    close() {
      closed.abort()
      leave()
    },
  }
}

function added<T>(set: Set<T>, listener: T): () => void {
  set.add(listener)
  return () => set.delete(listener)
}
