import {
  findAccess,
  findAccesses,
  findLooks,
  lockConversation,
  lockConversations,
} from '../db/conversations.ts'
import type { Access as Found, Look } from '../db/conversations.ts'
import { insertAudience } from '../db/audiences.ts'
import type { Queryable } from '../db/database.ts'
import { reaches } from '../db/reach.ts'
import { lookIntoChannels } from '../db/org-channels.ts'
import { findConversationOf, findMessage } from '../db/messages.ts'
import { ChatError } from './errors.ts'
import type { StoredAudience } from './events.ts'
import type { Outcome } from './gathering.ts'
import type { Actor, Chat, ConversationId, Message, MessageId } from './types.ts'

/** What a member may see of a conversation. */
export interface ReadAccess extends Look {
  /** What was written after this message. */
  since: MessageId
}

/** One conversation as a member stands to it. */
export interface Access extends ReadAccess, Found {}

/** The same while the conversation is held. */
export interface HeldAccess extends Access {
  /** Whom its events concern. */
  audience: StoredAudience
}

/** The only way to a conversation: members reach it, others learn no more than that it exists. */
export async function accessConversation(tx: Queryable, actor: Actor, id: ConversationId): Promise<Access> {
  return admit(await findAccess(tx, id, actor.userId, actor.reach))
}

// `IS_PLAIN` of db/new-messages.ts asks the same of who sends, `findLooks` of who has looked before.
function admit<Kind extends Look>(found: Kind | null): Kind & ReadAccess {
  if (!found) throw new ChatError('not_found', 'There is no such conversation.')
  const isMember = found.visibility === 'org' ? found.isOfOrg : found.joinedAt !== null && !found.leftAt
  if (!isMember) throw new ChatError('forbidden', 'You are not a participant of this conversation.')
  return { ...found, since: found.historyMode === 'since_join' ? found.joinedId : 0 }
}

/** Whom an event of a conversation concerns that is held. */
export async function audienceOf(
  tx: Queryable,
  { id, visibility, orgId, audienceId }: Pick<Found, 'id' | 'visibility' | 'orgId' | 'audienceId'>,
): Promise<StoredAudience> {
  if (visibility === 'org') return { org: orgId ?? '' }
  return audienceId === null ? formAudience(tx, id) : { members: audienceId }
}

/** Those who are in a private conversation now that somebody has come or gone; it is held. */
export const formAudience = async (tx: Queryable, id: ConversationId): Promise<StoredAudience> => ({
  members: await insertAudience(tx, id),
})

/** The same for a change, which holds the conversation until it commits. */
export async function accessForChange(tx: Queryable, actor: Actor, id: ConversationId): Promise<HeldAccess> {
  // Two statements in one go: the second must see what the holder of the lock before us has committed.
  const [, found] = await Promise.all([lockConversation(tx, id), accessConversation(tx, actor, id)])
  const access = await lookedInto(tx, actor, found)
  const audience = await audienceOf(tx, access)
  return { ...access, audience, audienceId: 'members' in audience ? audience.members : null }
}

/** With the row of its own that a change needs. */
async function lookedInto(tx: Queryable, actor: Actor, access: Access): Promise<Access> {
  if (access.joinedAt) return access
  await lookIntoChannels(tx, actor.userId, access.id)
  return accessConversation(tx, actor, access.id)
}

/** Throws where there is no access. */
export type AccessOf = () => Promise<Access>

interface Asked {
  actor: Actor
  id: ConversationId
}

/** The same for many at once, whose audiences are not asked for. */
export async function accessesForChange(tx: Queryable, asked: Asked[]): Promise<AccessOf[]> {
  const ids = [...new Set(asked.map(({ id }) => id))]
  const [, found] = await Promise.all([lockConversations(tx, ids), findTogether(tx, asked)])
  return asked.map(
    ({ actor }, n) =>
      async () =>
        lookedInto(tx, actor, admit(found[n] ?? null)),
  )
}

/** Null for each that is not there, or not within the reach of the one who asks. */
async function findTogether(tx: Queryable, asked: Asked[]): Promise<(Found | null)[]> {
  return withinReach(asked, await findAccesses(tx, questionsOf(asked)))
}

const questionsOf = <One extends Asked>(asked: One[]) =>
  asked.map(({ actor, id, ...rest }) => ({ ...rest, conversationId: id, userId: actor.userId }))

const withinReach = <Kind extends Look>(asked: Asked[], found: (Kind | null)[]): (Kind | null)[] =>
  asked.map(({ actor: { reach } }, n) => {
    const access = found[n] ?? null
    if (!access) return null
    const { kind, subjectType, orgId: org } = access
    return reaches(reach, { kind, subjectType, org }) ? access : null
  })

/**
 * The same for a look at it, together with the looks that others take meanwhile. The first one into a channel of the
 * organisation is where counting begins for its user. It costs less where nothing has changed since the last one, if
 * that is known.
 */
export async function accessForReading(
  { db, looks }: Chat,
  actor: Actor,
  id: ConversationId,
  known: Look | null = null,
): Promise<ReadAccess> {
  const access = admit(await looks.add({ actor, id, known }, (asked) => lookTogether(db, asked)))
  if (!access.joinedAt) await lookIntoChannels(db, actor.userId, id)
  return access
}

async function lookTogether(
  db: Queryable,
  asked: (Asked & { known: Look | null })[],
): Promise<Outcome<Look | null>[]> {
  const found = await findLooks(db, questionsOf(asked))
  return withinReach(asked, found).map((value) => ({ value }))
}

/** The same for what its owner and admins may do, in a conversation that has them. */
export async function accessForAdmin(tx: Queryable, actor: Actor, id: ConversationId): Promise<HeldAccess> {
  const access = await accessForChange(tx, actor, id)
  refuseFixed(access)
  if (!isAdmin(access)) throw new ChatError('forbidden', 'Only an admin of this conversation may do that.')
  return access
}

/** A conversation of two, or about something, is what it is. */
function refuseFixed({ kind, subjectType }: Access): void {
  if (kind === 'direct') throw new ChatError('conflict', 'A conversation of two cannot be changed.')
  if (subjectType !== null)
    throw new ChatError('conflict', `A conversation about a ${subjectType} cannot be changed.`)
}

export function isAdmin({ role }: Access): boolean {
  return role === 'owner' || role === 'admin'
}

/** The same for what changes what others see; nobody changes an archived conversation. */
export function refuseArchived({ archivedAt }: Access): void {
  if (archivedAt) throw new ChatError('conflict', 'This conversation is archived.')
}

export interface MessageAccess {
  access: HeldAccess
  message: Message
}

/** A message that the caller sees, deleted or not, and its conversation (`place`, or any), held for a change. */
export async function accessMessage(
  tx: Queryable,
  actor: Actor,
  id: MessageId,
  place?: ConversationId,
): Promise<MessageAccess> {
  const conversationId = place ?? (await findConversationOf(tx, id, actor.reach))
  if (conversationId === null) throw noSuchMessage()
  const access = await accessForChange(tx, actor, conversationId)
  const message = await findMessage(tx, conversationId, id)
  if (!message || id <= access.since) throw noSuchMessage()
  return { access, message }
}

export function refuseDeleted({ deletedAt }: Message): void {
  if (deletedAt) throw new ChatError('not_found', 'This message has been deleted.')
}

const noSuchMessage = () => new ChatError('not_found', 'There is no such message.')
