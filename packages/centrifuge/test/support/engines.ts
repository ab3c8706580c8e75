import type { Announcement, Engine, Publication } from '../../src/index.ts'

type Message = Publication | Announcement

/** An engine that loses what `isLost` says of what it should deliver. */
export function losing(engine: Engine, isLost: (message: Publication) => boolean): Engine {
  return delivering(engine, (message, deliver) => {
    if ('type' in message || !isLost(message)) deliver(message)
  })
}

/** An engine whose deliveries pass through other hands. */
export function delivering(
  engine: Engine,
  hand: (message: Message, deliver: (message: Message) => void) => void,
): Engine {
  return {
    ...engine,
    subscribe: (channel, deliver) => engine.subscribe(channel, (message) => hand(message, deliver)),
  }
}

/** Once only, for the publication with that data. */
export function theFirst(data: string): (message: Publication) => boolean {
  let isLost = false
  return (message) => {
    if (isLost || message.data !== data) return false
    isLost = true
    return true
  }
}
