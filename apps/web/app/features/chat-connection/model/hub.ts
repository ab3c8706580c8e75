import { whenFree } from './locks.ts'
import { attentions, type Attention, type ConnectionState, type ToHub, type ToTab } from './protocol.ts'
import type { Socket, SocketListener } from './socket.ts'

export interface Hub<Tab> {
  receive(tab: Tab, message: ToHub): void
  close(): void
}

export interface HubOptions<Tab> {
  openSocket: (url: string, listener: SocketListener) => Socket
  post: (tab: Tab, message: ToTab) => void
  /** What tabs watch to learn that this hub is gone; null where they learn it otherwise. */
  lock: string | null
}

interface Attendance {
  attention: Attention
  /** Larger for the tab that was used later; 0 for one that was never seen. */
  usedAt: number
  /** Joined while there was no connection, and so knows nothing yet. */
  fresh: boolean
}

/** One socket for many tabs: open while there is any. Each event is told to all of them, to one as the first. */
export function createHub<Tab>({ openSocket, post, lock }: HubOptions<Tab>): Hub<Tab> {
  const tabs = new Map<Tab, Attendance>()
  const closed = new AbortController()
  let socket: Socket | null = null
  let state: ConnectionState = 'connecting'
  let uses = 0

  function join(tab: Tab, message: Extract<ToHub, { type: 'join' }>) {
    const attendance = tabs.get(tab) ?? enrol(tab, message.lock)
    attend(attendance, message.attention)
    socket ??= open(message.url)
    post(tab, { type: 'welcome', lock })
    post(tab, { type: 'state', state })
    if (state === 'connected') post(tab, { type: 'gap' })
    else attendance.fresh = true
  }

  function enrol(tab: Tab, tabLock: string | null): Attendance {
    const attendance: Attendance = { attention: 'hidden', usedAt: 0, fresh: false }
    tabs.set(tab, attendance)
    const gone = () => {
      if (tabs.get(tab) === attendance) leave(tab)
    }
    if (tabLock !== null) whenFree(tabLock, gone, closed.signal)
    return attendance
  }

  function attend(attendance: Attendance, attention: Attention) {
    if (attention !== 'hidden' || attendance.attention !== 'hidden') attendance.usedAt = ++uses
    attendance.attention = attention
  }

  function leave(tab: Tab) {
    tabs.delete(tab)
    if (tabs.size === 0) hangUp()
  }

  function hangUp() {
    socket?.close()
    socket = null
  }

  function open(url: string): Socket {
    enter('connecting')
    return openSocket(url, {
      connecting: () => enter('connecting'),
      connected,
      unauthorized() {
        socket = null
        enter('unauthorized')
      },
      event(event) {
        const first = firstOf(tabs)
        for (const tab of tabs.keys()) post(tab, { type: 'event', event, first: tab === first })
      },
    })
  }

  function connected(recovered: boolean) {
    enter('connected')
    for (const [tab, attendance] of tabs) {
      if (!recovered || attendance.fresh) post(tab, { type: 'gap' })
      attendance.fresh = false
    }
  }

  function enter(next: ConnectionState) {
    if (next === state) return
    state = next
    for (const tab of tabs.keys()) post(tab, { type: 'state', state })
  }

  return {
    receive(tab, message) {
      const attendance = tabs.get(tab)
      if (message.type === 'join') join(tab, message)
      else if (!attendance) return
      else if (message.type === 'attention') attend(attendance, message.attention)
      else if (message.type === 'reconnect') socket?.reconnect()
      else leave(tab)
    },
    close() {
      closed.abort()
      tabs.clear()
      hangUp()
    },
  }
}

/** The tab that the person looks at, else the one that was used last. */
function firstOf<Tab>(tabs: ReadonlyMap<Tab, Attendance>): Tab | undefined {
  const rank = ({ attention }: Attendance) => attentions.indexOf(attention)
  const byCloseness = ([, a]: [Tab, Attendance], [, b]: [Tab, Attendance]) =>
    rank(b) - rank(a) || b.usedAt - a.usedAt
  return [...tabs].sort(byCloseness)[0]?.[0]
}
