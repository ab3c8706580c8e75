import { checkChannel } from '../channels/access.ts'
import { disconnect, refusal } from '../errors.ts'
import type { Credentials, SubscriptionOptions } from '../hooks.ts'
import { infoOf, notify, type Node } from '../node.ts'
import { optionalPayload } from '../payload.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { extend, hasPassed, lifetime } from '../sessions/expiry.ts'
import { reply } from '../sessions/send.ts'
import { isClosed, isLive, type Session } from '../sessions/session.ts'
import { release } from '../subscriptions/broadcast.ts'
import { openSubscription, type Opened } from '../subscriptions/open.ts'
import { arrive } from '../subscriptions/presence.ts'
import { tokenChannels, verifyConnection } from './connection-token.ts'

type ConnectCommand = CommandOf<'connect'>

export async function connect(node: Node, session: Session, command: ConnectCommand): Promise<void> {
  if (session.state !== 'new') throw disconnect('badRequest')
  session.state = 'connecting'
  const credentials = await askCredentials(node, session, command)
  if (isClosed(session)) return
  if (!credentials) throw disconnect('badRequest')
  admit(node, session, credentials)
  const opened = await openAll(node, session, subscriptionsOf(credentials), command)
  if (isClosed(session)) return
  welcome(node, session, command.id, { credentials, opened })
}

/** By the token where tokens are verified here, or by the hook; nobody in particular only where that is asked for. */
async function askCredentials(
  node: Node,
  session: Session,
  { request }: ConnectCommand,
): Promise<Credentials | null> {
  const { token, data, name, version, headers: emulatedHeaders } = request
  if (node.connectionTokens && token !== '') {
    const verified = await verifyConnection(node, node.connectionTokens, token)
    session.tokenChannels = tokenChannels(verified)
    return verified
  }
  if (!node.hooks.connect) return node.settings.allowAnonymous ? { user: '' } : null
  const { client, headers = {}, transport, codec } = session
  const call = { client, token, data, name, version, headers, emulatedHeaders }
  const credentials = await node.hooks.connect({
    ...call,
    transport: transport.name,
    encoding: codec.name,
  })
  if (credentials) checkUser(credentials)
  return credentials
}

/** Whoever the application takes a connection for, presence and other people's screens show it. */
function checkUser(credentials: { user: unknown }): void {
  if (typeof credentials.user !== 'string')
    throw new TypeError('centrifuge: the connect hook must answer a user that is a text')
}

function admit(node: Node, session: Session, credentials: Credentials): void {
  const { user, expireAt, info, meta } = credentials
  const isClientRefreshed = credentials.refresh === 'client'
  const sessions = node.users.get(user) ?? new Set()
  const { maxConnectionsPerUser: limit } = node.settings
  if (limit > 0 && user !== '' && sessions.size >= limit) throw disconnect('connectionLimit')
  if (hasPassed(expireAt)) throw refusal(isClientRefreshed ? 109 : 110)
  session.info = optionalPayload(info)
  session.user = user
  session.meta = meta
  session.headers = undefined
  session.isClientRefreshed = isClientRefreshed
  extend(node, session, expireAt)
  node.users.set(user, sessions.add(session))
}

function subscriptionsOf({ channels = [], subs = {} }: Credentials): Map<string, SubscriptionOptions> {
  return new Map([
    ...channels.map((channel): [string, SubscriptionOptions] => [channel, {}]),
    ...Object.entries(subs),
  ])
}

async function openAll(
  node: Node,
  session: Session,
  channels: Map<string, SubscriptionOptions>,
  { request }: ConnectCommand,
): Promise<Opened[]> {
  if (channels.size > node.settings.channelsPerClient) throw disconnect('channelLimit')
  for (const channel of channels.keys()) checkChannel(node, channel)
  const opening = [...channels].map(([channel, decision]) => {
    const since = request.recover.get(channel)
    return openSubscription(node, session, { channel, origin: 'server', decision, since })
  })
  return Promise.all(opening)
}

function welcome(
  node: Node,
  session: Session,
  id: number,
  { credentials, opened }: { credentials: Credentials; opened: Opened[] },
): void {
  const { presenceUpdateInterval } = node.settings
  const { client, secret, transport, isClientRefreshed } = session
  const pingInterval = transport.hasOwnPings ? 0 : node.settings.pingInterval
  const data = optionalPayload(credentials.data)
  const current = opened.filter(({ subscription }) => isLive(subscription))
  const subs = new Map(current.map(({ subscription, result }) => [subscription.channel.name, result]))
  session.state = 'connected'
  node.counters.connects++
  // The first comes at a random time, so that clients that connected together are not pinged together.
  if (pingInterval > 0) session.pingAt = performance.now() + pingInterval * (0.5 + Math.random() / 2)
  session.presenceAt = performance.now() + presenceUpdateInterval
  const ping = Math.ceil(pingInterval / 1000)
  const ttl = isClientRefreshed ? lifetime(credentials.expireAt) : undefined
  const emulation = secret === undefined ? undefined : { session: secret, node: node.id }
  reply(node, session, { id, method: 'connect', result: { client, ttl, data, subs, ping, emulation } })
  for (const { subscription } of current) {
    release(node, subscription)
    arrive(node, subscription)
  }
  session.greeted = notify(node, () => node.hooks.connected?.(infoOf(session)))
}
