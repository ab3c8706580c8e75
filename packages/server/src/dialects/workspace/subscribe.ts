import { ClientError } from '@parley/centrifuge'
import type { Centrifuge, Hooks, SubscribeDecision } from '@parley/centrifuge'
import { errors } from 'jose'
import { ZodError } from 'zod'
import { ChatError } from '../../core/errors.ts'
import type { LoggedEvent } from '../../core/events.ts'
import { readStatuses } from '../../core/statuses.ts'
import { accessEvents } from '../../core/subscriptions.ts'
import type { Chat, ConversationId, UserId } from '../../core/types.ts'
import { organisationOf } from '../../core/users.ts'
import { TOKEN_EXPIRED } from '../../realtime/transports/connections.ts'
import type { ConnectionMeta } from '../../realtime/transports/connections.ts'
import { actorOf } from './auth.ts'
import { chatChannel, parseChannel } from './channels.ts'
import { MESSAGE_TAG } from './events.ts'
import type { Tokens } from './tokens.ts'

export interface SubscriptionOptions {
  chat: Chat
  tokens: Tokens
  centrifuge: () => Pick<Centrifuge<ConnectionMeta>, 'connections' | 'unsubscribe'>
}

export interface Subscriptions extends Required<Pick<Hooks<ConnectionMeta>, 'subscribe' | 'subRefresh'>> {
  /** Ends the subscriptions of those whom an event shuts out. */
  follow(event: LoggedEvent): void
}

/** Who may hear which channel of the dialect, and until when. */
export function createSubscriptions({ chat, tokens, centrifuge }: SubscriptionOptions): Subscriptions {
  let shutOut = 0

  /** A token spares nobody the question: whoever was removed since it was signed is no member. */
  async function permitChat(user: UserId, id: ConversationId, token: string): Promise<SubscribeDecision> {
    const expiry = token === '' ? {} : { expireAt: await verify(user, id, token), refresh: 'client' as const }
    for (;;) {
      const before = shutOut
      const { since, from } = await accessEvents(chat, await actorOf(chat, user), id)
      // What shut somebody out while the database was asked found no subscription to end.
      if (shutOut !== before) continue
      return since === 0 ? expiry : { ...expiry, recoverFrom: from, accepts: onlyAfter(since) }
    }
  }

  async function verify(user: UserId, id: ConversationId, token: string): Promise<number> {
    const { sub, channel, exp } = await tokens.verifySubscription(token)
    if (sub === user && channel === chatChannel(id)) return exp
    throw new ChatError('forbidden', 'This token is for somebody or something else.')
  }

  async function permit(user: UserId, channel: string, token: string): Promise<SubscribeDecision | null> {
    const name = parseChannel(channel)
    switch (name?.kind) {
      case 'chat':
        return permitChat(user, name.id, token)
      case 'user':
        return name.userId === user ? {} : null
      case 'org':
        return name.org === (await organisationOf(chat, user)) ? {} : null
      case 'status': {
        const org = await organisationOf(chat, user)
        const [found] = await readStatuses(chat, [name.userId], org)
        return found && name.org === org ? { data: { status: found.status } } : null
      }
      case undefined:
        return null
    }
  }

  function closeTo(id: ConversationId, remaining: Set<UserId>): void {
    const connected = centrifuge().connections()
    for (const user of new Set(connected.map(({ user }) => user))) if (!remaining.has(user)) end(user, id)
  }

  function end(user: UserId, id: ConversationId): void {
    centrifuge().unsubscribe(user, chatChannel(id))
  }

  return {
    subscribe: ({ user, channel, token }) => permit(user, channel, token).catch(refusal),
    subRefresh: async ({ user, channel, token = '' }) => permit(user, channel, token).catch(expired),
    follow(event) {
      if (event.type === 'member.removed') {
        shutOut++
        end(event.userId, event.conversationId)
      } else if (event.type === 'conversation.updated' && event.remaining) {
        shutOut++
        closeTo(event.conversationId, new Set(event.remaining))
      }
    },
  }
}

const onlyAfter =
  (since: number): SubscribeDecision['accepts'] =>
  (tags) =>
    Number(tags?.[MESSAGE_TAG] ?? Infinity) > since

function refusal(error: unknown): null {
  if (error instanceof errors.JWTExpired) throw new ClientError(TOKEN_EXPIRED, 'token expired')
  if (isRefusal(error)) return null
  throw error
}

/** The client comes back with another token, or to be refused. */
function expired(error: unknown): null {
  if (isRefusal(error)) return null
  throw error
}

const isRefusal = (error: unknown) =>
  error instanceof ChatError || error instanceof errors.JOSEError || error instanceof ZodError
