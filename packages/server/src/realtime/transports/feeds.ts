import type { ConversationId, Reach, UserId } from '../../core/types.ts'
import type { Database } from '../../db/database.ts'
import { eventsOfConversation, eventsOfOrg, eventsOfUser } from '../../db/events.ts'
import type { EventRow, Stretch } from '../../db/events.ts'
import type { Topic } from '../hub.ts'

/** Whose events a channel carries. A user hears of the own organisation too where the reach names it. */
export type Feed =
  { user: UserId; reach: Reach } | { conversation: ConversationId } | { org: string } | { statusOf: UserId }

/** What of all that is delivered a channel hears. */
export function topicsOf(feed: Feed): Topic[] {
  if (!('user' in feed)) return [feed]
  const { user, reach } = feed
  return reach.org === undefined ? [{ user }] : [{ user }, { org: reach.org }]
}

/** What of the log a channel carries. */
export async function readFeed(
  db: Database,
  feed: Feed,
  stretch: Stretch & { types: string[] },
): Promise<EventRow[]> {
  if ('user' in feed) return eventsOfUser(db, feed.user, { ...stretch, reach: feed.reach })
  if ('conversation' in feed) return eventsOfConversation(db, feed.conversation, stretch)
  return 'org' in feed ? eventsOfOrg(db, feed.org, stretch) : []
}
