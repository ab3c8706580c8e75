import { insertAttachment, putIntoMessage } from '../db/attachments.ts'
import type { Queryable } from '../db/database.ts'
import { lockLog, numberHeld, READ_AT_ONCE } from '../db/events.ts'
import type { EventRow, Numbered } from '../db/events.ts'
import { writeMessages } from '../db/new-messages.ts'
import type { NewMessage, WrittenMessage } from '../db/new-messages.ts'
import { readOwn, wake } from '../db/sending.ts'
import type { Ground, Reading, Sleeper } from '../db/sending.ts'
import { emitAll, ownEmission } from './events.ts'
import type { Emission, StoredAudience } from './events.ts'
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
  /** Where its sender has then read the conversation up to it: how many, at most, they had not, and whom it concerns. */
  reads: { behind: number; audience: StoredAudience } | null
}

export interface Written {
  /** In the order of what was to be written; null for each that was not. */
  messages: (Message | null)[]
  /** Their places in the log and what was behind them; null where they have none yet. */
  numbered: Numbered | null
}

/** Writes messages, with their events, to those conversations that have only plain ones: the database itself looks. */
export async function writePlain(tx: Queryable, fresh: NewMessage[]): Promise<Written> {
  const { messages, events } = await write(tx, fresh, { isNumbered: true, ids: null })
  return { messages, numbered: stretchOf(events) }
}

export interface Writing {
  ground: Ground
  isNumbered: boolean
  /** Is given the answers of the last statements, which have been sent, and resolves with them. */
  end?: <T>(last: Promise<T>) => Promise<T>
}

/** Writes messages with their events, in the order of the drafts. */
export async function writeDrafts(
  tx: Queryable,
  drafts: Draft[],
  { ground, isNumbered, end = (last) => last }: Writing,
): Promise<Written> {
  const returned = drafts.filter(({ comesBack }) => comesBack)
  for (const { message } of returned) await bringBack(tx, message.conversationId, [message.senderId ?? ''])
  const stored = await storeAttachments(tx, drafts)
  const readings = readingsOf(drafts, ground)
  const besides = [...readings.flatMap(toldOfReading), ...toldOfWaking(drafts, ground)]
  const behind =
    isNumbered && (ground.isLogBehind || returned.length > 0) ? await numberBehind(tx) : NO_EVENTS
  const writing = write(tx, stored, { isNumbered, ids: ground.ids })
  const others = [
    readOwn(tx, readings),
    wake(tx, wokenBy(drafts, ground)),
    linkAttachments(tx, stored, ground),
    emitAll(tx, besides),
  ]
  const numbering = isNumbered && besides.length > 0 ? numberHeld(tx) : NO_EVENTS
  const [{ messages, events }, rest] = await end(Promise.all([writing, numbering, ...others]))
  return { messages, numbered: isNumbered ? together(behind, stretchOf(events), rest) : null }
}

async function write(
  tx: Queryable,
  fresh: NewMessage[],
  how: { isNumbered: boolean; ids: MessageId[] | null },
): Promise<{ messages: Written['messages']; events: EventRow[] }> {
  const messages: Written['messages'] = fresh.map(() => null)
  const events: EventRow[] = []
  for (const written of await writeMessages(tx, fresh, how)) {
    const said = fresh[written.place - 1]?.message
    if (!said) throw new Error('A message was written that nobody sent.')
    const { id, seq, createdAt } = written
    const message = { ...said, id, seq, createdAt }
    messages[written.place - 1] = message
    events.push(eventOf(message, written))
  }
  return { messages, events }
}

function eventOf(message: Message, written: WrittenMessage): EventRow {
  const { changeSeq, position, kind, subjectType, org, orgId, audienceId } = written
  return {
    type: 'message.created',
    position: position ?? 0,
    conversationId: message.conversationId,
    changeSeq,
    payload: { message },
    ...{ recipients: null, orgId, audienceId },
    ...{ kind, subjectType, org },
  }
}

const NO_EVENTS: Numbered = { base: 0, rows: [] }

const stretchOf = (rows: EventRow[]): Numbered => ({ base: (rows[0]?.position ?? 1) - 1, rows })

