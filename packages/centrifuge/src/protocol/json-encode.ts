import type { ClientInfo, Publication, StreamPosition } from '../engine.ts'
import type { ConnectResult, HistoryResult, Push, RefreshResult, Reply, SubscribeResult } from './replies.ts'

/** JSON text by field name; fields that are undefined stay out. */
type Fields = Record<string, string | undefined>

export function encodeReply(reply: Reply): string {
  return object({ id: String(reply.id), [reply.method]: encodeResult(reply) })
}

export function encodePush(push: Push): string {
  return `{"push":${object({ channel: JSON.stringify(push.channel), [push.type]: encodePushBody(push) })}}`
}

function encodeResult(reply: Reply): string {
  switch (reply.method) {
    case 'error':
      return JSON.stringify({ ...reply.result, temporary: reply.result.temporary || undefined })
    case 'connect':
      return connectResult(reply.result)
    case 'subscribe':
      return object(subscribeFields(reply.result))
    case 'refresh':
      return object(refreshFields(reply.result))
    case 'history':
      return historyResult(reply.result)
    case 'rpc':
      return object({ data: reply.result.data })
    case 'unsubscribe':
    case 'publish':
      return '{}'
  }
}

function encodePushBody(push: Push): string {
  switch (push.type) {
    case 'pub':
      return encodePublication(push.publication)
    case 'subscribe':
      return object(subscribeFields(push.result))
    case 'unsubscribe':
      return JSON.stringify({ code: push.code, reason: push.reason })
  }
}

function connectResult({ data, subs, ping, ...refresh }: ConnectResult): string {
  const encoded = [...subs].map(
    ([channel, sub]) => `${JSON.stringify(channel)}:${object(subscribeFields(sub))}`,
  )
  return object({
    ...refreshFields(refresh),
    data,
    subs: encoded.length > 0 ? `{${encoded.join()}}` : undefined,
    ping: count(ping),
    pong: flag(ping > 0),
  })
}

function refreshFields({ client, ttl }: RefreshResult): Fields {
  return { client: JSON.stringify(client), expires: flag(ttl !== undefined), ttl: count(ttl) }
}

function subscribeFields({ position, recovery, data }: SubscribeResult): Fields {
  return {
    ...positionFields(position),
    recovered: flag(recovery?.recovered),
    was_recovering: flag(recovery !== undefined),
    publications: recovery?.publications.length ? publicationList(recovery.publications) : undefined,
    data,
  }
}

function positionFields(position: StreamPosition | undefined): Fields {
  if (!position) return {}
  const epoch = JSON.stringify(position.epoch)
  return { recoverable: 'true', positioned: 'true', epoch, offset: count(position.offset) }
}

function historyResult({ publications, position }: HistoryResult): string {
  return object({
    publications: publicationList(publications),
    epoch: JSON.stringify(position.epoch),
    offset: String(position.offset),
  })
}

function publicationList(publications: Publication[]): string {
  return `[${publications.map(encodePublication).join()}]`
}

function encodePublication({ data, offset, tags, info }: Publication): string {
  return object({
    data,
    info: info && encodeInfo(info),
    offset: count(offset),
    tags: tags && JSON.stringify(tags),
  })
}

function encodeInfo({ user, client, connInfo }: ClientInfo): string {
  return object({ user: JSON.stringify(user), client: JSON.stringify(client), conn_info: connInfo })
}

function object(fields: Fields): string {
  const present = Object.entries(fields).filter(([, text]) => text !== undefined)
  return `{${present.map(([name, text]) => `"${name}":${text ?? ''}`).join()}}`
}

/** The protocol leaves zeros and false out. */
function count(value: number | undefined): string | undefined {
  return value ? String(value) : undefined
}

function flag(value: boolean | undefined): string | undefined {
  return value ? 'true' : undefined
}
