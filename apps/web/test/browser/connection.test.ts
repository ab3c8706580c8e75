import { signInResponse } from '@parley/wire/demo'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { until } from '../../../../conformance/support/wait.ts'
import { setHidden, type Visitor, type VisitOptions } from './support/browser.ts'
import { cards } from './support/screen.ts'
import { openStage } from './support/stage.ts'
import { conversationOf, post, say } from './support/talk.ts'

const { demo, browser, come } = openStage()

/** A visitor with three tabs on a conversation, and the other one of it. */
async function threeTabs(options?: VisitOptions) {
  const anna = await come(1, options)
  const { id, companion } = await conversationOf(anna)
  const other = await come(companion.id)
  const tabs: Page[] = []
  for (let n = 0; n < 3; n++) tabs.push(await anna.open(`/cabinet/messages/${id}`))
  await sockets(anna, 1)
  return { anna, other, id, tabs }
}

const sockets = (visitor: Visitor, count: number) =>
  until(
    'sockets',
    async () => demo().sockets(visitor.session),
    (open) => open === count,
  )

/** A start of the server, and the longest pause of the client. */
const COMING_BACK_MS = 70_000
const DOWN = /ERR_|WebSocket connection to/

const shows = (page: Page, text: string) => page.getByText(text).first().waitFor()

test('three tabs share one socket, which the last one closes', async () => {
  const { anna, other, id, tabs } = await threeTabs()
  for (const text of ['for three', 'for two', 'for one']) {
    await say(other, id, text)
    await Promise.all(tabs.map((tab) => shows(tab, text)))
    expect(demo().sockets(anna.session)).toBe(1)
    await tabs.shift()?.close()
  }
  await sockets(anna, 0)
})

test('where there are no shared workers one tab leads, and the next one when it is gone', async () => {
  const { anna, other, id, tabs } = await threeTabs({
    prepare: () => Reflect.deleteProperty(window, 'SharedWorker'),
  })
  for (const text of ['led by the first', 'led by the second', 'led by the third']) {
    await say(other, id, text)
    await Promise.all(tabs.map((tab) => shows(tab, text)))
    expect(demo().sockets(anna.session)).toBe(1)
    await tabs.shift()?.close()
  }
  await sockets(anna, 0)
})

test('where the worker is not to be had the tabs do without', async () => {
  const { anna, other, id, tabs } = await threeTabs({ prepare: misplaceWorker })
  anna.excuse(/nowhere\.js/)
  await say(other, id, 'without a worker')
  await Promise.all(tabs.map((tab) => shows(tab, 'without a worker')))
})

function misplaceWorker() {
  window.SharedWorker = class extends SharedWorker {
    constructor(_url: string | URL, options?: string | WorkerOptions) {
      super('/_nuxt/nowhere.js', options)
    }
  }
}

test('tabs whose worker crashed start another one', async () => {
  const { anna, other, id, tabs } = await threeTabs()
  const devtools = await browser().newBrowserCDPSession()
  const { targetInfos } = await devtools.send('Target.getTargets', { filter: [{ type: 'shared_worker' }] })
  expect(targetInfos.map(({ title }) => title)).toHaveLength(1)
  await devtools.send('Target.closeTarget', { targetId: targetInfos[0]?.targetId ?? '' })
  await say(other, id, 'through another worker')
  await Promise.all(tabs.map((tab) => shows(tab, 'through another worker')))
  await sockets(anna, 1)
})

declare global {
  interface Window {
    rings: number
  }
}

function countRings() {
  window.rings = 0
  window.AudioContext = class extends AudioContext {
    override async resume() {
      await super.resume()
      window.rings++
    }
  }
}

test('a message sounds once where all tabs are hidden, and not where one is looked at', async () => {
  const { other, id, tabs } = await threeTabs({ prepare: countRings })
  const rings = async () => {
    const each = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.rings)))
    return each.reduce((sum, one) => sum + one)
  }
  for (const tab of tabs) await tab.mouse.click(1, 1)
  for (const tab of tabs.slice(1)) await setHidden(tab, true)
  await say(other, id, 'seen by somebody')
  await Promise.all(tabs.map((tab) => shows(tab, 'seen by somebody')))
  expect(await rings()).toBe(0)

  for (const tab of tabs) await setHidden(tab, true)
  await say(other, id, 'seen by nobody')
  await Promise.all(tabs.map((tab) => shows(tab, 'seen by nobody')))
  await until('rings', rings, (count) => count > 0)
  expect(await rings()).toBe(1)
  for (const tab of tabs) {
    await until(
      'title',
      () => tab.title(),
      (title) => /^\(\d+\) /.test(title),
    )
    await setHidden(tab, false)
    await until(
      'title',
      () => tab.title(),
      (title) => !title.startsWith('('),
    )
  }
})

test('what two people write while the server is killed and started again is there once and in order', async () => {
  const viewport = { width: 1000, height: 2400 }
  const anna = await come(1, { viewport })
  const { id, companion } = await conversationOf(anna)
  const other = await come(companion.id, { viewport })
  const writers = [
    { name: 'Anna', page: await anna.open(`/cabinet/messages/${id}`) },
    { name: 'other', page: await other.open(`/cabinet/messages/${id}`) },
  ]
  for (const visitor of [anna, other]) visitor.excuse(DOWN)
  const write = (from: number, to: number) => Promise.all(writers.map((writer) => type(writer, from, to)))

  await write(1, 4)
  await Promise.all([write(5, 8), demo().kill()])
  await write(9, 10)
  await Promise.all([write(11, 12), demo().start()])

  const [seenByAnna, seenByOther] = await Promise.all(writers.map(({ page }) => linesOf(page, 24)))
  expect(seenByOther).toEqual(seenByAnna)
  for (const { name } of writers) {
    const own = seenByAnna?.filter((text) => text.startsWith(name))
    expect(own).toEqual(Array.from({ length: 12 }, (_, n) => lineOf(name, n + 1)))
  }
})

const lineOf = (name: string, n: number) => `${name} wrote ${n}.`

async function type({ name, page }: { name: string; page: Page }, from: number, to: number) {
  const box = page.getByRole('textbox', { name: 'Type a message' })
  for (let n = from; n <= to; n++) {
    await box.fill(lineOf(name, n))
    await box.press('Enter')
  }
}

/** The lines in the history once the server has confirmed so many: messages with an id of its own. */
async function linesOf(page: Page, count: number): Promise<string[]> {
  const lines = page.locator('[data-message]:not([data-message^="-"])', { hasText: / wrote \d+\./ })
  await lines.nth(count - 1).waitFor({ timeout: COMING_BACK_MS })
  const texts = await lines.allInnerTexts()
  return texts.flatMap((text) => /\w+ wrote \d+\./.exec(text) ?? [])
}

test('a tab hears nothing in the name of another user who signs in', async () => {
  const anna = await come(1)
  const tab = await anna.open('/cabinet/messages')
  await sockets(anna, 1)
  anna.excuse(DOWN)
  const reply = await anna.context.request.get('/demo/sign-in/2', { headers: { accept: 'application/json' } })
  const { user } = signInResponse.parse(await reply.json())
  demo().cut()
  await tab.getByRole('link', { name: user.display_name }).first().waitFor()
})

test('a session that was ended elsewhere leads to the sign-in', async () => {
  const anna = await come(1)
  const tab = await anna.open('/cabinet/messages')
  await cards(tab).first().waitFor()
  await sockets(anna, 1)
  anna.excuse(/401/)
  await post(anna, '/demo/sign-out')
  await tab.waitForURL(/\/auth/)
  await sockets(anna, 0)
})
