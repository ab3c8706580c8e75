import type { Publication } from './engine.ts'
import type { Node } from './node.ts'
import type { Codec, Message } from './protocol/codec.ts'
import { grow, send } from './send.ts'
import type { Channel, Subscription } from './session.ts'

/** Hands a publication to all who listen; it is encoded once per codec. */
export function broadcast(node: Node, channel: Channel, publication: Publication): void {
  const { offset } = publication
  if (offset !== undefined && offset <= channel.lastOffset) return
  channel.lastOffset = offset ?? channel.lastOffset
  const encoded = new Map<Codec, Message>()
  for (const subscription of channel.subscriptions) {
    const { codec } = subscription.session
    let message = encoded.get(codec)
    if (!message) {
      message = codec.encodePush({ channel: channel.name, type: 'pub', publication })
      encoded.set(codec, message)
    }
    hand(node, subscription, offset, message)
  }
}

function hand(node: Node, subscription: Subscription, offset: number | undefined, message: Message): void {
  if (offset !== undefined && offset <= subscription.from) return
  if (!subscription.held) {
    send(node, subscription.session, message)
    return
  }
  subscription.held.push({ offset, message })
  grow(node, subscription.session, message)
}

/** The subscriber has its reply: from now on it is live, beginning with what came in the meantime. */
export function release(node: Node, subscription: Subscription): void {
  const { held, session } = subscription
  subscription.held = undefined
  for (const { offset, message } of held ?? []) {
    session.queuedBytes -= message.length
    hand(node, subscription, offset, message)
  }
}
