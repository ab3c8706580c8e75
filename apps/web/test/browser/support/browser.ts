import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Demo } from './demo.ts'

/** Somebody with a browser of their own: its tabs share cookies and storage, and nothing with anybody else's. */
export interface Visitor {
  id: number
  /** The value of the session's cookie. */
  session: string
  context: BrowserContext
  open: (path?: string) => Promise<Page>
  /** What matches is no fault. */
  excuse: (pattern: RegExp) => void
  /** Throws where a page had an error, broke its security policy or asked another origin for anything. */
  leave: () => Promise<void>
}

export interface VisitOptions {
  locale?: string
  viewport?: { width: number; height: number }
  hasTouch?: boolean
  reducedMotion?: 'reduce'
  /** Runs in every page before its own scripts. */
  prepare?: () => void
}

/** A person of the demo, signed in. */
export async function visit(
  browser: Browser,
  demo: Pick<Demo, 'url'>,
  id: number,
  options: VisitOptions = {},
): Promise<Visitor> {
  const { prepare, ...ofContext } = options
  const context = await browser.newContext({ baseURL: demo.url, locale: 'en-GB', ...ofContext })
  context.setDefaultTimeout(30_000)
  if (prepare) await context.addInitScript(prepare)
  const faults = watch(context, demo.url)
  const reply = await context.request.get(`/demo/sign-in/${id}`, { headers: { accept: 'application/json' } })
  const { session } = (await reply.json()) as { session: string } // as the demo answers
  return {
    id,
    session,
    context,
    async open(path = '/') {
      const page = await context.newPage()
      await ownFocus(page)
      await page.goto(path)
      return page
    },
    excuse: faults.excuse,
    async leave() {
      await context.close()
      faults.check()
    },
  }
}

/** Playwright would have every page believe that it has the focus. */
async function ownFocus(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: false })
}

/** A tab in the background, as far as the page can see: a browser without a screen hides none. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => (hidden ? 'hidden' : 'visible'),
    })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)
}

function watch(context: BrowserContext, origin: string) {
  const faults: string[] = []
  // A page that wakes begins its connection anew, even one that is just beginning.
  const excuses: RegExp[] = [/WebSocket is closed before the connection is established/]
  const blame = (fault: string) => faults.push(fault)
  context.on('weberror', (error) => blame(String(error.error().stack)))
  // Breaches of the security policy are among them.
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) blame(`${message.text()} (${message.location().url})`)
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.origin !== origin) blame(`asked ${url.href}`)
  })
  return {
    excuse: (pattern: RegExp) => excuses.push(pattern),
    check() {
      const unexcused = faults.filter((fault) => !excuses.some((pattern) => pattern.test(fault)))
      if (unexcused.length > 0) throw new Error(`The pages of a visitor had faults:\n${unexcused.join('\n')}`)
    },
  }
}
