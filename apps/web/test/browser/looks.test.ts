import axe from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { until } from '../../../../conformance/support/wait.ts'
import { badge, box, bubble, cards, write } from './support/screen.ts'
import { openStage } from './support/stage.ts'
import { conversationOf, say } from './support/talk.ts'

const { come, meet } = openStage()

test('who is new sees that there are no messages, and where to begin', async () => {
  const page = await (await come(6)).open('/cabinet/messages')
  await page.getByText('No messages').waitFor()
  await page.getByRole('button', { name: 'Unread' }).click()
  await page.getByText('Everything is read').waitFor()
  await page.getByRole('button', { name: 'All' }).click()
  await page.getByRole('link', { name: 'Browse products' }).click()
  await page.getByRole('heading', { name: 'Products' }).waitFor()
})

test('it speaks Russian to Russians, with its plurals', async () => {
  const { buyer, seller, id, path } = await meet(6, 102, { locale: 'ru-RU' })
  const page = await buyer.open('/cabinet/messages')
  await page.getByRole('heading', { name: 'Сообщения' }).waitFor()
  for (const words of ['1 непрочитанное', '2 непрочитанных']) {
    await say(seller, id, words)
    await badge(page).getByText(words, { exact: true }).waitFor()
  }
  await page.goto(path)
  const field = page.getByRole('textbox', { name: 'Введите сообщение...' })
  for (const [length, words] of [
    [1999, 'Остался 1 символ'],
    [1998, 'Осталось 2 символа'],
    [1995, 'Осталось 5 символов'],
  ] as const) {
    await field.fill('x'.repeat(length))
    await page.getByText(words, { exact: true }).waitFor()
  }
})

test('the language can be changed, and is remembered', async () => {
  const { buyer, seller, path } = await meet(3, 102)
  const theirs = await seller.open('/')
  const page = await buyer.open(path)
  await page.clock.setFixedTime(Date.now() + 5.5 * 60_000)
  await page.reload()
  const header = page.getByRole('region', { name: 'Emma Clarke' })
  await header.getByText('online').first().waitFor()
  await theirs.close()
  await header.getByText('last seen 5 minutes ago').waitFor()
  await page.getByRole('button', { name: /^(ru|русский)$/i }).click()
  await header.getByText('был(а) 5 минут назад').waitFor()
  expect(await page.getAttribute('html', 'lang')).toMatch(/^ru/)
  await page.reload()
  await page.getByRole('textbox', { name: 'Введите сообщение...' }).waitFor()
  await page.getByRole('button', { name: /^(en|english)$/i }).click()
  await box(page).waitFor()
})

test('it is as light or dark as the system, until somebody chooses', async () => {
  const page = await (await come(1)).open('/')
  const isDark = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme === 'dark')
  expect(await isDark()).toBe(false)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.reload()
  expect(await isDark()).toBe(true)
  await page.getByRole('button', { name: 'Light theme' }).click()
  expect(await isDark()).toBe(false)
  await page.reload()
  await page.getByRole('button', { name: 'Dark theme' }).waitFor()
  expect(await isDark()).toBe(false)
})

test('a phone shows the list or a conversation, a desk both', async () => {
  const { buyer, path } = await meet(5, 102, { viewport: { width: 390, height: 844 }, hasTouch: true })
  const page = await buyer.open('/cabinet/messages')
  const list = page.getByRole('region', { name: 'Conversations' })
  const back = page.getByRole('link', { name: 'Back to conversations' })
  await cards(page, '35 mm film camera').tap()
  await box(page).waitFor()
  expect(await list.isVisible()).toBe(false)
  await write(page, 'from a phone')
  expect(await bubble(page, 'from a phone').count()).toBe(0)
  await page.getByRole('button', { name: 'Send' }).tap()
  await bubble(page, 'from a phone').waitFor()
  expect(await isTooWide(page)).toBe(false)
  await back.tap()
  await list.waitFor()
  expect(await box(page).isVisible()).toBe(false)
  expect(await isTooWide(page)).toBe(false)

  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(path)
  await box(page).waitFor()
  expect(await list.isVisible()).toBe(true)
  expect(await back.isVisible()).toBe(false)
})

const isTooWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

const THEMES = ['light', 'dark'] as const

test.each(THEMES)('axe finds nothing serious on any page when it is %s', async (colorScheme) => {
  const anna = await come(1, { reducedMotion: 'reduce' })
  const { id } = await conversationOf(anna)
  const page = await anna.open('/auth')
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  const pages: [path: string, sign: Locator][] = [
    ['/auth', page.getByRole('button', { name: 'Sign in as' })],
    ['/', page.getByRole('link', { name: '35 mm film camera' })],
    ['/products/102', page.getByRole('button', { name: 'Write to seller' })],
    ['/cabinet/messages', cards(page)],
    [`/cabinet/messages/${id}`, page.locator('[data-message]')],
  ]
  const faults: string[] = []
  for (const [path, sign] of pages) {
    await page.goto(path)
    await sign.first().waitFor()
    faults.push(...(await faultsOf(page)))
  }
  await page.getByRole('button', { name: 'Search in this conversation' }).click()
  await page.getByRole('search').waitFor()
  faults.push(...(await faultsOf(page)))
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Delete conversation' }).click()
  await page.getByRole('dialog').waitFor()
  faults.push(...(await faultsOf(page)))
  expect(faults).toEqual([])
})

async function faultsOf(page: Page) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => window.axe.run())
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')

    .map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

declare global {
  interface Window {
    axe: typeof axe
  }
}

test('the first load of a conversation brings at most 200 KB of scripts, its worker included', async () => {
  const oliver = await come(2)
  const { id } = await conversationOf(oliver)
  const page = await oliver.open(`/cabinet/messages/${id}`)
  await page.locator('[data-message]').first().waitFor()
  const scripts = await until(
    'scripts with their worker',
    () => scriptsOf(page),
    (loaded) => loaded.some(({ name }) => name.includes('shared-worker')),
  )
  expect(scripts.every(({ size }) => size > 0)).toBe(true)
  expect(scripts.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(200_000)
})

/** Scripts that this page has loaded, with their sizes as they came over the line. */
const scriptsOf = (page: Page) =>
  page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .map(({ name, encodedBodySize }) => ({ name, size: encodedBodySize }))
      .filter(({ name }) => name.endsWith('.js')),
  )
