import { insertAttachment, putIntoMessage } from '../db/attachments.ts'
import type { Queryable } from '../db/database.ts'
import { numberWithin } from '../db/events.ts'
import type { EventRow, Numbered } from '../db/events.ts'
import { NOTHING_UNREAD, writeMessages } from '../db/new-messages.ts'
import type { NewMessage, WrittenMessage } from '../db/new-messages.ts'
import { wake } from '../db/sending.ts'
import type { Ground, Sleeper } from '../db/sending.ts'
import { emitAll, ownEmission } from './events.ts'
import type { Emission } from './events.ts'
import { bringBack } from './org-channels.ts'
import type { Conversation, Message, MessageId, NewAttachment, UserId } from './types.ts'

/** What nobody has done anything to yet. */
export const UNTOUCHED = { linkPreviews: [], editedAt: null, deletedAt: null, pinnedAt: null }

/** A message that may be written, in a conversation that is held. */
export interface Draft extends NewMessage {
  conversation: Conversation
  /** A file that comes with it. */
  attachment: NewAttachment | null
  /** Whether its sender had put the channel away. */
  comesBack: boolean
}

export interface Written {
  /** In the order of what was to be written; null for each that was not. */
  messages: (Message | null)[]
  /** What has been given places in the log; null where nothing has. */
  numbered: Numbered | null
  /** Whether something is still to be given one. */
  isLogBehind: boolean
}

/** Writes messages, with their events, to those conversations that have only plain ones: the database itself looks. */
export const writePlain = (tx: Queryable, messages: NewMessage[]): Promise<Written> =>
  write(tx, messages, { isNumbered: true })

/** Is given the answers of the last statements, which have been sent, and resolves with them. */
export type End = <T>(last: Promise<T>) => Promise<T>

interface Writing {
  ground: Ground
  isNumbered: boolean
  end?: End | undefined
}

/** Writes messages with their events, in the order of the drafts. */
export async function writeDrafts(
  tx: Queryable,
  drafts: Draft[],
  { ground, isNumbered, end }: Writing,
): Promise<Written> {
  const returned = drafts.filter(({ comesBack }) => comesBack)
  for (const { message } of returned) await bringBack(tx, message.conversationId, [message.senderId ?? ''])
  const stored = await storeAttachments(tx, drafts)
  const wakings = wakingsBy(drafts, ground)
  const besides = wakings.flatMap(toldOfWaking)
  const beside = () => [
    wake(tx, wakings.flatMap(wokenBy)),
    linkAttachments(tx, stored, ground),
    emitAll(tx, besides),
  ]
  const hasBesides = returned.length > 0 || besides.length > 0
  return write(tx, stored, { isNumbered, ids: ground.ids, beside, hasBesides, end })
}

interface How {
  isNumbered: boolean
  ids?: MessageId[]
  /** Sends what goes with the messages, once they have been sent. */
  beside?: () => Promise<unknown>[]
  /** Whether there are events that go with them. */
  hasBesides?: boolean
  end?: End | undefined
}

async function write(
  tx: Queryable,
  fresh: NewMessage[],
  { isNumbered, ids, beside = () => [], hasBesides = false, end = (last) => last }: How,
): Promise<Written> {
  const writing = writeMessages(tx, fresh, { isNumbered, ids: ids ?? null })
  const others = beside()
  const isAllNumbered = isNumbered && hasBesides
  const numbering = isAllNumbered ? numberWithin(tx) : NO_EVENTS
  const [written, rest] = await end(Promise.all([writing, numbering, ...others]))
  const messages: Written['messages'] = fresh.map(() => null)
  const events: EventRow[] = []
  for (const row of written) {
    const said = fresh[row.place - 1]?.message
    if (!said) throw new Error('A message was written that nobody sent.')
    const message = { ...said, id: row.id, seq: row.seq, createdAt: row.createdAt }
    messages[row.place - 1] = message
    events.push(...eventsOf(message, row))
  }
  return { messages, numbered: together(events, rest), isLogBehind: !isAllNumbered && written.some(isBehind) }
}

/** Whether something is still to be given a place. */
const isBehind = ({ position, events, places }: WrittenMessage): boolean =>
  position === null || places < events

