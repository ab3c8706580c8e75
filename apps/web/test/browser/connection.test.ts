import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { until } from '../../../../conformance/support/wait.ts'
import { openBrowser, visit, type Visitor, type VisitOptions } from './support/browser.ts'
import { startDemo, type Demo } from './support/demo.ts'
import { conversationOf, say } from './support/talk.ts'

let demo: Demo
let browser: Browser
let visitors: Visitor[] = []
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([startDemo(), openBrowser()])
}, 200_000)
afterEach(async () => {
  const leaving = visitors
  visitors = []
  await Promise.all(leaving.map((visitor) => visitor.leave()))
})
afterAll(async () => {
  await browser.close()
  await demo.stop()
})

async function come(id: number, options?: VisitOptions): Promise<Visitor> {
  const visitor = await visit(browser, demo, id, options)
  visitors.push(visitor)
  return visitor
}

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
    async () => demo.sockets(visitor.session),
    (open) => open === count,
  )

const shows = (page: Page, text: string) => page.getByText(text).first().waitFor()

test('three tabs share one socket, which the last one closes', async () => {
  const { anna, other, id, tabs } = await threeTabs()
  for (const text of ['for three', 'for two', 'for one']) {
    await say(other, id, text)
    await Promise.all(tabs.map((tab) => shows(tab, text)))
    expect(demo.sockets(anna.session)).toBe(1)
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
    expect(demo.sockets(anna.session)).toBe(1)
    await tabs.shift()?.close()
  }
  await sockets(anna, 0)
})
