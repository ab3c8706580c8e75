import type { Carrier } from './carrier.ts'
import { hold, whenFree } from './locks.ts'
import { attentionNow } from './page.ts'
import type { ToHub, ToTab } from './protocol.ts'
import { openWorkerCarrier } from './worker-carrier.ts'

export interface StayOptions {
  userId: number
  url: string
  withWorker: boolean
  receive(message: ToTab): void
  /** The hub is gone; no other will come by itself. */
  lost(): void
  /** Shared workers do not work here. */
  failed(): void
}

export interface Stay {
  post(message: ToHub): void
  leave(): void
}

/** From joining a hub to leaving it. */
export function joinHub(options: StayOptions): Stay {
  const left = new AbortController()
  let carrier: Carrier | null = null

  async function enter() {
    const lock = 'locks' in navigator ? `chat-tab-${crypto.randomUUID()}` : null
    if (lock !== null) await hold(lock, left.signal)
    const join = () => carrier?.post({ type: 'join', url: options.url, lock, attention: attentionNow() })
    const opened = await openCarrier({ ...options, receive, newHub: join })
    carrier = opened
    if (left.signal.aborted) opened.close()
    else join()
  }

  function receive(message: ToTab) {
    if (left.signal.aborted) return
    if (message.type === 'welcome' && message.lock !== null) whenFree(message.lock, options.lost, left.signal)
    options.receive(message)
  }

  enter().catch((error: unknown) => {
    if (!left.signal.aborted) throw error
  })
  return {
    post: (message) => carrier?.post(message),
    leave() {
      carrier?.post({ type: 'leave' })
      carrier?.close()
      left.abort()
    },
  }
}

/** What most browsers do not need is fetched by those that do. */
async function openCarrier(options: StayOptions & { newHub: () => void }): Promise<Carrier> {
  if (!('locks' in navigator)) return (await import('./own-carrier.ts')).openOwnCarrier(options)
  if (options.withWorker && 'SharedWorker' in window) return openWorkerCarrier(options, options.failed)
  return (await import('./leader-carrier.ts')).openLeaderCarrier(options)
}
