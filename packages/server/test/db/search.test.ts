import { beforeAll, expect, it } from 'vitest'
import type { MessageId } from '../../src/core/types.ts'
import { searchConversations } from '../../src/db/search.ts'
import type { Searchable } from '../../src/db/search.ts'
import { eachStore } from '../support/databases.ts'

const LONG: Searchable = { id: 1, since: 0 }
const OTHER: Searchable = { id: 2, since: 0 }
const SHORT: Searchable = { id: 3, since: 0 }

eachStore('search in long conversations', (database) => {
  // Of half a million messages forty here and there, with two that are sought: more are not needed to reach all lengths of
  // stretches, and both ends of them.
  beforeAll(() =>
    database().execute(`
      insert into conversations (kind) select 'group' from generate_series(1, 3);
      insert into messages (conversation_id, seq, text, deleted_at)
        select c, seq, case when seq < 50 then 'первый самовар' when seq - n in (3, 39) then 'самовар' end,
          case when n % 6 = 0 then now() end
        from generate_series(1, 3) c, generate_series(1, case when c = 3 then 5000 else 500000 end, 4999) n,
          generate_series(n, n + 39) seq
        order by seq, c`),
  )

  async function search(few: Searchable[], text: string, limit: number): Promise<MessageId[]> {
    const found: MessageId[] = []
    for (;;) {
      const page = await searchConversations(database(), few, { text, before: found.at(-1) ?? null, limit })
      found.push(...page.map(({ id }) => id))
      if (page.length < limit) return found
    }
  }

  async function written(few: Searchable[], maxSeq = Infinity): Promise<MessageId[]> {
    const rows = await database().query<{ id: MessageId; conversation: number; seq: number }>(
      `select id, conversation_id as conversation, seq from messages
       where text is not null and deleted_at is null order by id desc`,
    )
    return rows
      .filter((row) => few.some(({ id, since }) => id === row.conversation && row.id > since))
      .filter(({ seq }) => seq <= maxSeq)
      .map(({ id }) => id)
  }

  it.each([
    ['a word in another form', 'самоварами'],
    ['a part of a word', 'амова'],
    ['two letters', 'ам'],
  ])('finds each message once by %s, page by page from the newest', async (_what, text) => {
    for (const limit of [1, 3]) expect(await search([LONG], text, limit)).toEqual(await written([LONG]))
  })

  it('finds what stands at the very beginning alone, and nothing that stands nowhere', async () => {
    expect(await search([LONG], 'первый', 1)).toEqual(await written([LONG], 50))
    expect(await search([LONG], 'чайник', 1)).toEqual([])
  })

  it('mixes what it finds in several conversations', async () => {
    const few = [SHORT, LONG, OTHER]
    expect(await search(few, 'самовар', 5)).toEqual(await written(few))
  })

  it('finds nothing from before a reader came', async () => {
    const all = await written([LONG])
    for (const since of [all[0], all[1], all[2], all[50], all.at(-1)]) {
      const few = [{ ...LONG, since: since ?? 0 }]
      for (const text of ['самовар', 'ам']) expect(await search(few, text, 1)).toEqual(await written(few))
    }
  })
})
