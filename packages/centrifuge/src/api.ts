import { checkChannel } from './channels/access.ts'
import type { StreamPosition } from './engine/engine.ts'
import { closings, Disconnect, refusal, type Closing } from './errors.ts'
import type { ConnectionInfo, SubscriptionOptions } from './hooks.ts'
import { infoOf, type Node } from './node.ts'
import { matchesGlob } from './glob.ts'
import { payloadOf } from './payload.ts'
import { publishPayload, type PublicationOptions } from './publish.ts'
import { closeSession } from './sessions/close.ts'
import { enqueue } from './sessions/dispatch.ts'
import { hasPassed, renew } from './sessions/expiry.ts'
import { send } from './sessions/send.ts'
import { isLive, type Session } from './sessions/session.ts'
import { release } from './subscriptions/broadcast.ts'
import { endSubscription } from './subscriptions/end.ts'
import { openSubscription } from './subscriptions/open.ts'
import { arrive } from './subscriptions/presence.ts'

/** One connection of a user; all of them where neither is given. */
export interface Which {
  client?: string
  /** The secret of an emulated connection. */
  session?: string
}

/** All conditions given must hold; at least one is needed. */
export interface DisconnectTarget<Meta = unknown> extends Which {
  user?: string
  /** Connections that stay, by their client ids. */
  except?: string[]
  where?(info: ConnectionInfo<Meta>): boolean
}

export interface SubscribeUserOptions extends SubscriptionOptions, Which {
  /** Recovers what was published since. */
  recoverSince?: StreamPosition
}

export interface RefreshOptions extends Which {
  /** Ends them now, with 3005. */
  expired?: boolean
  /** Unix seconds; without, they expire no more. */
  expireAt?: number
  /** Shown to others in place of what was before. */
  info?: unknown
}

/** Publications of one broadcast under way at a time: an engine has only so many connections. */
const maxPublishing = 1024
const serverUnsubscribe = { code: 2000, reason: 'server unsubscribe' }

export async function broadcastTo(
  node: Node,
  channels: string[],
  data: unknown,
  options: PublicationOptions = {},
): Promise<PromiseSettledResult<StreamPosition | undefined>[]> {
  const payload = payloadOf(data)
  const settled: PromiseSettledResult<StreamPosition | undefined>[] = []
  for (let start = 0; start < channels.length; start += maxPublishing) {
    const some = channels.slice(start, start + maxPublishing)
    const publishing = some.map((channel) => publishPayload(node, channel, payload, options))
    settled.push(...(await Promise.allSettled(publishing)))
  }
  return settled
}

export async function subscribeUser(
  node: Node,
  user: string,
  channel: string,
  options: SubscribeUserOptions = {},
): Promise<void> {
  checkChannel(node, channel)
  const adding = [...sessionsOf(node, user, options)].map((session) =>
    inTurn(node, session, () => add(node, session, channel, options)),
  )
  await Promise.all(adding)
}

/** What a client is still opening is refused to it; of what it has it is told. */
export function unsubscribeUser(node: Node, user: string, channel: string, which: Which = {}): void {
  for (const session of sessionsOf(node, user, which)) {
    if (session.asksFor === channel) session.asksFor = undefined
    const subscription = session.subscriptions.get(channel)
    if (subscription) endSubscription(node, subscription, serverUnsubscribe)
  }
}

export function disconnectWhere(
  node: Node,
  target: DisconnectTarget,
  closing: Closing = closings.forced,
): number {
  const { code, reason } = new Disconnect(closing.code, closing.reason)
  const { user, client, session: secret, where, except = [] } = target
  if (user === undefined && client === undefined && secret === undefined && !where)
    throw new TypeError('centrifuge: disconnect whom?')
  const found = [...sessionsOf(node, user, target)].filter(
    (session) => !except.includes(session.client) && (where?.(infoOf(session)) ?? true),
  )
  for (const session of found) closeSession(node, session, { code, reason })
  return found.length
}

export function refreshUser(node: Node, user: string, options: RefreshOptions): void {
  const { expired, expireAt, info } = options
  const isExpired = expired || hasPassed(expireAt)
  for (const session of [...sessionsOf(node, user, options)]) {
    if (isExpired) closeSession(node, session, closings.expired)
    else renew(node, session, { expireAt, info })
  }
}

export async function removeHistory(node: Node, channel: string): Promise<void> {
  if (!checkChannel(node, channel).retention || !node.engine.removeHistory) throw refusal(108)
  await node.engine.removeHistory(channel)
}

export function channelsOf(node: Node, pattern?: string): Map<string, number> {
  const all = [...node.channels.values()].filter(
    ({ name }) => pattern === undefined || pattern === '' || matchesGlob(pattern, name),
  )
  return new Map(all.map(({ name, subscriptions }) => [name, subscriptions.size]))
}

export function connections(node: Node): ConnectionInfo[] {
  return [...sessionsOf(node)].filter(({ state }) => state === 'connected').map(infoOf)
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

/** Those of whom it is known who they are. */
function* sessionsOf(node: Node, user?: string, { client, session: secret }: Which = {}): Iterable<Session> {
  const groups = user === undefined ? node.users.values() : [node.users.get(user) ?? []]
  for (const sessions of groups)
    for (const session of sessions)
      if ((client === undefined || session.client === client) && isNamed(session, secret)) yield session
}

function isNamed(session: Session, secret: string | undefined): boolean {
  return secret === undefined || session.secret === secret
}

/** After what the client has asked before, so that the connect reply comes first. */
function inTurn(node: Node, session: Session, action: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => enqueue(node, session, () => action().then(resolve, reject)))
}

async function add(
  node: Node,
  session: Session,
  channel: string,
  { recoverSince: since, ...decision }: SubscribeUserOptions,
): Promise<void> {
  if (session.state !== 'connected' || session.subscriptions.has(channel)) return
  if (session.subscriptions.size >= node.settings.channelsPerClient) {
    closeSession(node, session, closings.channelLimit)
    return
  }
  const opened = await openSubscription(node, session, { channel, origin: 'server', decision, since })
  const { subscription, result } = opened
  if (!isLive(subscription)) return
  const { codec } = session
  send(
    node,
    session,
    codec.encodePush({ channel, type: 'subscribe', result: { ...result, recovery: undefined } }),
  )
  // Such a push has no place for what was missed: it follows.
  for (const publication of result.recovery?.publications ?? [])
    send(node, session, codec.encodePush({ channel, type: 'pub', publication }))
  release(node, subscription)
  arrive(node, subscription)
}
