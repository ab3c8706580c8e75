import { insertAttachment, putIntoMessage } from '../db/attachments.ts'
import type { Queryable } from '../db/database.ts'
import { lockLog, numberHeld, READ_AT_ONCE } from '../db/events.ts'
import type { EventRow, Numbered } from '../db/events.ts'
import { readOwn, writeMessages } from '../db/sending.ts'
import type { Advance, Ground, Reading, Sleeper } from '../db/sending.ts'
import { audienceColumns, emitAll, ownEmission } from './events.ts'
import type { Emission, StoredAudience } from './events.ts'
import { bringBack } from './org-channels.ts'
import type { Attachment, Conversation, ConversationId, Message, NewAttachment, UserId } from './types.ts'

/** A message that is to be written, in a conversation that is held. */
export interface Draft {
  conversation: Conversation
  audience: StoredAudience
  message: Omit<Message, 'id' | 'seq' | 'createdAt' | keyof typeof UNTOUCHED>
  /** A file that comes with it. */
  attachment: NewAttachment | null
  /** Whether its sender had put the channel away. */
  comesBack: boolean
  /** Where its sender has then read the conversation up to it: how many, at most, they had not. */
  reads: { behind: number } | null
}

/** What nobody has done anything to yet. */
const UNTOUCHED = { linkPreviews: [], editedAt: null, deletedAt: null, pinnedAt: null }

export interface WrittenDrafts {
  /** In the order of the drafts. */
  messages: Message[]
  /** Their places in the log and what was behind them; null where they have none yet. */
  numbered: Numbered | null
}

/** A conversation while messages of it are written. */
interface Place {
  draft: Draft
  messageSeq: number
  changeSeq: number
  lastMessageId: number
  updatedAt: Date
  senders: Map<UserId, number>
}

interface Entry {
  draft: Draft
  place: Place
  message: Message
  changeSeq: number
}

export interface Writing {
  ground: Ground
  isNumbered: boolean
  /** Sends statements that go with the messages. */
  beside?: (messages: Message[]) => Promise<unknown>
  /** Is given the answers of the last statements, which have been sent, and resolves with them. */
  end?: <T>(last: Promise<T>) => Promise<T>
}

/** Writes messages with their events, in the order of the drafts. */
export async function writeDrafts(
  tx: Queryable,
  drafts: Draft[],
  { ground, isNumbered, beside = async () => undefined, end = (last) => last }: Writing,
): Promise<WrittenDrafts> {
  const returned = drafts.filter(({ comesBack }) => comesBack)
  for (const { message } of returned) await bringBack(tx, message.conversationId, [message.senderId ?? ''])
  const attachments = await storeAttachments(tx, drafts)
  const places = new Map(drafts.map((draft) => [draft.conversation.id, placeOf(draft)]))
  const entries = numberMessages(drafts, places, attachments, ground)
  const readings = readingsOf(entries)
  const advances = [...places.values()].map((place) => advanceOf(place, ground))
  const besides = [
    ...readings.flatMap(toldOfReading),
    ...advances.flatMap((one) => toldOfWaking(one, ground)),
  ]
  const behind =
    isNumbered && (ground.isLogBehind || returned.length > 0) ? await numberBehind(tx) : NO_EVENTS
  const messages = entries.map(({ message }) => message)
  const writing = writeMessages(tx, { advances, events: entries.map(newEvent), isNumbered })
  const others = [
    readOwn(tx, readings),
    linkAttachments(tx, messages),
    beside(messages),
    emitAll(tx, besides),
  ]
  const numbering = isNumbered && besides.length > 0 ? numberHeld(tx) : NO_EVENTS
  const [base, rest] = await end(Promise.all([writing, numbering, ...others]))
  return { messages, numbered: isNumbered ? together(behind, base, entries, rest) : null }
}

const NO_EVENTS: Numbered = { base: 0, rows: [] }

const placeOf = (draft: Draft): Place => ({
  draft,
  messageSeq: draft.conversation.messageSeq,
  changeSeq: draft.conversation.changeSeq,
  lastMessageId: 0,
  updatedAt: draft.conversation.updatedAt,
  senders: new Map(),
})

/** The files that come with these messages, where there are any. */
async function storeAttachments(tx: Queryable, drafts: Draft[]): Promise<Map<Draft, Attachment>> {
  const stored = new Map<Draft, Attachment>()
  for (const draft of drafts) {
    const { attachment, message } = draft
    if (attachment) stored.set(draft, await insertAttachment(tx, message, attachment))
  }
  return stored
}

/** Ids, numbers and times, which rise within a conversation. */
function numberMessages(
  drafts: Draft[],
  places: Map<ConversationId, Place>,
  attachments: Map<Draft, Attachment>,
  { ids, now }: Ground,
): Entry[] {
  const rising = ids.toSorted((a, b) => a - b)
  return drafts.flatMap((draft, n) => {
    const place = places.get(draft.conversation.id)
    const id = rising[n]
    if (!place || id === undefined) return []
    place.messageSeq += 1
    place.changeSeq += 1
    place.lastMessageId = id
    place.updatedAt = new Date(Math.max(place.updatedAt.getTime() + 1, now.getTime()))
    const { senderId } = draft.message
    if (senderId !== null)
      place.senders.set(senderId, (place.senders.get(senderId) ?? 0) + (countsAsUnread(draft) ? 1 : 0))
    const attached = attachments.get(draft)
    const message = { ...UNTOUCHED, ...draft.message, id, seq: place.messageSeq, createdAt: place.updatedAt }
    return {
      draft,
      place,
      message: attached ? { ...message, attachments: [attached] } : message,
      changeSeq: place.changeSeq,
    }
  })
}

