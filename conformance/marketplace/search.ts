import { describe, expect, test } from 'vitest'
import {
  everyPage,
  openConversation,
  searchConversation,
  searchEverywhere,
  send,
  sendImage,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { picture } from '../support/images.ts'
import { failure, refusal } from '../support/shape.ts'

export function search(chat: Chat) {
  const corpus = {
    russian: 'Продаю новый велосипед недорого',
    japanese: '東京都で自転車を売っています',
    chinese: '我想买这辆自行车',
    code: 'Фильм tt0065242 на диске',
    percent: 'Скидка 100% до вечера',
    plain: 'Скидка 1000 рублей',
    english: 'The bicycles are running well',
  }

  async function library() {
    const pair = await chat.pair()
    for (const text of Object.values(corpus)) await send(pair.seller, pair.conversation.id, text)
    await sendImage(pair.seller, pair.conversation.id, await picture('png', 4, 4))
    const find = async (q: string) =>
      (await searchConversation(pair.buyer, pair.conversation.id, { q })).data.map(({ text }) => text)
    return { ...pair, find }
  }

  describe('GET /api/vendor/conversations/{id}/messages/search', () => {
    test('finds Russian word forms, CJK, codes, substrings and any case', async () => {
      const { find } = await library()
      const expected: [string, string][] = [
        ['велосипед', corpus.russian],
        ['велосипедами', corpus.russian],
        ['ВЕЛОСИПЕД', corpus.russian],
        ['лосип', corpus.russian],
        ['недорого велосипеды', corpus.russian],
        ['自転車', corpus.japanese],
        ['自行', corpus.chinese],
        ['tt0065242', corpus.code],
        ['TT0065242', corpus.code],
        ['065242', corpus.code],
        ['bicycle', corpus.english],
        ['  велосипед  ', corpus.russian],
      ]
      const found: Record<string, unknown> = {}
      for (const [query] of expected) found[query] = await find(query)
      expect(found).toEqual(Object.fromEntries(expected.map(([query, text]) => [query, [text]])))
    })

    test('takes every character of a query as itself', async () => {
      const { find } = await library()
      expect(await find('100%')).toEqual([corpus.percent])
      for (const odd of [
        '%%',
        '__',
        't_0065242',
        "'; drop table messages; --",
        '"unclosed',
        '\\\\',
        ':*&|!()',
        '<b>',
      ]) {
        expect(await find(odd), odd).toEqual([])
      }
    })

    test('lists newest first in pages, and only this conversation', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const other = await openConversation(buyer, await chat.product(seller))
      const hits: number[] = []
      for (let n = 0; n < 7; n++) {
        hits.unshift((await send(n % 2 === 0 ? buyer : seller, conversation.id, `apple ${n}`)).id)
        await send(buyer, conversation.id, `pear ${n}`)
        await send(seller, other.id, `apple of the other conversation ${n}`)
      }
      const page = (cursor: string | undefined) =>
        searchConversation(buyer, conversation.id, { q: 'apple', limit: 3, cursor })
      const between = () => send(seller, conversation.id, 'apple that arrives in between')
      expect((await everyPage(page, between)).map(({ id }) => id)).toEqual(hits)
    })

    test('is closed to outsiders, unknown for unknown conversations, and wants two characters', async () => {
      const { buyer, conversation } = await chat.pair()
      const path = `/conversations/${conversation.id}/messages/search`
      failure(await (await chat.person()).get(path, { q: 'apple' }), 403, 'authorization_error')
      failure(
        await buyer.get('/conversations/999999999/messages/search', { q: 'apple' }),
        404,
        'not_found_error',
      )
      for (const q of [undefined, '', 'a', ' a ', '   ']) refusal(await buyer.get(path, { q }), 'q')
      expect((await searchConversation(buyer, conversation.id, { q: '字字' })).data).toEqual([])
    })
  })

  describe('GET /api/vendor/messages/search', () => {
    test('adds the conversation to each hit as the caller sees it', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const message = await send(buyer, conversation.id, 'pomegranate')
      for (const [person, companion] of [
        [buyer, conversation.companion],
        [seller, { id: buyer.id, display_name: 'Buyer', avatar_url: null }],
      ] as const) {
        const { id, product } = conversation
        expect(await searchEverywhere(person, { q: 'pomegranate' })).toStrictEqual({
          data: [{ ...message, conversation: { id, companion, product } }],
          meta: { has_more: false, next_cursor: null },
        })
      }
    })

    test('finds what the caller may read and nothing else, newest first in pages', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const second = await openConversation(buyer, await chat.product(seller))
      const foreign = await openConversation(await chat.person(), await chat.product(seller))
      const hits: number[] = []
      for (let n = 0; n < 5; n++) {
        hits.unshift((await send(seller, (n % 2 === 0 ? conversation : second).id, `quince ${n}`)).id)
        await send(seller, foreign.id, `quince for somebody else ${n}`)
      }
      const page = (cursor: string | undefined) => searchEverywhere(buyer, { q: 'quince', limit: 2, cursor })
      expect((await everyPage(page)).map(({ id }) => id)).toEqual(hits)
      expect((await searchEverywhere(seller, { q: 'quince' })).data).toHaveLength(10)
      expect((await searchEverywhere(await chat.person(), { q: 'quince' })).data).toEqual([])
    })

    test('wants two characters and takes what GET …/messages takes for limit and cursor', async () => {
      const buyer = await chat.person()
      for (const q of [undefined, '', 'a']) refusal(await buyer.get('/messages/search', { q }), 'q')
      for (const limit of [0, 101, 'abc'])
        refusal(await buyer.get('/messages/search', { q: 'apple', limit }), 'limit')
      refusal(await buyer.get('/messages/search', { q: 'apple', cursor: 'garbage' }), 'cursor')
    })
  })
}
