import { disconnect } from '../errors.ts'
import type { StreamPosition } from '../engine/engine.ts'
import type {
  Command,
  ConnectRequest,
  FilterNode,
  HistoryRequest,
  Method,
  SubscribeRequest,
} from './commands.ts'
import {
  asFields,
  asText,
  countField,
  flagField,
  integerField,
  listField,
  objectField,
  positionFields,
  textField,
  uint32Field,
  type Fields,
} from './fields.ts'

const maxNameLength = 16
const maxVersionLength = 64
export const maxDepth = 500
const rejectUnrecoveredFlag = 2

// In this order the protocol looks for the one method of a command.
const methods = [
  'connect',
  'ping',
  'subscribe',
  'unsubscribe',
  'publish',
  'presence',
  'presence_stats',
  'history',
  'rpc',
  'send',
  'refresh',
  'sub_refresh',
] as const satisfies Method[]

/** The command in what came out of its encoding, which was of so many bytes or characters. */
export function parseCommand(value: unknown, size: number): Command {
  // Code that recurses over client data, JSON.stringify included, must not run out of stack.
  if (size > maxDepth && isDeeper(value, maxDepth)) throw disconnect('badRequest')
  const fields = asFields(value)
  const id = uint32Field(fields, 'id')
  const method = methods.find((name) => (fields[name] ?? undefined) !== undefined)
  if (id === 0 && method === undefined) return { id, method: 'pong', request: undefined }
  if (method === undefined || (id === 0 && method !== 'send')) throw disconnect('badRequest')
  return { id, ...parseRequest(method, objectField(fields, method)) }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return depth === 0 || Object.values(value).some((child) => isDeeper(child, depth - 1))
}

function parseRequest(method: (typeof methods)[number], fields: Fields) {
  switch (method) {
    case 'connect':
      return { method, request: connectRequest(fields) }
    case 'subscribe':
      return { method, request: subscribeRequest(fields) }
    case 'publish':
      return { method, request: { channel: textField(fields, 'channel'), data: fields.data } }
    case 'history':
      return { method, request: historyRequest(fields) }
    case 'rpc':
      return { method, request: { method: textField(fields, 'method'), data: fields.data } }
    case 'refresh':
      return { method, request: { token: textField(fields, 'token') } }
    case 'sub_refresh':
      return { method, request: { channel: textField(fields, 'channel'), token: textField(fields, 'token') } }
    case 'unsubscribe':
    case 'presence':
    case 'presence_stats':
      return { method, request: { channel: textField(fields, 'channel') } }
    case 'ping':
    case 'send':
      return { method, request: undefined }
  }
}

function connectRequest(fields: Fields): ConnectRequest {
  return {
    token: textField(fields, 'token'),
    data: fields.data,
    name: textField(fields, 'name').slice(0, maxNameLength),
    version: textField(fields, 'version').slice(0, maxVersionLength),
    headers: headersField(fields),
    recover: recoverField(fields),
  }
}

function headersField(fields: Fields): Record<string, string> {
  const headers = objectField(fields, 'headers')
  return Object.fromEntries(
    Object.keys(headers).map((name) => [name.toLowerCase(), textField(headers, name)]),
  )
}

/** How deep it goes is bounded with the rest of the command. */
function filterNode(fields: Fields): FilterNode {
  return {
    op: textField(fields, 'op'),
    key: textField(fields, 'key'),
    cmp: textField(fields, 'cmp'),
    val: textField(fields, 'val'),
    vals: listField(fields, 'vals').map(asText),
    nodes: listField(fields, 'nodes').map((node) => filterNode(asFields(node))),
  }
}

function recoverField(fields: Fields): Map<string, StreamPosition> {
  const subs = objectField(fields, 'subs')
  const recover = new Map<string, StreamPosition>()
  for (const channel of Object.keys(subs)) {
    const position = recoverPosition(objectField(subs, channel))
    if (position) recover.set(channel, position)
  }
  return recover
}

function recoverPosition(fields: Fields): StreamPosition | undefined {
  const position = positionFields(fields)
  return flagField(fields, 'recover') ? position : undefined
}

function subscribeRequest(fields: Fields): SubscribeRequest {
  return {
    channel: textField(fields, 'channel'),
    token: textField(fields, 'token'),
    data: fields.data,
    recover: recoverPosition(fields),
    positioned: flagField(fields, 'positioned'),
    recoverable: flagField(fields, 'recoverable'),
    joinLeave: flagField(fields, 'join_leave'),
    delta: textField(fields, 'delta'),
    filter: fields.tf == null ? undefined : filterNode(asFields(fields.tf)),
    type: integerField(fields, 'type'),
    rejectUnrecovered: (countField(fields, 'flag') & rejectUnrecoveredFlag) !== 0,
  }
}

function historyRequest(fields: Fields): HistoryRequest {
  const since = fields.since == null ? undefined : positionFields(asFields(fields.since))
  return {
    channel: textField(fields, 'channel'),
    limit: integerField(fields, 'limit'),
    since,
    reverse: flagField(fields, 'reverse'),
  }
}
