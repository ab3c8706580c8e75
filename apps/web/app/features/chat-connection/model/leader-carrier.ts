import type { Carrier, CarrierOptions } from './carrier.ts'
import { createHub } from './hub.ts'
import { aborted, inTurn } from './locks.ts'
import type { ToHub, ToTab } from './protocol.ts'
import { openSocket } from './socket.ts'

type Letter =
  | { kind: 'new-hub' }
  | { kind: 'to-hub'; from: string; message: ToHub }
  | { kind: 'to-tab'; to: string; message: ToTab }

/** One of the tabs is the hub for all, for as long as it lives; then the next one is. */
export function openLeaderCarrier({ userId, receive, newHub }: CarrierOptions): Carrier {
  // Another build of the app, whose words may differ, has a leader of its own.
  const name = `chat-${userId}-${import.meta.url}`
  const id = crypto.randomUUID()
  const channel = new BroadcastChannel(name)
  const closed = new AbortController()

  channel.onmessage = ({ data: letter }: MessageEvent<Letter>) => {
    if (letter.kind === 'new-hub') newHub()
    else if (letter.kind === 'to-tab' && letter.to === id) receive(letter.message)
  }
  inTurn(name, () => lead(name, userId, closed.signal), closed.signal)
  return {
    post: (message) => channel.postMessage({ kind: 'to-hub', from: id, message } satisfies Letter),
    close() {
      channel.close()
      closed.abort()
    },
  }
}

async function lead(name: string, userId: number, until: AbortSignal): Promise<void> {
  const channel = new BroadcastChannel(name)
  const post = (letter: Letter) => channel.postMessage(letter)
  const hub = createHub<string>({
    lock: null,
    openSocket: (url, listener) => openSocket(userId, url, listener),
    post: (to, message) => post({ kind: 'to-tab', to, message }),
  })
  channel.onmessage = ({ data: letter }: MessageEvent<Letter>) => {
    if (letter.kind === 'to-hub') hub.receive(letter.from, letter.message)
  }
  post({ kind: 'new-hub' })
  await aborted(until)
  hub.close()
  channel.close()
}
