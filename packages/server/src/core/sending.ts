import type { Queryable } from '../db/database.ts'
import { lockConversations } from '../db/conversations.ts'
import { wasRefused } from '../db/errors.ts'
import { findByClientKeys } from '../db/messages.ts'
import { readGround } from '../db/sending.ts'
import type { Ground } from '../db/sending.ts'
import { accessesForChange } from './access.ts'
import type { Access, AccessOf } from './access.ts'
import { commit } from './change.ts'
import { draft, freshMessage, isTextAlone } from './drafts.ts'
import type { Send, SendInput } from './drafts.ts'
import { ChatError } from './errors.ts'
import type { Outcome } from './gathering.ts'
import { hasLinks } from './link-previews.ts'
import { writeDrafts, writePlain } from './writing.ts'
import type { Draft, End, Written } from './writing.ts'
import type { Actor, Chat, Cursor, Message } from './types.ts'

export interface Sent {
  message: Message
  /** False for a repeat: the message is the one that was sent first. */
  created: boolean
  /** How far others have come, where it was sent before; nobody has come to what is new. */
  cursors: Cursor[]
}

/**
 * Writes a message and tells all present members of it, the sender's other devices included. Messages that arrive while
 * others are being written are written together, in their order.
 */
export async function sendMessage(
  chat: Chat,
  actor: Actor,
  input: SendInput,
  { reads = false }: Pick<Send, 'reads'> = {},
): Promise<Sent> {
  const send: Send = { actor, input, hasLinks: hasLinks(chat, input.text), reads }
  const sent = await chat.sends.add(send, (sends) => sendTogether(chat, sends))
  if (sent.created && send.hasLinks) chat.linksWritten?.()
  return sent
}

/** The same as part of a greater change, whose caller says `chat.linksWritten` where there are links. */
export async function sendWithin(chat: Chat, tx: Queryable, actor: Actor, input: SendInput): Promise<Sent> {
  const send: Send = { actor, input, hasLinks: hasLinks(chat, input.text) }
  const { outcomes } = await sendAll(tx, [send], { isNumbered: false })
  const [outcome] = outcomes
  if (outcome && 'value' in outcome) return outcome.value
  throw outcome?.error
}

/** In one flight there and back where the database finds them plain; what it does not, the core looks at. */
async function sendTogether(chat: Chat, sends: Send[]): Promise<Outcome<Sent>[]> {
  const plain = await sendPlain(chat, sends)
  const left = sends.filter((_, n) => !plain[n])
  const checked = left.length > 0 ? await sendChecked(chat, left) : []
  return plain.map((outcome) => outcome ?? checked.shift() ?? { error: new Error('A send has no outcome.') })
}

/** Null for each that is not plain. */
async function sendPlain(chat: Chat, sends: Send[]): Promise<(Outcome<Sent> | null)[]> {
  if (!sends.every(isTextAlone) || hasRepeats(sends)) return sends.map(() => null)
  const ids = [...new Set(sends.map(({ input }) => input.conversationId))]
  try {
    const [, written] = await commit(
      chat,
      (tx) =>
        tx.commitBehind(Promise.all([lockConversations(tx, ids), writePlain(tx, sends.map(freshMessage))])),
      'sends',
    )
    handOn(chat, written)
    return written.messages.map((message) => message && { value: { message, created: true, cursors: [] } })
  } catch (error) {
    return sends.map(() => (wasRefused(error) ? null : { error }))
  }
}

/** Where the database refuses them together, each is sent alone: only the one that is at fault fails. */
async function sendChecked(chat: Chat, sends: Send[]): Promise<Outcome<Sent>[]> {
  try {
    const { outcomes, written } = await commit(
      chat,
      (tx) => sendAll(tx, sends, { isNumbered: true, end: (last) => tx.commitBehind(last) }),
      'sends',
    )
    handOn(chat, written)
    return outcomes
  } catch (error) {
    if (sends.length === 1 || !wasRefused(error)) return sends.map(() => ({ error }))
    const outcomes: Outcome<Sent>[] = []
    for (const send of sends) outcomes.push(...(await sendChecked(chat, [send])))
    return outcomes
  }
}

