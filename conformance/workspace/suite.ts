import { describe } from 'vitest'
import { useChat } from '../support/chat.ts'
import type { ServerOptions } from '../support/server.ts'
import { TEAM_SECRET, useTeam } from '../support/team.ts'
import { authorisation } from './authorisation.ts'
import { crossing } from './crossing.ts'
import { crowd } from './crowd.ts'
import { description } from './description.ts'
import { messages } from './messages.ts'
import { recovery } from './recovery.ts'
import { replay } from './replay.ts'
import { search } from './search.ts'
import { story } from './story.ts'

/** Document 001 from end to end, against one server; every store runs it. */
export function workspace(store: string, env: ServerOptions['env'] = {}) {
  describe(`workspace on ${store}`, () => {
    const chat = useChat(() => ({ env: { PARLEY_JWT_SECRETS: TEAM_SECRET, ...env } }))
    const team = useTeam(chat)
    const parts = [description, story, messages, search, replay, recovery, crossing, crowd, authorisation]
    for (const part of parts) describe(part.name, () => part(team, chat))
  })
}
