import { randomUUID } from 'node:crypto'
import { resolveChannels } from './channels/config.ts'
import { inOrder } from './engine/in-order.ts'
import { createMemoryEngine } from './engine/memory-engine.ts'
import { createMemoryPresence } from './engine/memory-presence.ts'
import { createCounters } from './metrics/counters.ts'
import { notify, type Node } from './node.ts'
import { resolveSettings, type Options } from './options.ts'
import { broadcast } from './subscriptions/broadcast.ts'
import { flushAll } from './sessions/send.ts'
import { createTokenVerifier } from './tokens/verifier.ts'
import { createTurns } from './turns.ts'

/** Throws what names the option that is wrong. */
export function createNode(options: Options): Node {
  const settings = resolveSettings(options)
  const { token, subscriptionToken, engine = createMemoryEngine() } = options
  const connectionTokens = token && createTokenVerifier(token, { prefix: 'token' })
  const node: Node = {
    id: randomUUID(),
    startedAt: Date.now(),
    settings,
    hooks: options,
    channelRules: resolveChannels(options.channel),
    connectionTokens,
    subscriptionTokens: subscriptionToken
      ? createTokenVerifier(subscriptionToken, { prefix: 'subscriptionToken' })
      : connectionTokens,
    engine,
    presence: inOrder(options.presence ?? createMemoryPresence()),
    counters: createCounters(),
    sessions: new Set(),
    users: new Map(),
    emulated: new Map(),
    channels: new Map(),
    due: createTurns(flushAll),
    isClosing: false,
    notifying: new Set(),
    announce: oneAfterAnother((channel, announcement) => {
      if (!engine.announce) broadcast(node, channel, announcement)
      else void notify(node, () => engine.announce?.(channel.name, announcement))
    }),
  }
  return node
}

/** Who is told may be closed for being slow, and then leaves: a crowd of those must not become a tower of calls. */
function oneAfterAnother(tell: Node['announce']): Node['announce'] {
  const waiting: Parameters<typeof tell>[] = []
  return (...announcement) => {
    waiting.push(announcement)
    if (waiting.length > 1) return
    // What is announced meanwhile is told by this loop too.
    for (const next of waiting) tell(...next)
    waiting.length = 0
  }
}
