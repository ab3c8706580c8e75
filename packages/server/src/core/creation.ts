import { findConversationByKey, insertConversation } from '../db/conversations.ts'
import type { NewConversation } from '../db/conversations.ts'
import type { Queryable } from '../db/database.ts'
import { holdUsers } from '../db/members.ts'
import { findSubject } from '../db/subjects.ts'
import { accessForChange } from './access.ts'
import { change } from './change.ts'
import { holdColleagues, othersOf } from './colleagues.ts'
import { overviewOf, setVisibility } from './conversations.ts'
import type { Overview } from './conversations.ts'
import { ChatError } from './errors.ts'
import { emit } from './events.ts'
import { parseDescription, parseName } from './naming.ts'
import type { Actor, Chat, Conversation, ConversationId, Subject, UserId } from './types.ts'
import { isPresent } from './users.ts'

export interface Created {
  overview: Overview
  /** False where there was one already. */
  created: boolean
}

export interface CreateInput {
  type: 'dm' | 'group' | 'channel'
  visibility: Conversation['visibility']
  historyMode: Conversation['historyMode']
  /** 1 to 255 characters; a channel has one, a dm has none. */
  name?: string | null | undefined
  /** At most 4,000 characters. */
  description?: string | null | undefined
  /** Others of the caller's organisation, at most 1,000; of no meaning where everybody of it is a member. */
  memberIds?: UserId[] | undefined
}

/** Starts a conversation with others of the caller's organisation. A dm is found, hidden or not, where there is one. */
export async function createConversation(chat: Chat, actor: Actor, input: CreateInput): Promise<Created> {
  const { type, visibility, historyMode, memberIds = [] } = input
  const others = othersOf(actor, memberIds, 'memberIds')
  const name = type === 'dm' ? null : parseName(input.name ?? null)
  refuseImpossible(input, name, others)
  const isOpen = visibility === 'org'
  const conversation = {
    ...PLAIN,
    kind: type === 'dm' ? ('direct' as const) : type,
    visibility,
    historyMode: type === 'dm' ? ('all' as const) : historyMode,
    name,
    description: type === 'dm' ? null : parseDescription(input.description ?? null),
    createdBy: actor.userId,
    memberIds: isOpen ? [actor.userId] : [actor.userId, ...others],
  }
  return open(chat, actor, async (tx) => {
    const orgId = await holdSelf(tx, actor)
    if (isOpen && orgId === null) throw new ChatError('invalid', 'You are of no organisation.', 'visibility')
    await holdColleagues(tx, others, { orgId, field: 'memberIds' })
    return { ...conversation, uniqueKey: type === 'dm' ? keyOfTwo(orgId, conversation.memberIds) : null }
  })
}

/** What is there once for two people of one organisation, or of none in common. */
export const keyOfTwo = (orgId: string | null, ids: UserId[]): string =>
  JSON.stringify(['direct', orgId ?? '', ...ids.toSorted()])

/** A private conversation about nothing. */
export const PLAIN = {
  visibility: 'private',
  historyMode: 'all',
  name: null,
  description: null,
  metadata: {},
  uniqueKey: null,
  subject: null,
  adminIds: [],
} as const satisfies Partial<NewConversation>

function refuseImpossible({ type, visibility }: CreateInput, name: string | null, others: UserId[]): void {
  if (type === 'channel' && name === null)
    throw new ChatError('invalid', 'must have 1 to 255 characters', 'name')
  if (type !== 'channel' && visibility === 'org')
    throw new ChatError('invalid', 'Only a channel can be open to the organisation.', 'visibility')
  if (type === 'dm' && others.length !== 1)
    throw new ChatError('invalid', 'must name one other person', 'memberIds')
}

/** The caller's organisation. */
async function holdSelf(tx: Queryable, { userId }: Actor): Promise<string | null> {
  const [user] = await holdUsers(tx, [userId])
  if (!user) throw new ChatError('unauthenticated', 'This user no longer exists.')
  return user.orgId
}

/**
 * Starts the conversation of a buyer with the owner of a subject, or finds it, hidden or not.
 * One for each subject and buyer: its key is unique in the database.
 */
export async function openAboutSubject(
  chat: Chat,
  actor: Actor,
  about: Pick<Subject, 'type' | 'id'>,
): Promise<Created> {
  const subject = await findSubject(chat.db, about.type, about.id)
  if (!subject?.ownerId || !(await isPresent(chat, subject.ownerId)))
    throw new ChatError('not_found', `There is no such ${about.type}.`)
  if (subject.ownerId === actor.userId) {
    throw new ChatError('invalid', `You cannot write to yourself about your own ${about.type}.`)
  }
  const conversation = {
    ...PLAIN,
    kind: 'direct' as const,
    uniqueKey: JSON.stringify([about.type, about.id, actor.userId]),
    subject,
    createdBy: actor.userId,
    memberIds: [actor.userId, subject.ownerId],
  }
  return open(chat, actor, () => conversation)
}

/** Writes the conversation that is asked for, and what begins it, unless there is one with its key. */
export async function open(
  chat: Chat,
  actor: Actor,
  ask: (tx: Queryable) => NewConversation | Promise<NewConversation>,
  begin?: (tx: Queryable, id: ConversationId) => Promise<void>,
): Promise<Created> {
  const { id, created } = await change(chat, async (tx) => {
    const asked = await ask(tx)
    const conversation = await insertConversation(tx, asked)
    if (!conversation) return { id: await reopen(tx, actor, asked.uniqueKey ?? ''), created: false }
    const { id, changeSeq, visibility, orgId } = conversation
    const audience = visibility === 'org' ? { org: orgId ?? '' } : asked.memberIds
    await emit(tx, { type: 'conversation.created', conversationId: id, conversation }, audience, changeSeq)
    await begin?.(tx, id)
    return { id, created: true }
  })
  return { overview: await overviewOf(chat, actor, id), created }
}

async function reopen(tx: Queryable, actor: Actor, uniqueKey: string): Promise<ConversationId> {
  const id = await findConversationByKey(tx, uniqueKey)
  if (id === null) throw new Error('A conversation key is taken, but by no conversation.')
  await accessForChange(tx, actor, id)
  await setVisibility(tx, actor, id, 'conversation.restored')
  return id
}
