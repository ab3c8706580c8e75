import { expect } from 'vitest'
import type { Event, Message } from '@parley/wire/marketplace'
import { send, totalUnread } from '../support/acts.ts'
import { listen, type Listener } from '../support/listener.ts'
import type { Person } from '../support/person.ts'
import { until, within } from '../support/wait.ts'
import { FENCE, type History } from './audit.ts'
import { conversationsOf, type World } from './people.ts'

/** An official client that lives through everything, with all it was told, and fetches nothing. */
export interface Tab {
  person: Person
  listener: Listener
  /** What has a place in the log, in the order of arrival. */
  log: { offset: number; event: Event }[]
  /** The codes with which the connection was lost. */
  losses: number[]
}

export async function openTab(person: Person, url = person.server.url): Promise<Tab> {
  const cookie = `PARTIZAP_SESSION=${person.session.session}`
  const listener = listen(url, { cookie }, String(person.id))
  const tab: Tab = { person, listener, log: [], losses: [] }
  listener.client.on('connecting', ({ code }) => tab.losses.push(code))
  listener.client.on('publication', ({ offset, data }) => {
    // The listener, which is called first, holds every publication to the schema.
    if (offset !== undefined) tab.log.push({ offset, event: data as Event })
  })
  const subscribed = new Promise((resolve) => listener.client.once('subscribed', resolve))
  await within(10_000, () => `${person.name}'s tab to be connected`, subscribed)
  return tab
}

export async function closeTabs(tabs: Tab[]): Promise<void> {
  await Promise.all(tabs.map(({ listener }) => listener.close()))
}

/** Resolves once the tabs have heard everything that anybody did; nobody may be doing anything. */
export async function settle(world: World, tabs: Tab[]): Promise<void> {
  // What shared its batch with the first fence has been handed on before the second one is numbered.
  for (const text of [`${FENCE} 1`, `${FENCE} 2`]) {
    for (const { id, members } of world.conversations) {
      const fence = await send(members[0], id, text)
      const concerned = tabs.filter(({ person }) => members.some((member) => member.id === person.id))
      for (const tab of concerned) await hears(tab, [fence])
    }
  }
}

/** Resolves once the tab has been told of everything in its person's conversations. */
export async function hearsAll(tab: Tab, history: History): Promise<void> {
  const own = [...history].filter(([{ members }]) => members.some(({ id }) => id === tab.person.id))
  const messages = own.flatMap(([, messages]) => messages)
  await hears(tab, messages)
}

async function hears(tab: Tab, messages: Message[]): Promise<void> {
  const missing = () => {
    const heard = new Set(messagesIn(tab).map(({ id }) => id))
    return messages.flatMap(({ id }) => (heard.has(id) ? [] : [id]))
  }
  const what = `${tab.person.name}'s tab to hear of everything (lost ${tab.losses.join(', ')})`
  await until(
    what,
    async () => missing(),
    (ids) => ids.length === 0,
  )
}

/** What the tab was told is the database's list, and what follows from it is what the server says. */
export async function checkTab(world: World, tab: Tab, history: History): Promise<void> {
  const { person, log, listener } = tab
  const returns = listener.subscriptions.slice(1)
  for (const { wasRecovering, recovered } of returns) {
    expect({ wasRecovering, recovered }, `${person.name} came back`).toEqual({
      wasRecovering: true,
      recovered: true,
    })
  }
  const offsets = log.map(({ offset }) => offset)
  expect(offsets, `offsets of ${person.name}`).toEqual([...new Set(offsets)].sort((a, b) => a - b))
  for (const conversation of conversationsOf(world, person)) {
    const messages = history.get(conversation) ?? []
    const heard = messagesIn(tab).filter((message) => message.conversation_id === conversation.id)
    expect(heard.map(plain), `conversation ${conversation.id} of ${person.name}`).toEqual(messages.map(plain))
    checkReceipts(tab, conversation.id, messages)
  }
  expect(badgeOf(tab), `badge of ${person.name}`).toBe(await totalUnread(person))
}

const plain = ({ id, sender_id, text, created_at }: Message) => ({ id, sender_id, text, created_at })

function messagesIn({ log }: Tab): Message[] {
  return log.flatMap(({ event }) => (event.type === 'message.new' ? [event.data.message] : []))
}

/** The document's rules: one more for each message from the companion; `unread.update` is absolute. */
function badgeOf({ person, log }: Tab): number {
  return log.reduce((badge, { event }) => {
    if (event.type === 'unread.update') return event.data.total_unread
    return event.type === 'message.new' && event.data.message.sender_id !== person.id ? badge + 1 : badge
  }, 0)
}

/** Receipts only move forward, and lead to the statuses that the server shows of one's own messages. */
function checkReceipts({ person, log }: Tab, conversationId: number, messages: Message[]): void {
  const places = (type: 'message.read' | 'message.delivered') =>
    log.flatMap(({ event }) => {
      if (event.type !== type || event.data.conversation_id !== conversationId) return []
      return 'reader_id' in event.data ? [event.data.last_read_message_id] : [event.data.last_message_id]
    })
  const [read, delivered] = [places('message.read'), places('message.delivered')]
  for (const ids of [read, delivered]) expect(ids, 'a cursor').toEqual([...ids].sort((a, b) => a - b))
  const [readId, deliveredId] = [read.at(-1) ?? 0, delivered.at(-1) ?? 0]
  const statusOf = (id: number) => (id <= readId ? 'read' : id <= deliveredId ? 'delivered' : 'sent')
  const own = messages.filter(({ sender_id }) => sender_id === person.id)
  const shown = own.map(({ id, status }) => ({ id, status }))
  const expected = own.map(({ id }) => ({ id, status: statusOf(id) }))
  expect(expected, `statuses by the receipts that ${person.name} heard`).toEqual(shown)
}
