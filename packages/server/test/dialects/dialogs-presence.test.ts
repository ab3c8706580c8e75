import { participantListResponse } from '@parley/wire/dialogs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { openDialogs } from '../support/dialogs.ts'
import type { Dialogs } from '../support/dialogs.ts'
import type { Person } from '../support/workspace.ts'

const OPEN = { scope_level0: ['acme'], scope_level1: [], scope_level2: [] }

eachStore('who is here', (database) => {
  let dialogs: Dialogs
  beforeAll(async () => {
    dialogs = await openDialogs(database())
  })
  afterAll(() => dialogs.close())

  it('is told to participants, and not to those to whom a dialog is merely open', async () => {
    const [author, participant, onlooker] = [
      await dialogs.person(),
      await dialogs.person(),
      await dialogs.person(),
    ]
    const { id } = await dialogs.open([author, participant], { access_scopes: [OPEN] })
    const seenBy = async (person: Person) => {
      const { body } = await dialogs.ask(person, `GET /dialogs/${id}/participants`, { scopes: OPEN })
      const { data } = participantListResponse.parse(body)
      expect(data).toHaveLength(2)
      return data.filter(({ is_online }) => is_online).map(({ user_id }) => user_id)
    }
    const { presence } = dialogs.server.chat
    presence.connected(author.id)
    expect(await seenBy(participant)).toEqual([author.id])
    expect(await seenBy(onlooker)).toEqual([])
    presence.disconnected(author.id)
    expect(await seenBy(participant)).toEqual([])
  })
})