function handOn(chat: Chat, { numbered, isLogBehind }: Written): void {
  if (numbered) chat.appended(numbered)
  if (isLogBehind) chat.committed()
}

/** Sends whatever may be sent; what is refused has written nothing. */
async function sendAll(
  tx: Queryable,
  sends: Send[],
  { isNumbered, end }: { isNumbered: boolean; end?: End },
): Promise<{ outcomes: Outcome<Sent>[]; written: Written }> {
  // Sent in one go: what is read must be what the holders of the locks before us have committed.
  const [accesses, ground, firsts] = await Promise.all([
    accessesForChange(
      tx,
      sends.map(({ actor, input }) => ({ actor, id: input.conversationId })),
    ),
    readGround(tx, {
      conversationIds: sends.map(({ input }) => input.conversationId),
      senderIds: sends.map(({ actor }) => actor.userId),
      count: sends.length,
    }),
    findFirsts(tx, sends),
  ])
  const { plans, drafts } = await plan(tx, sends, { accesses, ground, firsts })
  const written = drafts.length > 0 ? await writeDrafts(tx, drafts, { ground, isNumbered, end }) : NOTHING
  const outcomes = plans.map((planned): Outcome<Sent> => {
    if ('error' in planned) return planned
    const { access, first, draft: n, isRepeat } = planned
    const message = first ?? written.messages[n]
    if (!message) throw new Error('A draft was not written.')
    return { value: { message, created: !isRepeat, cursors: access.cursors ?? [] } }
  })
  return { outcomes, written }
}

const NOTHING: Written = { messages: [], numbered: null, isLogBehind: false }

/** What each send comes to: a fault, a message that was sent before, or one of the drafts. */
type Plan = { error: ChatError } | { access: Access; first: Message | null; draft: number; isRepeat: boolean }

async function plan(
  tx: Queryable,
  sends: Send[],
  { accesses, ground, firsts }: { accesses: AccessOf[]; ground: Ground; firsts: (Message | null)[] },
): Promise<{ plans: Plan[]; drafts: Draft[] }> {
  const drafts: Draft[] = []
  const keys = new Map<string, number>()
  const claimed = new Set<number>()

  async function planOne(send: Send, n: number, accessOf: AccessOf): Promise<Plan> {
    const access = await accessOf()
    const first = firsts[n] ?? null
    const key = keyOf(send)
    const earlier = key === null ? undefined : keys.get(key)
    if (first || earlier !== undefined) return { access, first, draft: earlier ?? 0, isRepeat: true }
    if (!ground.senders.includes(send.actor.userId))
      throw new ChatError('unauthenticated', 'This user no longer exists.')
    drafts.push(await draft(tx, access, send, claimed))
    if (key !== null) keys.set(key, drafts.length - 1)
    return { access, first, draft: drafts.length - 1, isRepeat: false }
  }

  const plans: Plan[] = []
  for (const [n, accessOf] of accesses.entries()) {
    const send = sends[n]
    if (!send) continue
    try {
      plans.push(await planOne(send, n, accessOf))
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      plans.push({ error })
    }
  }
  return { plans, drafts }
}

/** Whether one of them may be another one once more. */
function hasRepeats(sends: Send[]): boolean {
  const keys = sends.map(keyOf).filter((key) => key !== null)
  return new Set(keys).size < keys.length
}

/** Names what must be written once; null where there is no key. */
const keyOf = ({ actor, input: { conversationId, clientKey } }: Send) =>
  clientKey === undefined ? null : JSON.stringify([conversationId, actor.userId, clientKey])

/** The messages that keys were used for before, so that a retry writes nothing; asked only where there are keys. */
async function findFirsts(tx: Queryable, sends: Send[]): Promise<(Message | null)[]> {
  const asked = sends.flatMap(({ actor, input: { conversationId, clientKey } }, n) =>
    clientKey === undefined ? [] : { n, conversationId, senderId: actor.userId, clientKey },
  )
  if (asked.length === 0) return []
  const found = await findByClientKeys(tx, asked)
  const firsts: (Message | null)[] = sends.map(() => null)
  for (const [i, { n }] of asked.entries()) firsts[n] = found[i] ?? null
  return firsts
}
