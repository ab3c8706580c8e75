import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'
import { visit, type Visitor, type VisitOptions } from './browser.ts'
import { openBrowser } from './chromium.ts'
import { startDemo, type Demo, type DemoOptions } from './demo.ts'
import { conversationAbout } from './talk.ts'

/** What the tests of a file share: a server and a browser. Whoever came leaves after each test. */
export function openStage(options?: DemoOptions) {
  vi.setConfig({ testTimeout: 120_000 })
  let demo: Demo
  let browser: Browser
  let visitors: Visitor[] = []
  beforeAll(async () => {
    ;[demo, browser] = await Promise.all([startDemo(options), openBrowser()])
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

  async function come(id: number, options: VisitOptions & { url?: string } = {}): Promise<Visitor> {
    const { url = demo.url, ...rest } = options
    const visitor = await visit(browser, { url }, id, rest)
    visitors.push(visitor)
    return visitor
  }

  return {
    demo: () => demo,
    browser: () => browser,
    come,
    /** A buyer, the seller of a product, and the id of their conversation about it. */
    async meet(buyerId: number, productId: number, options?: VisitOptions) {
      const buyer = await come(buyerId, options)
      const { id, companion } = await conversationAbout(buyer, productId)
      return { buyer, seller: await come(companion.id, options), id, path: `/cabinet/messages/${id}` }
    },
  }
}
