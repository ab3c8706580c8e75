import type { Announcement, Engine, Publication } from '../../src/engine/engine.ts'

type Message = Publication | Announcement

/** Subscribes to a channel and keeps what it is handed. */
export function listen(engine: Engine, channel: string) {
  const all: Message[] = []
  const checks = new Set<() => void>()
  const subscribed = Promise.resolve(
    engine.subscribe(channel, (message) => {
      all.push(message)
      for (const check of checks) check()
    }),
  )
  const when = (isEnough: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => isEnough() && checks.delete(check) && resolve()
      checks.add(check)
      check()
    })
  const delivered = async (count: number) => {
    await when(() => all.length >= count)
    return all
  }
  const until = (offset: number) => when(() => offsets(all).some((reached) => reached >= offset))
  return { all, subscribed, delivered, until }
}

/** -1 for what has none. */
export function offsets(messages: Message[]): number[] {
  return messages.map((message) => ('offset' in message ? (message.offset ?? -1) : -1))
}
