import { afterEach, describe, expect, test, vi } from 'vitest'
import { createHub, type Hub } from '../app/features/chat-connection/model/hub.ts'
import { hold } from '../app/features/chat-connection/model/locks.ts'
import type { Attention, ToHub, ToTab } from '../app/features/chat-connection/model/protocol.ts'
import type { SocketListener } from '../app/features/chat-connection/model/socket.ts'
import { onWake } from '../app/features/chat-connection/model/wake.ts'

const URL = 'ws://127.0.0.1/connection/websocket'

/** The far end of the hub: what it opened, and what the network would say to it. */
function wire() {
  const sockets: (SocketListener & { open: boolean; reconnects: number })[] = []
  const openSocket = (_url: string, listener: SocketListener) => {
    const socket = { ...listener, open: true, reconnects: 0 }
    sockets.push(socket)
    return {
      reconnect: () => (socket.reconnects += 1),
      close: () => (socket.open = false),
    }
  }
  const socket = () => {
    const last = sockets.at(-1)
    if (!last) throw new Error('no socket was opened')
    return last
  }
  return {
    openSocket,
    socket,
    opened: () => sockets.length,
    open: () => sockets.filter((one) => one.open).length,
  }
}

/** A tab at the other end of a MessageChannel. */
function tabOf(hub: Hub<MessagePort>) {
  const { port1: ours, port2: theirs } = new MessageChannel()
  const heard: ToTab[] = []
  let wake = () => {}
  ours.onmessage = ({ data }: MessageEvent<ToTab>) => {
    heard.push(data)
    wake()
  }
  theirs.onmessage = ({ data }: MessageEvent<ToHub>) => hub.receive(theirs, data)
  ports.push(ours)
  const tab = {
    heard,
    post: (message: ToHub) => ours.postMessage(message),
    /** Resolves with all that was heard once the last of it is as wanted. */
    async until(wanted: (message: ToTab) => boolean) {
      while (!heard.some(wanted)) await new Promise<void>((resolve) => (wake = resolve))
      return heard.splice(0)
    },
    async join(attention: Attention = 'focused', lock: string | null = null) {
      tab.post({ type: 'join', url: URL, lock, attention })
      return tab.until(({ type }) => type === 'state')
    },
  }
  return tab
}

const ports: MessagePort[] = []
const hubs: Hub<MessagePort>[] = []
afterEach(() => {
  for (const port of ports.splice(0)) port.close()
  for (const hub of hubs.splice(0)) hub.close()
})

function start() {
  const line = wire()
  const hub = createHub<MessagePort>({
    openSocket: line.openSocket,
    post: (port, message) => port.postMessage(message),
    lock: 'the-hub',
  })
  hubs.push(hub)
  return { ...line, tab: () => tabOf(hub) }
}

const isEvent = ({ type }: ToTab) => type === 'event'
const isGap = ({ type }: ToTab) => type === 'gap'
const isState = (state: string) => (message: ToTab) => message.type === 'state' && message.state === state

