import { afterEach, beforeAll } from 'vitest'
import type { Conversation, Message } from '@parley/wire/workspace'
import type { Chat } from './chat.ts'
import { createColleague, type Colleague } from './colleague.ts'
import { loadDescription, type DescribedApi, type Input } from './described-api.ts'
import { hear, type Hearing } from './hearing.ts'
import { putUser } from './host.ts'
import type { Person } from './person.ts'
import { credentials } from './person.ts'
import { jwt } from './tokens.ts'

export const TEAM_SECRET = 'a secret of the workspace suite which has more than forty characters'

interface TeamMate {
  id?: string
  org?: string | null
  role?: 'user' | 'admin'
}

/** The people of organisations on one server. */
export interface Team {
  api: () => DescribedApi
  /** An organisation that nobody is in yet. */
  org: () => string
  colleague: (who?: TeamMate) => Promise<Colleague>
  /** Somebody of the marketplace, here by the same session. */
  fromMarketplace: (person: Person) => Colleague
  /** An official client that is closed after the test. */
  hear: (colleague: Colleague) => Promise<Hearing>
  /** The same, deaf to what was published before; the colleague has one conversation more thereby. */
  hearNow: (colleague: Colleague) => Promise<Hearing>
  /** Resolves once everything published on the colleague's own channel so far has arrived. */
  settled: (colleague: Colleague, hearing: Hearing) => Promise<void>
}

export function useTeam(chat: Chat): Team {
  let api: DescribedApi | undefined
  let last = 0
  const hearings: Hearing[] = []
  const fences = new Map<string, { id: string; starred: boolean }>()
  beforeAll(async () => {
    api = await loadDescription(() => chat.server().url, '/openapi/workspace.json')
  })
  afterEach(async () => {
    for (const hearing of hearings.splice(0)) await hearing.close()
  })

  const described = () => {
    if (!api) throw new Error('the description is loaded before the first test')
    return api
  }
  const colleague = async ({ id = `mate-${++last}`, org = 'acme', role = 'user' }: TeamMate = {}) => {
    await putUser(chat.server(), id, { display_name: id, org, role })
    const token = jwt(TEAM_SECRET, { sub: id, exp: Math.floor(Date.now() / 1000) + 3600 })
    return createColleague(described, id, { authorization: `Bearer ${token}` })
  }

  async function settled(owner: Colleague, hearing: Hearing) {
    const fence = fences.get(owner.id) ?? { id: (await group(owner)).id, starred: false }
    fences.set(owner.id, fence)
    // Twice: a count is exact where it stands, and may stand behind what came after its cause.
    for (let time = 0; time < 2; time++) {
      const starred = (fence.starred = !fence.starred)
      await owner.ask('update-conversation-preferences', { id: fence.id, starred })
      await hearing.next(
        'conversation.preferences',
        ({ conversationId, preferences }) => conversationId === fence.id && preferences.starred === starred,
      )
    }
  }

  async function connect(owner: Colleague) {
    const hearing = await hear(chat.server().url, owner)
    hearings.push(hearing)
    return hearing
  }

  async function hearNow(owner: Colleague) {
    const hearing = await connect(owner)
    await settled(owner, hearing)
    hearing.rest()
    hearing.heard.length = 0
    return hearing
  }

  return {
    api: described,
    org: () => `org-${++last}`,
    colleague,
    fromMarketplace: ({ id, session }) => createColleague(described, String(id), credentials(session)),
    hear: connect,
    hearNow,
    settled,
  }
}

export async function group(
  owner: Colleague,
  others: Colleague[] = [],
  input: Input = {},
): Promise<Conversation> {
  const memberIds = others.map(({ id }) => id)
  return (await owner.ask('create-conversation', { type: 'group', memberIds, ...input })).data
}

export async function channel(owner: Colleague, input: Input = {}): Promise<Conversation> {
  const named = { type: 'channel', visibility: 'org', name: 'General', ...input }
  return (await owner.ask('create-conversation', named)).data
}

export async function say(
  sender: Colleague,
  conversationId: string,
  content: string,
  input: Input = {},
): Promise<Message> {
  return (await sender.ask('send-message', { conversationId, content, ...input })).data
}

export const contents = (messages: Message[]): string[] => messages.map(({ content }) => content)
