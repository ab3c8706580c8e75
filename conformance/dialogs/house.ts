import { afterEach, describe } from 'vitest'
import { managedDialogResponse, type ManagedDialog } from '@parley/wire/dialogs'
import { useChat, type Chat } from '../support/chat.ts'
import { tokenOf } from '../support/friends.ts'
import { putUser } from '../support/host.ts'
import { request, type Reply } from '../support/http.ts'
import type { ServerOptions } from '../support/server.ts'
import { TEAM_SECRET } from '../support/team.ts'
import { answered, createGuest, send, type Guest } from './guest.ts'
import { openLine, socketUrl, type Line } from './line.ts'

export const ADMIN_TOKENS = ['first-admin-token-of-this-suite-here', 'second-admin-token-of-this-suite-here']
export const SITE = 'https://shop.example.com'

interface GuestInput {
  id?: string
  name?: string
  scopes?: object
  org?: string
  /** Whether to be known by name alone. */
  trusted?: boolean
}

/** People who talk about things on one server, and the back end that starts their dialogs. */
export interface House {
  url: () => string
  guest: (who?: GuestInput) => Promise<Guest>
  guests: <Count extends number>(count: Count) => Promise<Many<Count>>
  /** The host application's back end: `POST /dialogs`, below `/api/v1/management`. */
  manage: (what: string, body?: unknown, authorization?: string | null) => Promise<Reply>
  /** A new dialog of these people, about something of its own. */
  open: (people: Guest[], more?: object) => Promise<ManagedDialog>
  /** A socket that is closed after the test. */
  line: (guest: Guest) => Promise<Line>
  keep: (line: Line) => Line
  /** Resolves once everything that a line of this guest is told so far has arrived. */
  settled: (guest: Guest, line: Line) => Promise<void>
  /** What `next` has not taken by then, comings and goings aside. */
  untaken: (guest: Guest, line: Line) => Promise<Line['heard']>
}

type Many<Count extends number> = Count extends 2
  ? [Guest, Guest]
  : Count extends 3
    ? [Guest, Guest, Guest]
    : [Guest, Guest, Guest, Guest]

export const OPEN = { scope_level0: ['acme'], scope_level1: ['sales'], scope_level2: [] }

function useHouse(chat: Chat): House {
  let last = 0
  const lines: Line[] = []
  const fences = new Map<string, string>()
  afterEach(async () => {
    for (const line of lines.splice(0)) await line.close()
  })
  const url = () => chat.server().url

  const manage: House['manage'] = (what, json, authorization = `Bearer ${ADMIN_TOKENS[0]}`) => {
    const [method = '', path = ''] = what.split(' ')
    const headers = authorization === null ? {} : { authorization }
    return request(method, `${url()}/api/v1/management${path}`, { headers, json })
  }
  const open: House['open'] = async (people, more = {}) => {
    const participants = people.map(({ id, name }) => ({ user_id: id, display_name: name }))
    const about = { object_type: 'order', object_id: `order-${++last}`, title: `Order ${last}` }
    return answered(managedDialogResponse, await manage('POST /dialogs', { ...about, participants, ...more }))
      .data
  }
  const guest: House['guest'] = async (who = {}) => {
    const { id = `guest-${++last}`, name = `Name of ${id}`, scopes = OPEN, org, trusted = false } = who
    if (!trusted) await putUser(chat.server(), id, { display_name: name, ...(org !== undefined && { org }) })
    return createGuest({ url, id, name, token: trusted ? null : tokenOf(id), scopes })
  }
  const keep = (line: Line) => {
    lines.push(line)
    return line
  }
  const settled: House['settled'] = async (owner, line) => {
    const fence = fences.get(owner.id) ?? (await open([owner], { object_type: 'fence', title: 'Fence' })).id
    fences.set(owner.id, fence)
    // Twice: events that are numbered together need not arrive in the order of their causes.
    for (const text of ['fence', 'second fence']) {
      const { id } = await send(owner, fence, text)
      await line.next('message.new', (event) => event.id === id)
    }
  }

  return {
    url,
    guest,
    // As many as are asked for.
    guests: async (count) =>
      (await Promise.all(Array.from({ length: count }, () => guest()))) as Many<typeof count>,
    manage,
    open,
    line: async ({ id, token }) =>
      keep(await openLine(socketUrl(url(), { user_id: id, ...(token !== null && { token }) }))),
    keep,
    settled,
    async untaken(owner, line) {
      await settled(owner, line)
      const fence = fences.get(owner.id)
      return line
        .rest()
        .filter(
          (event) => event.type !== 'presence.update' && !('dialog_id' in event && event.dialog_id === fence),
        )
    },
  }
}

type Part = (house: House, chat: Chat) => void

/** Parts of the suite of document 004, against one server. */
export function dialogs(title: string, parts: Part[], env: ServerOptions['env'] = {}) {
  describe(title, () => {
    const chat = useChat(() => ({
      env: {
        PARLEY_JWT_SECRETS: TEAM_SECRET,
        PARLEY_ADMIN_TOKENS: ADMIN_TOKENS.join(','),
        PARLEY_ALLOWED_ORIGINS: SITE,
        ...env,
      },
    }))
    const house = useHouse(chat)
    for (const part of parts) describe(part.name, () => part(house, chat))
  })
}