describe('the hub', () => {
  test('opens one socket for all tabs and closes it when the last one leaves', async () => {
    const { tab, socket, opened, open } = start()
    const [one, two] = [tab(), tab()]
    expect(await one.join()).toEqual([
      { type: 'welcome', lock: 'the-hub' },
      { type: 'state', state: 'connecting' },
    ])
    await two.join()
    expect(opened()).toBe(1)

    one.post({ type: 'leave' })
    await two.join()
    expect(open()).toBe(1)

    two.post({ type: 'leave' })
    await two.join()
    expect([opened(), open()]).toEqual([2, 1])
    expect(socket().open).toBe(true)
  })

  test('tells each event to every tab, and to the one looked at as the first', async () => {
    const { tab, socket } = start()
    const [hidden, visible, focused] = [tab(), tab(), tab()]
    await hidden.join('hidden')
    await visible.join('visible')
    await focused.join('focused')
    await visible.join('visible')
    socket().event('hello')
    const told = await Promise.all([hidden, visible, focused].map((one) => one.until(isEvent)))
    expect(told).toEqual([
      [{ type: 'event', event: 'hello', first: false }],
      [{ type: 'event', event: 'hello', first: false }],
      [{ type: 'event', event: 'hello', first: true }],
    ])
  })

  test('of hidden tabs the one that was used last is the first', async () => {
    const { tab, socket } = start()
    const [one, two, unseen] = [tab(), tab(), tab()]
    await one.join('focused')
    await two.join('focused')
    one.post({ type: 'attention', attention: 'hidden' })
    two.post({ type: 'attention', attention: 'hidden' })
    one.post({ type: 'attention', attention: 'visible' })
    one.post({ type: 'attention', attention: 'hidden' })
    await one.join('hidden')
    await two.join('hidden')
    await unseen.join('hidden')
    socket().event('hello')
    const told = await Promise.all([one, two, unseen].map((tab) => tab.until(isEvent)))
    expect(told.flat().map((message) => message.type === 'event' && message.first)).toEqual([
      true,
      false,
      false,
    ])
  })

  test('tells of a gap after the first connect and after what could not be recovered, and only then', async () => {
    const { tab, socket } = start()
    const one = tab()
    await one.join()
    socket().connected(false)
    expect(await one.until(isGap)).toEqual([{ type: 'state', state: 'connected' }, { type: 'gap' }])

    socket().connecting()
    socket().connected(true)
    socket().event('missed')
    expect((await one.until(isEvent)).map(({ type }) => type)).toEqual(['state', 'state', 'event'])

    socket().connecting()
    socket().connected(false)
    expect((await one.until(isGap)).map(({ type }) => type)).toEqual(['state', 'state', 'gap'])
  })

  test('tells a tab that came later to fetch what the others know', async () => {
    const { tab, socket } = start()
    const [one, late, later] = [tab(), tab(), tab()]
    await one.join()
    socket().connected(false)
    await late.join()
    await late.until(isGap)

    socket().connecting()
    await later.join()
    socket().connected(true)
    expect(await later.until(isGap)).toEqual([{ type: 'state', state: 'connected' }, { type: 'gap' }])
    socket().event('last')
    expect((await late.until(isEvent)).filter(isGap)).toEqual([])
  })

  test('forgets a tab whose lock is free: it died without a word', async () => {
    const { tab, socket, open } = start()
    const [dead, alive] = [tab(), tab()]
    const life = new AbortController()
    await hold('life-of-a-tab', life.signal)
    await dead.join('focused', 'life-of-a-tab')
    await alive.join('hidden')
    socket().event('to the focused one')
    expect(await alive.until(isEvent)).toMatchObject([{ first: false }])

    life.abort()
    await hold('life-of-a-tab', AbortSignal.abort()).catch(() => undefined)
    await navigator.locks.request('life-of-a-tab', () => undefined)
    socket().event('to the one that is left')
    expect(await alive.until(isEvent)).toMatchObject([{ first: true }])
    expect(open()).toBe(1)
  })

  test('stays away once refused, and tries again for whoever joins anew', async () => {
    const { tab, socket, opened } = start()
    const one = tab()
    await one.join()
    socket().unauthorized()
    await one.until(isState('unauthorized'))
    one.post({ type: 'reconnect' })
    expect(opened()).toBe(1)
    await one.join()
    expect(opened()).toBe(2)
  })

  test('passes on the wish to reconnect, of its tabs alone', async () => {
    const { tab, socket } = start()
    const [one, stranger] = [tab(), tab()]
    await one.join()
    stranger.post({ type: 'reconnect' })
    one.post({ type: 'reconnect' })
    await stranger.join()
    await one.join()
    expect(socket().reconnects).toBe(1)
  })
})

test('a computer that slept is noticed once it wakes, and a page whose timers are slow is not', () => {
  vi.useFakeTimers()
  const over = new AbortController()
  const woken = vi.fn()
  onWake(woken, over.signal)
  const sleep = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds)

  sleep(60_000)
  vi.advanceTimersByTime(15_000)
  expect(woken).not.toHaveBeenCalled()
  sleep(10 * 60_000)
  vi.advanceTimersByTime(15_000)
  expect(woken).toHaveBeenCalledOnce()

  over.abort()
  sleep(10 * 60_000)
  vi.advanceTimersByTime(15_000)
  expect(woken).toHaveBeenCalledOnce()
  vi.useRealTimers()
})
