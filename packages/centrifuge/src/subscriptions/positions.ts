import { report, type Node } from '../node.ts'
import { isLive, type Channel, type Subscription } from '../sessions/session.ts'
import { loseState } from './end.ts'

/** Between two looks at what the engine has: it may show a publication before it delivers it. */
const graceTime = 1000

/** Compares a channel's subscribers with the engine, and sends those who missed something to recover. */
export async function checkPositions(node: Node, channel: Channel): Promise<void> {
  const oldest = behindMost(channel)
  if (!oldest?.epoch) return
  const since = { offset: oldest.from, epoch: oldest.epoch }
  try {
    const { publications, position, complete } = await node.engine.history(channel.name, { since, limit: 1 })
    if (position.epoch !== since.epoch) beginAnew(node, channel)
    else if (publications[0] || !complete)
      expectDelivery(node, channel, publications[0]?.offset ?? oldest.from + 1)
  } catch (error) {
    report(node, error)
  }
}

/** The offsets of the new stream begin below those of the old. */
function beginAnew(node: Node, channel: Channel): void {
  channel.lastOffset = 0
  channel.last = undefined
  for (const subscription of [...positioned(channel)]) loseState(node, subscription)
  for (const subscription of channel.subscriptions) if (!subscription.epoch) subscription.from = 0
}

/** Who has not moved on, and is before the offset, has missed something. */
function expectDelivery(node: Node, channel: Channel, offset: number): void {
  const behind = [...positioned(channel)]
    .map((subscription) => ({ subscription, from: subscription.from }))
    .filter(({ from }) => from < offset)
  const late = setTimeout(() => {
    for (const { subscription, from } of behind)
      if (isLive(subscription) && subscription.from === from) loseState(node, subscription)
  }, graceTime)
  late.unref()
}

function behindMost(channel: Channel): Subscription | undefined {
  let oldest: Subscription | undefined
  for (const subscription of positioned(channel))
    if (!oldest || subscription.from < oldest.from) oldest = subscription
  return oldest
}

function* positioned({ subscriptions }: Channel): Iterable<Subscription> {
  for (const subscription of subscriptions)
    if (subscription.epoch !== undefined && !subscription.held) yield subscription
}
