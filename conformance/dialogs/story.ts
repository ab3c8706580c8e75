import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { openFront } from '../crash/front.ts'
import { insist } from '../support/insist.ts'
import { contents, listMessages, messagesOf, send, standing, type Guest } from './guest.ts'
import { OPEN, type House } from './house.ts'
import { startSdk, type Sdk } from './sdk.ts'

const KILL_MS = 120_000
const texts = ({ messages }: Sdk) => contents(messages.filter(({ message_type }) => message_type === 'user'))
const idsOf = (listed: { id: string }[]) => listed.map(({ id }) => id)

/** Pages as the protocol's public SDK keeps them. */
export function story(house: House, chat: Chat) {
  const pages: Sdk[] = []
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close()
  })
  const start = async (who: Guest, url = house.url) => {
    const page = await startSdk(url, who)
    pages.push(page)
    return page
  }

  test('in full: lists, an open dialog, messages both ways, counts, somebody who joins and leaves', async () => {
    const [anna, boris, clara] = await house.guests(3)
    const { id } = await house.open([anna, boris], { access_scopes: [OPEN] })
    const other = await house.open([anna, boris])
    const [hers, his, theirs] = [await start(anna), await start(boris), await start(clara)]
    for (const page of [hers, his, theirs]) await page.load()
    expect(idsOf(hers.active)).toEqual([other.id, id])
    expect(idsOf(theirs.available)).toContain(id)
    await hers.show(id)
    await his.show(id)
    await hers.send('<p>Hello!</p>')
    await his.saw('her message', () => texts(his).length === 1)
    await his.send('<p>Hi</p>')
    await hers.saw('his answer', () => texts(hers).length === 2)
    expect(texts(hers)).toEqual(['<p>Hello!</p>', '<p>Hi</p>'])

    await send(boris, other.id, 'Elsewhere')
    const unread = () => hers.active.find((dialog) => dialog.id === other.id)?.unread_count
    await hers.saw('an unread message elsewhere', () => unread() === 1)
    await hers.show(other.id)
    expect(texts(hers)).toEqual(['Elsewhere'])
    await hers.show(id)
    expect(hers.firstUnread).toBeNull()

    await theirs.show(id)
    await theirs.join()
    expect(texts(theirs)).toEqual(['<p>Hello!</p>', '<p>Hi</p>'])
    expect(theirs.firstUnread).toBe(theirs.messages[0]?.id)
    await hers.saw('three people', () => hers.participants.length === 3)
    await theirs.saw('the dialog among her own', () => theirs.active.some((dialog) => dialog.id === id))
    await clara.call(`POST /dialogs/${id}/leave`)
    await theirs.saw('the dialog no more', () => !theirs.active.some((dialog) => dialog.id === id))
    await hers.saw('two people', () => hers.participants.length === 2)
    await anna.call(`POST /dialogs/${other.id}/archive`)
    await hers.saw('it put away', () => idsOf(hers.archived).includes(other.id))
    await send(boris, other.id, 'Come back')
    await hers.saw('it back', () => idsOf(hers.active).includes(other.id))
    expect((await standing(boris, id)).unread_count).toBe(0)
  })

  test('inline: beside the thing that is talked about, first from outside', async () => {
    const [anna, boris] = await house.guests(2)
    const about = { object_type: 'deal', object_id: 'inline-1' }
    const page = await start(anna)
    await page.showAbout(about.object_type, about.object_id)
    expect(page.open).toBeNull()
    const { id } = await house.open([boris], { ...about, access_scopes: [OPEN] })
    await send(boris, id, 'Anybody?')
    await page.showAbout(about.object_type, about.object_id)
    expect([page.open?.id, page.open?.can_join, texts(page)]).toEqual([id, true, []])
    await page.join()
    expect(texts(page)).toEqual(['Anybody?'])
    await page.send('Me')
    expect(contents(await messagesOf(boris, id))).toEqual(['Anybody?', 'Me'])
  })

  /** Everybody writes, one message after the other, whatever happens to the server. */
  const write = (people: Guest[], id: string, each: number) =>
    Promise.all(
      people.map(async (person) => {
        for (let n = 0; n < each; n++) {
          const content = `${person.id} ${n}`
          await insist('a send', async () => {
            const key = { 'idempotency-key': content }
            const { status } = await person.call(`POST /dialogs/${id}/messages`, { content }, key)
            expect(status).toBe(200)
          })
        }
      }),
    )

  test(
    'a page whose server is killed comes back and shows everything once',
    { timeout: KILL_MS },
    async () => {
      const [anna, boris, reader] = await house.guests(3)
      const { id } = await house.open([anna, boris, reader])
      const front = await openFront(chat.server())
      const page = await startSdk(() => front.server().url, reader)
      try {
        await page.show(id)
        const writing = write([anna, boris], id, 12)
        await page.saw('some messages', () => texts(page).length >= 6)
        front.pointAt(await chat.revive())
        await writing
        await page.saw('everything', () => texts(page).length >= 24)
        const history = (await listMessages(reader, id, '?limit=100')).messages
        expect(idsOf(page.messages)).toEqual(idsOf(history))
        expect(new Set(texts(page)).size).toBe(24)
        expect(page.connections.length).toBeGreaterThan(1)
        for (const events of page.connections) {
          const heard = idsOf(events.filter((event) => event.type === 'message.new'))
          expect(heard).toEqual([...new Set(heard)].sort())
        }
      } finally {
        await page.close()
        await front.close()
      }
    },
  )
}
