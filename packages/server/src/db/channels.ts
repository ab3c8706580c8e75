export type OnNotify = (payload: string) => void

/** Who listens to what in this process. */
export interface Channels {
  add(channel: string, onNotify: OnNotify): void
  /** Says whether that was the channel's last listener. */
  remove(channel: string, onNotify: OnNotify): boolean
  call(channel: string, payload: string): void
  callAll(payload: string): void
  names(): Iterable<string>
}

export function createChannels(): Channels {
  const channels = new Map<string, Set<OnNotify>>()
  const call = (channel: string, payload: string): void => {
    for (const onNotify of [...(channels.get(channel) ?? [])]) onNotify(payload)
  }
  return {
    call,
    callAll: (payload) => [...channels.keys()].forEach((channel) => call(channel, payload)),
    names: () => channels.keys(),
    add(channel, onNotify) {
      const listeners = channels.get(channel)
      if (listeners) listeners.add(onNotify)
      else channels.set(channel, new Set([onNotify]))
    },
    remove(channel, onNotify) {
      const listeners = channels.get(channel)
      if (!listeners?.delete(onNotify) || listeners.size > 0) return false
      return channels.delete(channel)
    },
  }
}
