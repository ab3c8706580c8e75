import { release } from '../broadcast.ts'
import { disconnect, refusal } from '../errors.ts'
import type { Credentials, SubscriptionOptions } from '../hooks.ts'
import { extend, lifetime } from '../expiry.ts'
import { infoOf, notify, type Node } from '../node.ts'
import { checkChannel, isLive, openSubscription, type Opened } from '../open.ts'
import { jsonText } from '../payload.ts'
import type { CommandOf } from '../protocol/commands.ts'
import { reply } from '../send.ts'
import { isClosed, type Session } from '../session.ts'

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

function askCredentials(node: Node, session: Session, { request }: ConnectCommand) {
  const { token, data, name, version } = request
  const { client, headers = {}, transport } = session
  return node.hooks.connect?.({ client, token, data, name, version, headers, transport: transport.name })
}

function admit(node: Node, session: Session, credentials: Credentials): void {
  const { user, expireAt, info, meta } = credentials
  const isClientRefreshed = credentials.refresh === 'client'
  const sessions = node.users.get(user) ?? new Set()
  const { maxConnectionsPerUser: limit } = node.settings
  if (limit > 0 && user !== '' && sessions.size >= limit) throw disconnect('connectionLimit')
  if (expireAt && expireAt * 1000 <= Date.now()) throw refusal(isClientRefreshed ? 109 : 110)
  session.info = info === undefined ? undefined : jsonText(info)
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
  const opening = [...channels].map(([channel, options]) =>
    openSubscription(node, session, {
      channel,
      options,
      since: request.recover.get(channel),
    }),
  )
  return Promise.all(opening)
}

function welcome(
  node: Node,
  session: Session,
  id: number,
  { credentials, opened }: { credentials: Credentials; opened: Opened[] },
): void {
  const { pingInterval } = node.settings
  const data = credentials.data === undefined ? undefined : jsonText(credentials.data)
  const current = opened.filter(({ subscription }) => isLive(subscription))
  const subs = new Map(current.map(({ subscription, result }) => [subscription.channel.name, result]))
  session.state = 'connected'
  // The first ping comes at a random time, so that clients that connected together are not pinged together.
  if (pingInterval > 0) session.pingAt = performance.now() + pingInterval * (0.5 + Math.random() / 2)
  const ping = Math.ceil(pingInterval / 1000)
  const ttl = session.isClientRefreshed ? lifetime(credentials.expireAt) : undefined
  reply(node, session, { id, method: 'connect', result: { client: session.client, ttl, data, subs, ping } })
  for (const { subscription } of current) release(node, subscription)
  void notify(node, () => node.hooks.connected?.(infoOf(session)))
}
