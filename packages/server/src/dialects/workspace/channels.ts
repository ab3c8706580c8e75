import type { ConversationId, UserId } from '../../core/types.ts'

// Ids in names are percent-encoded, as in a URL: they are the host's own strings, and a name is printable ASCII in which
// `:` and `#` mean something.

export const chatChannel = (id: ConversationId): string => `chat:${id}`
export const userChannel = (userId: UserId): string => `user:${encodeURIComponent(userId)}`
export const orgChannel = (org: string): string => `org:${encodeURIComponent(org)}`
const statusChannel = (org: string, userId: UserId): string =>
  `status:${encodeURIComponent(org)}:${encodeURIComponent(userId)}`

/** The longest name there can be: two ids of 255 characters, each of three bytes, encoded. */
export const LONGEST_CHANNEL = 'status::'.length + 2 * 255 * 3 * '%00'.length

export type ChannelName =
  | { kind: 'chat'; id: ConversationId }
  | { kind: 'user'; userId: UserId }
  | { kind: 'org'; org: string }
  | { kind: 'status'; org: string; userId: UserId }

/** Null for what is no channel of this dialect. A channel has one name only. */
export function parseChannel(channel: string): ChannelName | null {
  const name = readName(channel)
  return name && nameOf(name) === channel ? name : null
}

function readName(channel: string): ChannelName | null {
  const [kind, ...parts] = channel.split(':')
  const [first = '', second = ''] = parts.map(decoded)
  switch (kind) {
    case 'chat':
      return Number.isSafeInteger(Number(first)) && Number(first) > 0 ? { kind, id: Number(first) } : null
    case 'user':
      return { kind, userId: first }
    case 'org':
      return { kind, org: first }
    case 'status':
      return { kind, org: first, userId: second }
    case undefined:
    default:
      return null
  }
}

function nameOf(name: ChannelName): string {
  switch (name.kind) {
    case 'chat':
      return chatChannel(name.id)
    case 'user':
      return userChannel(name.userId)
    case 'org':
      return orgChannel(name.org)
    case 'status':
      return statusChannel(name.org, name.userId)
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
