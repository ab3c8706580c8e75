import { disconnect, refusal } from '../errors.ts'
import type { Node } from '../node.ts'
import type { Session } from '../sessions/session.ts'
import { rulesFor, splitName, type ChannelRules } from './config.ts'

/** The rules of a channel that a client names. */
export function namedChannel(node: Node, channel: string): ChannelRules {
  if (channel === '') throw disconnect('badRequest')
  return checkChannel(node, channel)
}

/** Throws 107 for a name that cannot be, 102 for a namespace that is not there. */
export function checkChannel(node: Node, channel: string): ChannelRules {
  if (channel === '' || channel.length > node.settings.channelMaxLength) throw refusal(107)
  const rules = rulesFor(node.channelRules, channel)
  if (!rules) throw refusal(102)
  if (!rules.name.test(splitName(channel).rest)) throw refusal(107)
  return rules
}

/** Clients get in with a token only. */
export function isPrivate(channel: string): boolean {
  return channel.startsWith('$')
}

/** The users after the last `#` of a channel such as `dialog#42,43`; undefined where there is none. */
export function usersOf(channel: string): string[] | undefined {
  const boundary = channel.lastIndexOf('#')
  return boundary === -1 ? undefined : channel.slice(boundary + 1).split(',')
}

type Action = 'publish' | 'history' | 'presence'

/** Whether a client may, as the namespace says. */
export function mayAct(session: Session, channel: string, rules: ChannelRules, action: Action): boolean {
  const { options } = rules
  if (session.user === '' && !options[`allow_${action}_for_anonymous`]) return false
  if (options[`allow_${action}_for_client`] && isFor(session, channel)) return true
  return Boolean(options[`allow_${action}_for_subscriber`]) && isSubscribed(session, channel)
}

function isFor({ user }: Session, channel: string): boolean {
  const users = usersOf(channel)
  return users === undefined || (user !== '' && users.includes(user))
}

/** Not while it is being opened. */
function isSubscribed({ subscriptions }: Session, channel: string): boolean {
  const subscription = subscriptions.get(channel)
  return subscription !== undefined && !subscription.held
}
