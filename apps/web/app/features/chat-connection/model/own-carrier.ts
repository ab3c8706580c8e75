import type { Carrier, CarrierOptions } from './carrier.ts'
import { createHub } from './hub.ts'
import { openSocket } from './socket.ts'

/** The tab is its own hub, and shares with nobody. */
export function openOwnCarrier({ userId, receive }: Omit<CarrierOptions, 'newHub'>): Carrier {
  const hub = createHub<'self'>({
    lock: null,
    openSocket: (url, listener) => openSocket(userId, url, listener),
    post: (_self, message) => receive(message),
  })
  return { post: (message) => hub.receive('self', message), close: () => hub.close() }
}
