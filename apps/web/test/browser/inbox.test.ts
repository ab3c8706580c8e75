import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { until } from '../../../../conformance/support/wait.ts'
import { setHidden } from './support/browser.ts'
import { badge, bubble, cards, mark, request, write } from './support/screen.ts'
import { openStage } from './support/stage.ts'
import { conversationAbout, say } from './support/talk.ts'

const { come, meet } = openStage()

const counts = (page: Page, count: number) =>
  badge(page).getByText(`${count} unread`, { exact: true }).waitFor()

test('the badge goes up with what comes, down with what is read, and is hidden at nothing', async () => {
  const { buyer: noah, seller: emma, id: camera, path } = await meet(6, 102)
  const { seller: dmitry, id: bicycle } = await meet(6, 101)
  const page = await noah.open('/')
  await page.getByRole('link', { name: 'Messages' }).waitFor()
  expect(await badge(page).count()).toBe(0)
  await say(emma, camera, 'one')
  await counts(page, 1)
  await say(dmitry, bicycle, 'two')
  await counts(page, 2)
  await say(emma, camera, 'three')
  await counts(page, 3)

  await page.getByRole('link', { name: 'Messages' }).click()
  await cards(page, '35 mm film camera').getByText('2 unread').waitFor()
  await cards(page, '35 mm film camera').click()
  await counts(page, 1)
  await say(emma, camera, 'read at once')
  await bubble(page, 'read at once').waitFor()
  await counts(page, 1)
  await cards(page, 'Велосипед').click()
  await badge(page).waitFor({ state: 'detached' })
  await page.goto(path)
  await bubble(page, 'read at once').waitFor()
  expect(await badge(page).count()).toBe(0)
})

test('an app that starts asks for the count, and opening a conversation asks for it, its messages and reads them', async () => {
  const { buyer, seller, id, path } = await meet(3, 102)
  await say(seller, id, 'to be read')
  const asked: string[] = []
  buyer.context.on('request', (each) => asked.push(`${each.method()} ${new URL(each.url()).pathname}`))
  const page = await buyer.open('/cabinet/messages')
  await counts(page, 1)
  expect(asked).toContain('GET /api/vendor/conversations/unread-count')
  await cards(page, '35 mm film camera').click()
  await page.waitForURL(`**${path}`)
  await badge(page).waitFor({ state: 'detached' })
  const api = `/api/vendor/conversations/${id}`
  expect(asked).toEqual(expect.arrayContaining([`GET ${api}`, `GET ${api}/messages`, `POST ${api}/read`]))
})

test('the conversation in which somebody wrote last is at the top, new ones too', async () => {
  const anna = await come(1)
  const first = await conversationAbout(anna, 101)
  const second = await conversationAbout(anna, 102)
  const [dmitry, emma] = await Promise.all([come(3), come(4)])
  await say(anna, first.id, 'first')
  await say(anna, second.id, 'second')
  const page = await anna.open('/cabinet/messages')
  const top = (text: string) => cards(page).first().getByText(text, { exact: true }).waitFor()
  await top('second')
  await say(dmitry, first.id, 'the first again')
  await top('the first again')
  await cards(page).first().getByText('1 unread').waitFor()
  await say(emma, second.id, 'the second again')
  await top('the second again')

  const noah = await come(6)
  const theirs = await emma.open('/cabinet/messages')
  await cards(theirs).first().getByText('the second again').waitFor()
  const { id } = await conversationAbout(noah, 104)
  await say(noah, id, 'from somebody new')
  await cards(theirs).first().getByText('from somebody new').waitFor()
  expect(await cards(theirs, 'from somebody new').count()).toBe(1)
})

test('a conversation is hidden when that is confirmed, and back when the other one writes', async () => {
  const { buyer, seller, id, path } = await meet(2, 105)
  await say(seller, id, 'before')
  const page = await buyer.open(path)
  const remove = page.getByRole('button', { name: 'Delete conversation' })
  const dialog = page.getByRole('dialog', { name: 'Delete conversation' })
  await remove.click()
  await dialog.getByText('If the other person writes again, it comes back.').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await dialog.waitFor({ state: 'detached' })
  await bubble(page, 'before').waitFor()

  await remove.click()
  await dialog.getByRole('button', { name: 'Delete conversation' }).click()
  await page.waitForURL('**/cabinet/messages')
  await cards(page, 'Зимние шины').waitFor({ state: 'detached' })
  await page.reload()
  await cards(page).first().waitFor()
  expect(await cards(page, 'Зимние шины').count()).toBe(0)
  await say(seller, id, 'after')
  await cards(page, 'Зимние шины').getByText('after').click()
  await bubble(page, 'before').waitFor()
  await bubble(page, 'after').waitFor()
})

test('the list can be of unread conversations alone', async () => {
  const { buyer, seller, id } = await meet(5, 104)
  const other = await conversationAbout(buyer, 105)
  await say(buyer, other.id, 'nothing to read here')
  await say(seller, id, 'something to read')
  const page = await buyer.open('/cabinet/messages')
  await cards(page, 'nothing to read here').waitFor()
  await page.getByRole('button', { name: 'Unread' }).click()
  await cards(page, 'nothing to read here').waitFor({ state: 'detached' })
  await cards(page, 'something to read').waitFor()
  await page.getByRole('button', { name: 'All' }).click()
  await cards(page, 'nothing to read here').waitFor()
})

test('who is there is online, and who has gone was seen last', async () => {
  const { buyer, seller, path } = await meet(3, 104)
  const theirs = await seller.open('/')
  const page = await buyer.open(path)
  const header = page.getByRole('region', { name: 'Emma Clarke' })
  await header.getByText('online').first().waitFor()
  await cards(page, 'Acoustic guitar').getByText('online').waitFor()
  await theirs.close()
  await header.getByText('last seen just now').waitFor()
  await cards(page, 'Acoustic guitar').getByText('online').waitFor({ state: 'detached' })
  await seller.open('/')
  await header.getByText('online').first().waitFor()
})

test('a message is read once somebody looks, not before', async () => {
  const { buyer, seller, id, path } = await meet(1, 104)
  const page = await buyer.open(path)
  const theirs = await seller.open(path)
  await write(theirs, 'looked at')
  await mark(theirs, 'looked at', 'Read').waitFor()

  await setHidden(page, true)
  await write(theirs, 'behind another tab')
  await bubble(page, 'behind another tab').waitFor({ state: 'attached' })
  await mark(theirs, 'behind another tab', 'Delivered').waitFor()
  await until(
    'title',
    () => page.title(),
    (title) => /^\(\d+\) /.test(title),
  )
  await setHidden(page, false)
  await mark(theirs, 'behind another tab', 'Read').waitFor()

  await page.evaluate(() => window.dispatchEvent(new Event('blur')))
  await write(theirs, 'beside another window')
  await mark(theirs, 'beside another window', 'Delivered').waitFor()
  const read = request(page, 'POST', `/${id}/read`)
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await read
  await mark(theirs, 'beside another window', 'Read').waitFor()
})
