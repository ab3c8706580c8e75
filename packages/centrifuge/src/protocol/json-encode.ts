import type { ClientInfo, StreamPosition } from '../engine/engine.ts'
import { disconnect } from '../errors.ts'
import type { Payload } from '../payload.ts'
import type {
  ConnectResult,
  HistoryResult,
  Push,
  RefreshResult,
  Reply,
  SentPublication,
  SubscribeResult,
} from './replies.ts'

/** JSON text by field name; fields that are undefined stay out. */
type Fields = Record<string, string | undefined>

export function encodeReply(reply: Reply): string {
  return object({ id: String(reply.id), [reply.method]: encodeResult(reply) })
}

export function encodePush(push: Push): string {
  const channel = 'channel' in push ? JSON.stringify(push.channel) : undefined
  return `{"push":${object({ channel, [push.type]: encodePushBody(push) })}}`
}

function encodeResult(reply: Reply): string {
  switch (reply.method) {
    case 'error':
      return JSON.stringify({ ...reply.result, temporary: reply.result.temporary || undefined })
    case 'connect':
      return connectResult(reply.result)
    case 'subscribe':
      return subscribeResult(reply.result)
    case 'refresh':
    case 'sub_refresh':
      return object(refreshFields(reply.result))
    case 'history':
      return historyResult(reply.result)
    case 'presence':
      return `{"presence":${object(Object.fromEntries(reply.result.map(presenceEntry)))}}`
    case 'presence_stats':
      return JSON.stringify({ num_clients: reply.result.clients, num_users: reply.result.users })
    case 'rpc':
      return object({ data: raw(reply.result.data) })
    case 'unsubscribe':
    case 'publish':
      return '{}'
  }
}

function encodePushBody(push: Push): string {
  switch (push.type) {
    case 'pub':
      return encodePublication(push.publication)
    case 'join':
    case 'leave':
      return object({ info: encodeInfo(push.info) })
    case 'subscribe':
      return subscribeResult(push.result)
    case 'unsubscribe':
    case 'disconnect':
      return JSON.stringify({ code: push.code, reason: push.reason })
  }
}

function connectResult({ client, data, subs, ping, emulation, ...refresh }: ConnectResult): string {
  const encoded = [...subs].map(([channel, sub]) => `${JSON.stringify(channel)}:${subscribeResult(sub)}`)
  return object({
    client: JSON.stringify(client),
    ...refreshFields(refresh),
    data: raw(data),
    subs: encoded.length > 0 ? `{${encoded.join()}}` : undefined,
    ping: count(ping),
    pong: flag(ping > 0),
    session: emulation && JSON.stringify(emulation.session),
    node: emulation && JSON.stringify(emulation.node),
  })
}

function refreshFields({ ttl }: RefreshResult): Fields {
  return { expires: flag(ttl !== undefined), ttl: count(ttl) }
}

function subscribeResult(result: SubscribeResult): string {
  const { recovery, data } = result
  return object({
    ...refreshFields({ ttl: result.ttl }),
    recoverable: flag(result.recoverable),
    positioned: flag(result.positioned),
    ...positionFields(result.position),
    recovered: flag(recovery?.recovered),
    was_recovering: flag(recovery !== undefined),
    publications: recovery?.publications.length ? publicationList(recovery.publications) : undefined,
    data: raw(data),
    delta: flag(result.delta),
  })
}

function positionFields(position: StreamPosition | undefined): Fields {
  return position ? { epoch: JSON.stringify(position.epoch), offset: count(position.offset) } : {}
}

function historyResult({ publications, position }: HistoryResult): string {
  return object({
    publications: publicationList(publications),
    epoch: JSON.stringify(position.epoch),
    offset: String(position.offset),
  })
}

function publicationList(publications: SentPublication[]): string {
  return `[${publications.map(encodePublication).join()}]`
}

function encodePublication({ data, offset, tags, info, isDelta }: SentPublication): string {
  return object({
    data: raw(data),
    info: info && encodeInfo(info),
    offset: count(offset),
    tags: tags && JSON.stringify(tags),
    delta: flag(isDelta),
  })
}

function presenceEntry(info: ClientInfo): [string, string] {
  return [info.client, encodeInfo(info)]
}

function encodeInfo({ user, client, connInfo, chanInfo }: ClientInfo): string {
  return object({
    user: JSON.stringify(user),
    client: JSON.stringify(client),
    conn_info: raw(connInfo),
    chan_info: raw(chanInfo),
  })
}

/** Bytes that are no JSON have no place in JSON. */
function raw(payload: Payload | undefined): string | undefined {
  if (payload instanceof Uint8Array) throw disconnect('inappropriateProtocol')
  return payload
}

function object(fields: Fields): string {
  const present = Object.entries(fields).filter(([, text]) => text !== undefined)
  return `{${present.map(([name, text]) => `${JSON.stringify(name)}:${text ?? ''}`).join()}}`
}

/** The protocol leaves zeros and false out. */
function count(value: number | undefined): string | undefined {
  return value ? String(value) : undefined
}

function flag(value: boolean | undefined): string | undefined {
  return value ? 'true' : undefined
}
