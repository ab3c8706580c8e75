import type { Announcement, Publication } from '../engine/engine.ts'
import type { Node } from '../node.ts'
import type { Codec, Message } from '../protocol/codec.ts'
import { failSession } from '../sessions/close.ts'
import { grow, send } from '../sessions/send.ts'
import { loseState } from './end.ts'
import { messageOf, outgoing, type Outgoing } from './outgoing.ts'
import { isLive, type Channel, type Subscription } from '../sessions/session.ts'

export function broadcast(node: Node, channel: Channel, message: Publication | Announcement): void {
  if ('type' in message) broadcastAnnouncement(node, channel, message)
  else broadcastPublication(node, channel, message)
}

/** The subscriber has its reply: from now on it is live, beginning with what came in the meantime. */
export function release(node: Node, subscription: Subscription): void {
  const { held = [], session } = subscription
  subscription.held = undefined
  for (const { bytes } of held) session.queuedBytes -= bytes
  for (const { outgoing } of held) if (isLive(subscription)) hand(node, subscription, outgoing)
}

function broadcastPublication(node: Node, channel: Channel, publication: Publication): void {
  const { offset } = publication
  if (offset !== undefined && offset <= channel.lastOffset) return
  const message = outgoing(channel.name, publication, channel.last)
  channel.lastOffset = offset ?? channel.lastOffset
  channel.last = publication
  for (const subscription of channel.subscriptions) hand(node, subscription, message)
}

function broadcastAnnouncement(node: Node, channel: Channel, { type, info }: Announcement): void {
  const encoded = new Map<Codec, Message>()
  for (const subscription of channel.subscriptions) {
    const { hearsJoinLeave, held, session } = subscription
    if (!hearsJoinLeave || held) continue
    const { codec } = session
    const message = encoded.get(codec) ?? codec.encodePush({ channel: channel.name, type, info })
    encoded.set(codec, message)
    send(node, session, message)
  }
}

function hand(node: Node, subscription: Subscription, message: Outgoing): void {
  const { offset } = message.publication
  if (offset !== undefined && offset <= subscription.from) return
  try {
    if (subscription.held) hold(node, subscription, message)
    else if (missesOne(node, subscription, offset)) loseState(node, subscription)
    else deliver(node, subscription, message)
  } catch (error) {
    // What cannot be sent to one subscriber is no matter of the others.
    failSession(node, subscription.session, error)
  }
}

function hold(node: Node, { held, session }: Subscription, outgoing: Outgoing): void {
  const { length: bytes } = messageOf(outgoing, session.codec, 'plain')
  held?.push({ outgoing, bytes })
  grow(node, session, bytes)
}

function missesOne({ engine }: Node, { epoch, from }: Subscription, offset: number | undefined): boolean {
  return engine.contiguous === true && epoch !== undefined && offset !== undefined && offset !== from + 1
}

function deliver(node: Node, subscription: Subscription, message: Outgoing): void {
  const { session, takesDeltas } = subscription
  const { publication, previous } = message
  subscription.from = publication.offset ?? subscription.from
  if (subscription.accepts?.(publication.tags) === false) return
  const isNext = previous !== undefined && subscription.last === previous
  const form = takesDeltas ? (isNext ? 'delta' : 'full') : 'plain'
  if (takesDeltas) subscription.last = publication
  node.counters.deliveries++
  send(node, session, messageOf(message, session.codec, form))
}
