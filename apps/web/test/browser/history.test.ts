import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { until } from '../../../../conformance/support/wait.ts'
import { badge, bubble, cards, write } from './support/screen.ts'
import { openStage } from './support/stage.ts'
import { holdLongTalk, RARE_WORD } from './support/store.ts'
import { say } from './support/talk.ts'

const MESSAGES = 10_000
const { come, meet } = openStage({
  async seed(store) {
    await holdLongTalk(store, { buyer: 6, product: 104, messages: MESSAGES, unread: 0 })
    await holdLongTalk(store, { buyer: 6, product: 101, messages: 300, unread: 80 })
  },
})

const history = (page: Page) => page.getByRole('region', { name: 'Message history' })
const line = (page: Page, n: number) => bubble(page, `Message ${n}.`)
const drawn = (page: Page) => page.locator('[data-message]').count()

test('ten thousand messages are a few elements, at both ends', async () => {
  const { buyer, path } = await meet(6, 104)
  const page = await buyer.open(path)
  await line(page, MESSAGES).waitFor()
  expect(await drawn(page)).toBeLessThan(100)

  await page.getByRole('searchbox', { name: 'Search messages' }).fill('samovar')
  await page.getByRole('link', { name: /Emma Clarke.*samovar/ }).click()
  await line(page, 1).waitFor({ timeout: 90_000 })
  expect(await drawn(page)).toBeLessThan(100)
  expect(await page.locator('*').count()).toBeLessThan(2_500)
  await page.getByRole('button', { name: 'To the newest messages' }).click()
  await line(page, MESSAGES).waitFor()
  await write(page, 'as long as ever')
  await bubble(page, 'as long as ever').waitFor()
})

test('a conversation opens at the first message that is unread', async () => {
  const { buyer, path } = await meet(6, 101)
  const page = await buyer.open(path)
  await page.getByText('New messages').waitFor()
  await inView(page, 221)
  await line(page, 300).waitFor({ state: 'detached' })
  await badge(page).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'To the newest messages' }).click()
  await inView(page, 300)
})

/** Whether the message can be seen, not only drawn. */
const inView = (page: Page, n: number) =>
  until(
    `message ${n} in view`,
    () => placeOf(page, n),
    (place) => place !== null,
  )

/** How far the message is below the upper edge of the history; null where it cannot be seen. */
const placeOf = (page: Page, n: number) =>
  history(page).evaluate((element, text) => {
    const message = [...element.querySelectorAll('[data-message]')].find(({ textContent }) =>
      textContent.includes(text),
    )
    const place = message ? message.getBoundingClientRect().top - element.getBoundingClientRect().top : -1
    return place >= 0 && place < element.clientHeight ? place : null
  }, `Message ${n}.`)

test('what is fetched while one scrolls up moves nothing, and is not read out', async () => {
  const { buyer, seller, id, path } = await meet(6, 104)
  const page = await buyer.open('/cabinet/messages')
  const older = Promise.withResolvers<undefined>()
  await page.route(/\/messages\?.*cursor=/, async (route) => {
    await older.promise
    await route.continue()
  })
  await page.goto(path)
  await line(page, MESSAGES).waitFor()
  const oldest = await scrollToStart(page)
  const before = await placeOf(page, oldest)
  older.resolve(undefined)
  await line(page, oldest - 1).waitFor()
  await expect.poll(() => placeOf(page, oldest)).toBeCloseTo(before ?? 0, -1)

  const log = page.getByRole('log')
  expect(await log.getByRole('paragraph').count()).toBe(0)
  await say(seller, id, 'read out')
  await log.getByText('Emma Clarke: read out').waitFor()
  expect(await log.getByRole('paragraph').count()).toBe(1)
})

/** Goes up as far as there is anything, to the message whose number this is. */
async function scrollToStart(page: Page): Promise<number> {
  await history(page).hover()
  while ((await history(page).evaluate((element) => element.scrollTop)) > 0) await page.mouse.wheel(0, -400)
  const text = await page.locator('[data-message]').first().innerText()
  return Number(/Message (\d+)/.exec(text)?.[1])
}

test('a search in one conversation leads to the place of a message', async () => {
  const { buyer, path } = await meet(6, 101)
  const page = await buyer.open(path)
  await line(page, 300).waitFor()
  await page.getByRole('button', { name: 'Search in this conversation' }).click()
  const search = page.getByRole('search')
  await search.getByRole('searchbox').fill(RARE_WORD)
  await search.getByRole('link', { name: RARE_WORD }).waitFor()
  expect(await search.getByRole('listitem').count()).toBe(1)
  await search.getByRole('link').click()
  await inView(page, 1)
  await search.waitFor({ state: 'detached' })
})

test('a search in all of them finds words in any form, and says where there are none', async () => {
  const dmitry = await come(3)
  const page = await dmitry.open('/cabinet/messages')
  const search = page.getByRole('searchbox', { name: 'Search messages' })
  await search.fill('суббота')
  await cards(page, 'Можно забрать в субботу утром?').click()
  await bubble(page, 'Можно забрать в субботу утром?').waitFor()
  await search.fill('nobody said this')
  await page.getByRole('region', { name: 'Conversations' }).getByText('Nothing found').first().waitFor()
  await search.press('Escape')
  await cards(page, 'Noah Kim').waitFor()
})

test('each day has its name above its messages', async () => {
  const { buyer, path } = await meet(6, 101)
  const page = await buyer.open(path)
  await line(page, 300).waitFor()
  await history(page).hover()
  for (const day of ['today', 'yesterday', /^\d+ [A-Z][a-z]+( \d{4})?$/]) {
    const name = history(page).getByRole('paragraph').filter({ hasText: day })
    while ((await name.count()) === 0) await page.mouse.wheel(0, -200)
    await name.first().waitFor()
  }
})
