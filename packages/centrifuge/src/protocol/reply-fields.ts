import type { ClientInfo, StreamPosition } from '../engine/engine.ts'
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

/** A payload has its form already: JSON takes it as it is, where other texts are quoted. */
export class Raw {
  readonly payload: Payload
  /** An encoding that cannot carry it goes without. */
  readonly isOptional: boolean

  constructor(payload: Payload, isOptional: boolean) {
    this.payload = payload
    this.isOptional = isOptional
  }
}

export type Value = string | number | boolean | Raw | Value[] | Fields

/** What goes out, under the protocol's names in every encoding; fields that are undefined stay out. */
export interface Fields {
  [name: string]: Value | undefined
}

export function replyFields(reply: Reply): Fields {
  return { id: reply.id, [reply.method]: resultFields(reply) }
}

export function pushFields(push: Push): Fields {
  const channel = 'channel' in push ? push.channel : undefined
  return { push: { channel, [push.type]: pushBodyFields(push) } }
}

function resultFields(reply: Reply): Fields {
  switch (reply.method) {
    case 'error':
      return { ...reply.result, temporary: flag(reply.result.temporary) }
    case 'connect':
      return connectFields(reply.result)
    case 'subscribe':
      return subscribeFields(reply.result)
    case 'refresh':
    case 'sub_refresh':
      return refreshFields(reply.result)
    case 'history':
      return historyFields(reply.result)
    case 'presence':
      return { presence: Object.fromEntries(reply.result.map((info) => [info.client, infoFields(info)])) }
    case 'presence_stats':
      return { num_clients: reply.result.clients, num_users: reply.result.users }
    case 'rpc':
      return { data: raw(reply.result.data) }
    case 'unsubscribe':
    case 'publish':
      return {}
  }
}

function pushBodyFields(push: Push): Fields {
  switch (push.type) {
    case 'pub':
      return publicationFields(push.publication)
    case 'join':
    case 'leave':
      return { info: infoFields(push.info) }
    case 'subscribe':
      return subscribeFields(push.result)
    case 'unsubscribe':
    case 'disconnect':
      return { code: push.code, reason: push.reason }
  }
}

function connectFields({ client, data, subs, ping, emulation, ttl }: ConnectResult): Fields {
  const entries = [...subs].map(([channel, sub]) => [channel, subscribeFields(sub)] as const)
  return {
    client,
    ...refreshFields({ ttl }),
    data: raw(data),
    subs: entries.length > 0 ? Object.fromEntries(entries) : undefined,
    ping: count(ping),
    pong: flag(ping > 0),
    ...emulation,
  }
}

function refreshFields({ ttl }: RefreshResult): Fields {
  return { expires: flag(ttl !== undefined), ttl: count(ttl) }
}

function subscribeFields({ ttl, recovery, position, ...result }: SubscribeResult): Fields {
  const publications = recovery?.publications.map(publicationFields)
  return {
    ...refreshFields({ ttl }),
    recoverable: flag(result.recoverable),
    positioned: flag(result.positioned),
    ...(position && positionFields(position)),
    recovered: flag(recovery?.recovered),
    was_recovering: flag(recovery !== undefined),
    publications: publications?.length ? publications : undefined,
    data: raw(result.data),
    delta: flag(result.delta),
  }
}

function positionFields({ epoch, offset }: StreamPosition): Fields {
  return { epoch, offset: count(offset) }
}

function historyFields({ publications, position }: HistoryResult): Fields {
  return { publications: publications.map(publicationFields), epoch: position.epoch, offset: position.offset }
}

function publicationFields({ data, offset, tags, info, isDelta }: SentPublication): Fields {
  return {
    data: raw(data),
    info: info && infoFields(info),
    offset: count(offset),
    tags,
    delta: flag(isDelta),
  }
}

function infoFields({ user, client, connInfo, chanInfo }: ClientInfo): Fields {
  // What one client says of itself must not be the end of others.
  return { user, client, conn_info: raw(connInfo, true), chan_info: raw(chanInfo, true) }
}

function raw(payload: Payload | undefined, isOptional = false): Raw | undefined {
  return payload === undefined ? undefined : new Raw(payload, isOptional)
}

/** The protocol leaves zeros and false out. */
function count(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value
}

function flag(value: boolean | undefined): true | undefined {
  return value ? true : undefined
}
