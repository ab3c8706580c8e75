import { describe, expect, test } from 'vitest'
import type { Colleague } from '../support/colleague.ts'
import { channel, contents, group, say, type Team } from '../support/team.ts'

const texts = {
  russian: 'Обсудили поставки новых станков',
  chinese: '明天上午十点在会议室见面',
  japanese: '東京タワーで会いましょう',
  code: 'The part is tt0065242, revision B',
  email: 'Write to sales.team@example.com please',
  word: 'We are shipping the releases today',
}

export function search(team: Team) {
  const find = async (who: Colleague, query: string, input = {}) =>
    contents((await who.ask('search-messages', { query, ...input })).data)

  describe('search-messages', () => {
    test.each([
      ['станки', texts.russian],
      ['поставка', texts.russian],
      ['СТАНКОВ', texts.russian],
      ['会议室', texts.chinese],
      ['東京', texts.japanese],
      ['tt0065242', texts.code],
      ['65242', texts.code],
      ['sales.team@example.com', texts.email],
      ['example.com', texts.email],
      ['release', texts.word],
      ['hippin', texts.word],
      ['"shipping the releases"', texts.word],
    ])('finds %s', async (query, expected) => {
      const anna = await team.colleague({ org: team.org() })
      const { id } = await group(anna)
      for (const text of Object.values(texts)) await say(anna, id, text)
      expect(await find(anna, query)).toEqual([expected])
      expect(await find(anna, query, { conversationId: id })).toEqual([expected])
    })

    test('understands quoted phrases and what is to be left out, and takes any other character as itself', async () => {
      const anna = await team.colleague({ org: team.org() })
      const { id } = await group(anna)
      for (const text of ['red apple', 'red pear', '100% done', 'snake_case']) await say(anna, id, text)
      expect(await find(anna, 'red -pear')).toEqual(['red apple'])
      expect(await find(anna, '"apple red"')).toEqual([])
      expect(await find(anna, '0%')).toEqual(['100% done'])
      expect(await find(anna, 'e_c')).toEqual(['snake_case'])
      for (const query of ["'; drop table", '((', '""', '\\\\', '%%', '& | !']) await find(anna, query)
    })

    test('reads only what the caller may: not others’ conversations, not after leaving, not other organisations', async () => {
      const org = team.org()
      const [anna, boris] = [await team.colleague({ org }), await team.colleague({ org })]
      const foreigner = await team.colleague({ org: team.org() })
      const [own, shared, open] = [await group(anna), await group(anna, [boris]), await channel(anna)]
      await say(anna, own.id, 'plover alone')
      await say(anna, shared.id, 'plover together')
      await say(anna, open.id, 'plover in the open')
      expect(await find(anna, 'plover')).toEqual(['plover in the open', 'plover together', 'plover alone'])
      expect(await find(boris, 'plover')).toEqual(['plover in the open', 'plover together'])
      expect(await find(foreigner, 'plover')).toEqual([])
      expect((await boris.call('search-messages', { query: 'plover', conversationId: own.id })).status).toBe(
        403,
      )
      expect(
        (await foreigner.call('search-messages', { query: 'plover', conversationId: open.id })).status,
      ).toBe(404)
      await boris.run('leave-conversation', { id: shared.id })
      expect(await find(boris, 'plover')).toEqual(['plover in the open'])
    })

    test('finds what a message says now, archived ones too, and nothing of deleted ones', async () => {
      const anna = await team.colleague({ org: team.org() })
      const { id } = await group(anna)
      const [edited, deleted] = [await say(anna, id, 'dotterel one'), await say(anna, id, 'dotterel two')]
      await anna.ask('edit-message', { id: edited.id, content: 'whimbrel one' })
      await anna.run('delete-message', { id: deleted.id })
      expect(await find(anna, 'dotterel')).toEqual([])
      await anna.run('archive-conversation', { id })
      expect(await find(anna, 'whimbrel')).toEqual(['whimbrel one'])
    })

    test('lists newest first in pages, without repeat or gap while more is written', async () => {
      const anna = await team.colleague({ org: team.org() })
      const { id } = await group(anna)
      for (let n = 1; n <= 7; n++) await say(anna, id, `curlew ${n}`)
      const found: string[] = []
      let cursor: string | undefined
      do {
        const { data, page } = await anna.ask('search-messages', {
          query: 'curlew',
          limit: 3,
          ...(cursor !== undefined && { cursor }),
        })
        found.push(...contents(data))
        cursor = page.nextCursor ?? undefined
        await say(anna, id, 'curlew more')
      } while (cursor !== undefined)
      expect(found).toEqual([7, 6, 5, 4, 3, 2, 1].map((n) => `curlew ${n}`))
    })
  })
}
