import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../apps/web/test/browser/support/chromium.ts'
import type { Context, Home } from './context.ts'
import { createHome, startDemo } from './parley.ts'
import { measureInTurn, timings } from './samples.ts'
import type { Contender, Row, Sample } from './samples.ts'
import { openStore } from './store.ts'

const MESSAGES = 10_000
const PER_SECOND = 100
/** What is scrolled. */
const HISTORY = '[role=region]'
const PIXELS_PER_FRAME = 400
/** In the demo she writes to him about his tyres. */
const BUYER = 1
const SELLER = 3

/** The web app in a real browser: how steadily it paints while there is much to show. */
export async function web(context: Context): Promise<Row[]> {
  const { demo, conversation, oldest } = await startFilled(context)
  const browser = await openBrowser()
  context.stack.defer(() => browser.close())
  const buyer = await visit(browser, demo.url, BUYER)
  const seller = await visit(browser, demo.url, SELLER)
  const page = await buyer.newPage()
  const scripts = countScripts(page)
  await page.goto(`/cabinet/messages/${conversation}`)
  await page.locator(HISTORY).getByText(`Message ${MESSAGES}`, { exact: true }).waitFor()
  context.log(`JavaScript of a chat page, compressed: ${((await scripts()) / 1024).toFixed(1)} KB`)
  // A jump to the oldest message loads all of them.
  await page.goto(`/cabinet/messages/${conversation}?message=${oldest}`)
  await page.locator(HISTORY).getByText('Message 5', { exact: true }).waitFor()

  const empty = await buyer.newPage()
  await empty.goto('/theme.js')
  const floor: Contender = { name: 'an empty page', measure: (seconds) => paint(empty, { seconds, by: 0 }) }
  const scrolling: Contender = {
    name: 'web app',
    measure: (seconds) => paint(page, { seconds, by: PIXELS_PER_FRAME }),
  }
  const burst: Contender = {
    name: 'web app',
    async measure(seconds) {
      const sending = sendSteadily(seller, conversation, seconds)
      const sample = await paint(page, { seconds, by: 0 })
      await sending
      return sample
    },
  }
  const rows = [
    await measureInTurn(`web, ${MESSAGES} messages scrolled through`, [scrolling, floor], context),
    await measureInTurn(`web, ${PER_SECOND} messages a second`, [burst, floor], context),
  ]
  await browser.close()
  await demo.stop()
  return rows
}

/** The demo, with a conversation that has gone on for long. */
async function startFilled(context: Context) {
  const home = await createHome(context, 'embedded', 'web')
  await (await startDemo(context, home)).stop()
  const filled = await fill(home)
  return { demo: await startDemo(context, home), ...filled }
}

async function fill(home: Home): Promise<{ conversation: number; oldest: number }> {
  const db = await openStore(home)
  const [place] = await db.query<{ id: number; count: number }>(
    `select c.id, c.message_seq as count from conversations c
     join members b on b.conversation_id = c.id and b.user_id = $1
     join members s on s.conversation_id = c.id and s.user_id = $2`,
    [String(BUYER), String(SELLER)],
  )
  if (!place) throw new Error('The demo has no such conversation.')
  await db.query(
    `insert into messages (conversation_id, seq, sender_id, text, created_at)
     select $1, n, case when n % 3 = 0 then $2 else $3 end, 'Message ' || n, now() - ($5::int - n) * interval '1 minute'
     from generate_series($4::int + 1, $5::int) n`,
    [place.id, String(BUYER), String(SELLER), place.count, MESSAGES],
  )
  await db.query(
    `with newest as (select max(id) as id from messages where conversation_id = $1), moved as (
       update members set read_id = newest.id, read_seq = $2, delivered_id = newest.id, own_since_read = 0
       from newest where conversation_id = $1)
     update conversations set message_seq = $2, last_message_id = newest.id from newest where conversations.id = $1`,
    [place.id, MESSAGES],
  )
  const [first] = await db.query<{ id: number }>(
    'select min(id) as id from messages where conversation_id = $1',
    [place.id],
  )
  await db.close()
  return { conversation: place.id, oldest: first?.id ?? 0 }
}

async function visit(browser: Browser, baseURL: string, id: number): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 800 } })
  await context.request.get(`/demo/sign-in/${id}`, { headers: { accept: 'application/json' } })
  return context
}

/** Bytes of scripts as they come over the line, the worker's included. */
function countScripts(page: Page): () => Promise<number> {
  const sizes: Promise<number>[] = []
  page.context().on('requestfinished', (request) => {
    if (request.url().includes('.js'))
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
  })
  return async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

// What these measurements touch in a page; a browser's own types would replace those of Node everywhere.
declare function requestAnimationFrame(callback: (now: number) => void): void
interface Scrolled {
  scrollTop: number
  scrollHeight: number
  clientHeight: number
}

/** Times between frames, while the page is scrolled up and down. */
async function paint(page: Page, { seconds, by }: { seconds: number; by: number }): Promise<Sample> {
  await page.bringToFront()
  const times = await page.locator(by > 0 ? HISTORY : 'html').evaluate(
    (element, { seconds, by }) =>
      new Promise<number[]>((resolve) => {
        const list = element as unknown as Scrolled // it is one, though no type here says so
        const times: number[] = []
        let direction = 1
        const frame = (now: number) => {
          times.push(now)
          if (list.scrollTop <= 0) direction = 1
          else if (list.scrollTop >= list.scrollHeight - list.clientHeight - 1) direction = -1
          if (by > 0) list.scrollTop += direction * by
          if (now - (times[0] ?? now) < seconds * 1000) requestAnimationFrame(frame)
          else resolve(times)
        }
        requestAnimationFrame(frame)
      }),
    { seconds, by },
  )
  const gaps = times.slice(1).map((time, n) => time - (times[n] ?? time))
  return timings(gaps, ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000)
}

/** Whether the app keeps up is seen at the end: the last one is there. */
async function sendSteadily(seller: BrowserContext, conversation: number, seconds: number): Promise<void> {
  const cookies = await seller.cookies()
  const token = cookies.find(({ name }) => name === 'CSRF_TOKEN')?.value ?? ''
  const begun = performance.now()
  const sends: Promise<unknown>[] = []
  for (let n = 0; n < seconds * PER_SECOND; n++) {
    const due = begun + (n * 1000) / PER_SECOND
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    sends.push(
      seller.request.post(`/api/vendor/conversations/${conversation}/messages`, {
        headers: { 'x-csrf-token': token },
        data: { text: `Burst ${n}` },
      }),
    )
  }
  await Promise.all(sends)
}