/** Those that have places, as `writeMessages` has written them. */
function eventsOf(message: Message, written: WrittenMessage): EventRow[] {
  const { position, places, changeSeq, kind, subjectType, org, orgId, audienceId } = written
  if (position === null) return []
  const { id: messageId, conversationId, senderId, createdAt: readAt } = message
  const userId = senderId ?? ''
  const about = { conversationId, kind, subjectType, org }
  const toAll = { ...about, orgId, audienceId, recipients: null }
  const toSelf = { ...about, orgId: null, audienceId: null, recipients: [userId], changeSeq: null }
  const read = { userId, messageId, readAt }
  const counts = { userId, counts: NOTHING_UNREAD }
  const events: EventRow[] = [
    { ...toAll, type: 'message.created', position, changeSeq, payload: { message } },
    { ...toAll, type: 'message.read', position: position + 1, changeSeq: changeSeq + 1, payload: read },
    { ...toSelf, type: 'unread.changed', position: position + 2, payload: counts },
  ]
  return events.slice(0, places)
}

const NO_EVENTS: Numbered = { base: 0, rows: [] }

/** With the files that come with the messages, where there are any. */
async function storeAttachments(tx: Queryable, drafts: Draft[]): Promise<NewMessage[]> {
  const stored: NewMessage[] = []
  for (const { attachment, message, ...rest } of drafts) {
    const attachments = attachment ? [await insertAttachment(tx, message, attachment)] : message.attachments
    stored.push({ ...rest, message: { ...message, attachments } })
  }
  return stored
}

/** A conversation in which somebody writes, and those who have put it away. */
interface Waking {
  sleepers: Sleeper[]
  senders: Set<UserId>
  isAbout: boolean
}

/** A message of nobody's wakes nobody. */
function wakingsBy(drafts: Draft[], { asleep }: Ground): Waking[] {
  const places = Map.groupBy(asleep, ({ conversationId }) => conversationId)
  return [...places].flatMap(([id, sleepers]) => {
    const said = drafts.filter(({ message }) => message.conversationId === id)
    const senders = new Set(said.flatMap(({ message }) => message.senderId ?? []))
    const isAbout = said.some(({ conversation }) => conversation.subjectType !== null)
    return senders.size > 0 ? { sleepers, senders, isAbout } : []
  })
}

/** Whoever writes themselves is back by that. */
const wokenBy = ({ sleepers, senders, isAbout }: Waking): Sleeper[] =>
  sleepers.filter(({ userId, isHidden }) => (isHidden || isAbout) && !senders.has(userId))

function toldOfWaking({ sleepers, isAbout }: Waking): Emission[] {
  // What was unread when they hid it counts again.
  const restored = sleepers
    .filter(({ isHidden }) => isHidden)
    .flatMap(({ conversationId, userId }) => [
      ownEmission({ type: 'conversation.restored', conversationId, userId }),
      ownEmission({ type: 'unread.changed', conversationId, userId }),
    ])
  const revived = isAbout ? sleepers.filter(({ isArchived }) => isArchived) : []
  return [...restored, ...toldOfRevival(revived)]
}

function toldOfRevival(revived: Sleeper[]): Emission[] {
  const [one] = revived
  if (!one) return []
  const { conversationId } = one
  const userIds = revived.map(({ userId }) => userId)
  const event = { type: 'archive.changed', conversationId, userIds, isArchived: false } as const
  return [{ event, audience: userIds, changeSeq: null }]
}

async function linkAttachments(tx: Queryable, stored: NewMessage[], { ids }: Ground): Promise<void> {
  const linking = stored
    .map(({ message: { attachments } }, n) => ({ id: ids[n] ?? 0, files: attachments.map(({ id }) => id) }))
    .filter(({ files }) => files.length > 0)
    .map(({ id, files }: { id: MessageId; files: number[] }) => putIntoMessage(tx, id, files))
  await Promise.all(linking)
}

/** One stretch of the log. */
function together(own: EventRow[], rest: Numbered): Numbered | null {
  const [first] = own
  if (first) return { base: first.position - 1, rows: [...own, ...rest.rows] }
  return rest.rows.length > 0 ? rest : null
}