/** What the server or its staff say counts for nobody. */
const countsAsUnread = ({ message }: Draft) => message.type !== 'system'

interface OwnReading extends Reading {
  /** Whether there may have been anything unread: what counts for nobody (deleted, system) is not told apart here. */
  changes: boolean
  audience: StoredAudience
  changeSeq: number
}

/** Each sender who reads has read up to the last message that they read with. */
function readingsOf(entries: Entry[]): OwnReading[] {
  const bySender = Map.groupBy(entries, ({ message: { conversationId, senderId } }) =>
    JSON.stringify([conversationId, senderId]),
  )
  return [...bySender.values()].flatMap((written) => {
    const last = written.findLastIndex(({ draft }) => draft.reads !== null)
    const entry = written[last]
    if (!entry || entry.message.senderId === null) return []
    const { draft, place, message } = entry
    place.changeSeq += 1
    const hasOthers = message.seq - place.draft.conversation.messageSeq > last + 1
    return {
      changes: hasOthers || (draft.reads?.behind ?? 0) > 0,
      conversationId: message.conversationId,
      userId: entry.message.senderId,
      messageId: message.id,
      seq: message.seq,
      after: written.slice(last + 1).filter(({ draft }) => countsAsUnread(draft)).length,
      audience: draft.audience,
      changeSeq: place.changeSeq,
    }
  })
}

function toldOfReading(reading: OwnReading): Emission[] {
  const { conversationId, userId, messageId, audience, changeSeq, changes } = reading
  const event = { type: 'message.read', conversationId, userId, messageId, readAt: new Date() } as const
  const read = { event, audience, changeSeq }
  return changes ? [read, ownEmission({ type: 'unread.changed', conversationId, userId })] : [read]
}

/** A message of nobody's wakes nobody. */
function advanceOf({ draft, senders, ...numbers }: Place, { asleep }: Ground): Advance {
  const { id, subjectType } = draft.conversation
  const isWoken = ({ conversationId, userId }: Sleeper) => conversationId === id && !senders.has(userId)
  const woken = senders.size > 0 ? asleep.filter(isWoken) : []
  return {
    conversationId: id,
    ...numbers,
    touched: [
      ...[...senders].map(([userId, count]) => ({ userId, count })),
      ...woken.map(({ userId }) => ({ userId, count: 0 })),
    ],
    isAbout: subjectType !== null,
  }
}

async function numberBehind(tx: Queryable): Promise<Numbered> {
  const [, numbered] = await Promise.all([lockLog(tx), numberHeld(tx)])
  return numbered
}

const newEvent = ({ place, message, changeSeq }: Entry) => ({
  conversationId: message.conversationId,
  changeSeq,
  payload: { message },
  ...audienceColumns(place.draft.audience),
})

async function linkAttachments(tx: Queryable, messages: Message[]): Promise<void> {
  const linking = messages
    .map(({ id, attachments }) => ({ id, files: attachments.map((file) => file.id) }))
    .filter(({ files }) => files.length > 0)
    .map(({ id, files }) => putIntoMessage(tx, id, files))
  await Promise.all(linking)
}

/** Those who are woken. */
function toldOfWaking({ conversationId, isAbout, touched }: Advance, { asleep }: Ground): Emission[] {
  if (touched.length === 0) return []
  const here = asleep.filter((sleeper) => sleeper.conversationId === conversationId)
  // What was unread when they hid it counts again.
  const restored = here
    .filter(({ isHidden }) => isHidden)
    .flatMap(({ userId }) => [
      ownEmission({ type: 'conversation.restored', conversationId, userId }),
      ownEmission({ type: 'unread.changed', conversationId, userId }),
    ])
  const revived = isAbout ? here.filter(({ isArchived }) => isArchived).map(({ userId }) => userId) : []
  if (revived.length === 0) return restored
  const event = { type: 'archive.changed', conversationId, userIds: revived, isArchived: false } as const
  return [...restored, { event, audience: revived, changeSeq: null }]
}

/** One stretch of the log; where there is more behind than is read at once, its reader finds the rest. */
function together(behind: Numbered, base: number, entries: Entry[], rest: Numbered): Numbered {
  if (behind.rows.length >= READ_AT_ONCE) return behind
  const rows = entries.map((entry, n): EventRow => {
    const { kind, subjectType, orgId: org } = entry.place.draft.conversation
    return {
      ...newEvent(entry),
      type: 'message.created',
      position: base + n + 1,
      ...{ kind, subjectType, org },
    }
  })
  return { base: behind.rows.length > 0 ? behind.base : base, rows: [...behind.rows, ...rows, ...rest.rows] }
}
