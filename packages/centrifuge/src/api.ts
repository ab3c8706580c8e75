import { release } from './broadcast.ts'
import { closeSession } from './close.ts'
import { enqueue } from './dispatch.ts'
import type { PublishOptions, StreamPosition } from './engine.ts'
import { closings, Disconnect, type Closing } from './errors.ts'
import type { ConnectionInfo, SubscriptionOptions } from './hooks.ts'
import { leave } from './leave.ts'
import { infoOf, type Node } from './node.ts'
import { checkChannel, isLive, openSubscription } from './open.ts'
import { jsonText } from './payload.ts'
import { send } from './send.ts'
import type { Session } from './session.ts'

/** All conditions given must hold; at least one is needed. */
export interface DisconnectTarget<Meta = unknown> {
  user?: string
  client?: string
  where?(info: ConnectionInfo<Meta>): boolean
}

export interface PublicationOptions extends PublishOptions {
  tags?: Record<string, string>
}

const serverUnsubscribe = { code: 2000, reason: 'server unsubscribe' }

export async function publish(
  node: Node,
  channel: string,
  data: unknown,
  { tags, ephemeral }: PublicationOptions = {},
): Promise<StreamPosition | undefined> {
  return node.engine.publish(channel, { data: jsonText(data), tags }, { ephemeral })
}

export async function subscribeUser(
  node: Node,
  user: string,
  channel: string,
  options: SubscriptionOptions = {},
): Promise<void> {
  checkChannel(node, channel)
  const sessions = [...(node.users.get(user) ?? [])]
  await Promise.all(
    sessions.map((session) => inTurn(node, session, () => add(node, session, channel, options))),
  )
}

/** What a client is still opening is refused to it; of what it has it is told. */
export function unsubscribeUser(node: Node, user: string, channel: string): void {
  for (const session of node.users.get(user) ?? []) {
    const subscription = session.subscriptions.get(channel)
    if (!subscription) continue
    const wasOpening = subscription.held !== undefined
    leave(node, subscription)
    if (!wasOpening)
      send(node, session, session.codec.encodePush({ channel, type: 'unsubscribe', ...serverUnsubscribe }))
  }
}

export function disconnectWhere(
  node: Node,
  target: DisconnectTarget,
  closing: Closing = closings.forced,
): number {
  const { code, reason } = new Disconnect(closing.code, closing.reason)
  const { user, client } = target
  if (user === undefined && client === undefined && !target.where)
    throw new TypeError('centrifuge: disconnect whom?')
  const found = [...admitted(node, user)].filter(
    (session) =>
      (client === undefined || session.client === client) && (target.where?.(infoOf(session)) ?? true),
  )
  for (const session of found) closeSession(node, session, { code, reason })
  return found.length
}

export function connections(node: Node): ConnectionInfo[] {
  return [...admitted(node)].filter(({ state }) => state === 'connected').map(infoOf)
}

export function counts(node: Node) {
  const all = [...node.channels.values()]
  return {
    connections: node.sessions.size,
    users: node.users.size,
    channels: all.length,
    subscriptions: all.reduce((sum, { subscriptions }) => sum + subscriptions.size, 0),
  }
}

/** Those of whom the connect hook has said who they are. */
function* admitted(node: Node, user?: string): Iterable<Session> {
  if (user !== undefined) yield* node.users.get(user) ?? []
  else for (const sessions of node.users.values()) yield* sessions
}

/** After what the client has asked before, so that the connect reply comes first. */
function inTurn(node: Node, session: Session, action: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => enqueue(node, session, () => action().then(resolve, reject)))
}

async function add(
  node: Node,
  session: Session,
  channel: string,
  options: SubscriptionOptions,
): Promise<void> {
  if (session.state !== 'connected' || session.subscriptions.has(channel)) return
  if (session.subscriptions.size >= node.settings.channelsPerClient) {
    closeSession(node, session, closings.channelLimit)
    return
  }
  const { subscription, result } = await openSubscription(node, session, {
    channel,
    options,
  })
  if (!isLive(subscription)) return
  send(node, session, session.codec.encodePush({ channel, type: 'subscribe', result }))
  release(node, subscription)
}