/** With the files that come with the messages, where there are any. */
async function storeAttachments(tx: Queryable, drafts: Draft[]): Promise<NewMessage[]> {
  const stored: NewMessage[] = []
  for (const { attachment, message, ...rest } of drafts) {
    const attachments = attachment ? [await insertAttachment(tx, message, attachment)] : message.attachments
    stored.push({ ...rest, message: { ...message, attachments } })
  }
  return stored
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
function readingsOf(drafts: Draft[], { ids }: Ground): OwnReading[] {
  const entries = drafts.map((draft, n) => ({ draft, messageId: ids[n] ?? 0 }))
  const places = Map.groupBy(entries, ({ draft }) => draft.message.conversationId)
  return [...places].flatMap(([conversationId, written]) => {
    let changes = written.length
    const bySender = Map.groupBy(written, ({ draft }) => draft.message.senderId)
    return [...bySender].flatMap(([userId, own]) => {
      const last = own.findLastIndex(({ draft }) => draft.reads !== null)
      const entry = own[last]
      if (!entry || userId === null) return []
      const { draft, messageId } = entry
      changes += 1
      return {
        changes: written.indexOf(entry) > last || (draft.reads?.behind ?? 0) > 0,
        ...{ conversationId, userId, messageId },
        after: own.slice(last + 1).filter((one) => countsAsUnread(one.draft)).length,
        audience: draft.reads?.audience ?? [],
        changeSeq: draft.conversation.changeSeq + changes,
      }
    })
  })
}

function toldOfReading(reading: OwnReading): Emission[] {
  const { conversationId, userId, messageId, audience, changeSeq, changes } = reading
  const event = { type: 'message.read', conversationId, userId, messageId, readAt: new Date() } as const
  const read = { event, audience, changeSeq }
  return changes ? [read, ownEmission({ type: 'unread.changed', conversationId, userId })] : [read]
}

/** Those who have put a conversation away in which somebody writes; a message of nobody's wakes nobody. */
function* sleepersIn(drafts: Draft[], { asleep }: Ground): Generator<{ sleepers: Sleeper[]; said: Draft[] }> {
  if (asleep.length === 0) return
  const said = drafts.filter(({ message }) => message.senderId !== null)
  for (const [id, ofPlace] of Map.groupBy(said, ({ message }) => message.conversationId)) {
    const sleepers = asleep.filter(({ conversationId }) => conversationId === id)
    if (sleepers.length > 0) yield { sleepers, said: ofPlace }
  }
}

/** Whoever writes themselves is back by that. */
const wokenBy = (drafts: Draft[], ground: Ground): Sleeper[] =>
  [...sleepersIn(drafts, ground)].flatMap(({ sleepers, said }) => {
    const senders = new Set(said.map(({ message }) => message.senderId))
    return sleepers.filter(({ userId }) => !senders.has(userId))
  })

/** Those who are woken. */
const toldOfWaking = (drafts: Draft[], ground: Ground): Emission[] =>
  [...sleepersIn(drafts, ground)].flatMap(({ sleepers, said }) => {
    const isAbout = said.some(({ conversation }) => conversation.subjectType !== null)
    // What was unread when they hid it counts again.
    const restored = sleepers
      .filter(({ isHidden }) => isHidden)
      .flatMap(({ conversationId, userId }) => [
        ownEmission({ type: 'conversation.restored', conversationId, userId }),
        ownEmission({ type: 'unread.changed', conversationId, userId }),
      ])
    const revived = isAbout ? sleepers.filter(({ isArchived }) => isArchived) : []
    return [...restored, ...toldOfRevival(revived)]
  })

function toldOfRevival(revived: Sleeper[]): Emission[] {
  const [one] = revived
  if (!one) return []
  const { conversationId } = one
  const userIds: UserId[] = revived.map(({ userId }) => userId)
  const event = { type: 'archive.changed', conversationId, userIds, isArchived: false } as const
  return [{ event, audience: userIds, changeSeq: null }]
}

async function numberBehind(tx: Queryable): Promise<Numbered> {
  const [, numbered] = await Promise.all([lockLog(tx), numberHeld(tx)])
  return numbered
}

async function linkAttachments(tx: Queryable, stored: NewMessage[], { ids }: Ground): Promise<void> {
  const linking = stored
    .map(({ message: { attachments } }, n) => ({ id: ids[n] ?? 0, files: attachments.map(({ id }) => id) }))
    .filter(({ files }) => files.length > 0)
    .map(({ id, files }: { id: MessageId; files: number[] }) => putIntoMessage(tx, id, files))
  await Promise.all(linking)
}

/** One stretch of the log; where there is more behind than is read at once, its reader finds the rest. */
function together(behind: Numbered, own: Numbered, rest: Numbered): Numbered {
  if (behind.rows.length >= READ_AT_ONCE) return behind
  const { base } = behind.rows.length > 0 ? behind : own
  return { base, rows: [...behind.rows, ...own.rows, ...rest.rows] }
}
