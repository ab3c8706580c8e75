import type { History, Publication, StreamPosition } from '../engine/engine.ts'
import type { Node } from '../node.ts'
import type { SubscribeResult } from '../protocol/replies.ts'
import type { Subscription } from '../sessions/session.ts'
import { deltaChain } from './outgoing.ts'

/** What the client asks of the channel's stream. */
export interface Wishes {
  /** Where it wants to be recovered from. */
  since?: StreamPosition | undefined
  positioned?: boolean
  recoverable?: boolean
  /** What the application allows: from no earlier offset. */
  recoverFrom?: number | undefined
}

type Started = Pick<SubscribeResult, 'position' | 'recovery' | 'recoverable' | 'positioned'>

/** Places a subscription in its channel's stream, and reads what it missed. */
export async function startStream(
  node: Node,
  subscription: Subscription,
  { since, recoverFrom = 0, ...wishes }: Wishes,
): Promise<Started> {
  const { channel, options } = subscription
  // Whatever was asked or overridden: what is not kept cannot be recovered.
  if (!channel.rules.retention) return {}
  const recoverable = (options.force_recovery || (wishes.recoverable && options.allow_recovery)) ?? false
  const isPositioned = options.force_positioning || (wishes.positioned && options.allow_positioning)
  if (!recoverable && !isPositioned) return {}
  const promised = { recoverable, positioned: true }
  if (recoverable && since && since.offset >= recoverFrom)
    return { ...promised, ...(await recover(node, subscription, since)) }
  const { position } = await node.engine.history(channel.name, { limit: 0 })
  place(subscription, position)
  return { ...promised, position, ...(recoverable && since ? missed(node) : {}) }
}

async function recover(node: Node, subscription: Subscription, since: StreamPosition): Promise<Started> {
  const isCache = subscription.options.force_recovery_mode === 'cache'
  const read = isCache ? readNewest : readMissed
  const { publications, position, recovered } = await read(node, subscription.channel.name, since)
  place(subscription, position)
  if (!recovered) return { position, ...missed(node) }
  node.counters.recoveriesHit++
  return {
    // A recovered client is told where it said it was, and moves on with the publications.
    position: isCache ? position : { ...position, offset: since.offset },
    recovery: { recovered, publications: forClient(subscription, publications) },
  }
}

function missed(node: Node): Pick<SubscribeResult, 'recovery'> {
  node.counters.recoveriesMissed++
  return { recovery: { recovered: false, publications: [] } }
}

function place(subscription: Subscription, { offset, epoch }: StreamPosition): void {
  subscription.from = offset
  subscription.epoch = epoch
}

interface Recovery extends Pick<History, 'publications' | 'position'> {
  recovered: boolean
}

/** All that was missed or nothing: a part would leave a gap that nobody knows of. */
async function readMissed(node: Node, channel: string, since: StreamPosition): Promise<Recovery> {
  const limit = node.settings.recoveryMaxPublications
  const { publications, position, complete } = await node.engine.history(channel, { since, limit })
  return { publications, position, recovered: complete }
}

/** For channels whose publications say the whole state: the newest makes up for any number of missed ones. */
async function readNewest(node: Node, channel: string, since: StreamPosition): Promise<Recovery> {
  const { publications, position } = await node.engine.history(channel, { limit: 1, reverse: true })
  const isCurrent = since.offset === position.offset && (since.epoch || position.epoch) === position.epoch
  if (isCurrent) return { publications: [], position, recovered: true }
  return { publications, position, recovered: publications.length > 0 }
}

function forClient(subscription: Subscription, missed: Publication[]): Publication[] {
  const { channel, session, accepts, takesDeltas } = subscription
  const publications = accepts ? missed.filter(({ tags }) => accepts(tags)) : missed
  if (!takesDeltas) return publications
  const newest = publications.at(-1)
  channel.last ??= newest
  // From there the next difference is made, if it is what the channel delivered last too.
  if (newest?.offset !== undefined && newest.offset === channel.last?.offset) subscription.last = channel.last
  return deltaChain(publications, session.codec)
}
