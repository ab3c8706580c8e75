import { Centrifuge } from 'centrifuge'
import { onWake } from './wake.ts'

const MIN_DELAY_MS = 1_000
const MAX_DELAY_MS = 30_000
const UNAUTHORIZED = 4501
const PERSONAL = 'personal:#'

export interface SocketListener {
  connecting(): void
  /** `recovered`: nothing was missed since the socket was last connected. */
  connected(recovered: boolean): void
  /** Final. */
  unauthorized(): void
  event(event: unknown): void
}

export interface Socket {
  /** Does not wait for the next attempt. */
  reconnect(): void
  close(): void
}

/** The official client on the user's personal channel. It comes back by itself, whatever happens, unless refused. */
export function openSocket(userId: number, url: string, listener: SocketListener): Socket {
  const channel = `${PERSONAL}${userId}`
  const network = new EventTarget()
  const closed = new AbortController()
  const centrifuge = new Centrifuge(url, {
    minReconnectDelay: MIN_DELAY_MS,
    maxReconnectDelay: MAX_DELAY_MS,
    networkEventTarget: network,
  })

  function close() {
    closed.abort()
    centrifuge.removeAllListeners()
    centrifuge.disconnect()
  }

  function refused() {
    close()
    listener.unauthorized()
  }

  /** After codes of 35xx the client stays away; what a sleeping computer is closed with (`stale`) is one of them. */
  function comeBack() {
    listener.connecting()
    const timer = setTimeout(() => centrifuge.connect(), MAX_DELAY_MS)
    closed.signal.addEventListener('abort', () => clearTimeout(timer))
  }

  centrifuge.on('connecting', () => listener.connecting())
  centrifuge.on('subscribed', (subscription) => {
    if (subscription.channel === channel) listener.connected(subscription.recovered)
    // The cookie is another user's by now.
    else if (subscription.channel.startsWith(PERSONAL)) refused()
  })
  centrifuge.on('publication', (publication) => {
    if (publication.channel === channel) listener.event(publication.data)
  })
  centrifuge.on('disconnected', ({ code }) => (code === UNAUTHORIZED ? refused() : comeBack()))

  const tell = (type: 'online' | 'offline') => network.dispatchEvent(new Event(type))
  // Not every place that can hold a socket hears of the network.
  if ('addEventListener' in globalThis)
    for (const type of ['online', 'offline'] as const)
      globalThis.addEventListener(type, () => tell(type), { signal: closed.signal })
  const renew = () => {
    tell('offline')
    tell('online')
  }
  onWake(renew, closed.signal)

  centrifuge.connect()
  return { reconnect: () => tell('online'), close }
}
