import { beforeAll, describe } from 'vitest'
import { useChat } from '../support/chat.ts'
import type { Database } from '../support/database.ts'
import type { ServerOptions } from '../support/server.ts'
import { TEAM_SECRET, useTeam } from '../support/team.ts'
import { attachments } from './attachments.ts'
import { authorisation } from './authorisation.ts'
import { crossing } from './crossing.ts'
import { CROWD, crowd } from './crowd.ts'
import { description } from './description.ts'
import { expiry, REALTIME_SECRET } from './expiry.ts'
import { limits } from './limits.ts'
import { messages } from './messages.ts'
import { moving } from './moving.ts'
import { recovery } from './recovery.ts'
import { replay } from './replay.ts'
import { search } from './search.ts'
import { story } from './story.ts'

/** Document 001 from end to end, against one server; every store runs it. */
export function workspace(store: string, env: ServerOptions['env'] = {}) {
  describe(`workspace on ${store}`, () => {
    const chat = useChat(() => ({ env: { PARLEY_JWT_SECRETS: TEAM_SECRET, ...env } }))
    beforeAll(() => chat.alter(prepare))
    const team = useTeam(chat)
    const parts = [
      ...[description, story, messages, limits, attachments, search],
      ...[replay, recovery, expiry, moving, crossing, crowd, authorisation],
    ]
    for (const part of parts) describe(part.name, () => part(team, chat))
  })
}

/** What would take requests too long. */
async function prepare(db: Database) {
  await db.query(
    `insert into users (id, display_name, org_id)
     select $1 || '-' || n, 'Somebody', $1 from generate_series(1, $2::int) n`,
    [CROWD.org, CROWD.people],
  )
  await db.query(`update settings set value = $1 where name = 'realtime_secret'`, [
    Buffer.from(REALTIME_SECRET).toString('hex'),
  ])
}
