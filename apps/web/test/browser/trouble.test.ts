import { expect, onTestFinished, test } from 'vitest'
import { openLine } from './support/line.ts'
import { box, bubble, cards, mark, write } from './support/screen.ts'
import { openStage } from './support/stage.ts'
import { conversationAbout, post, say } from './support/talk.ts'

const { demo, come, meet } = openStage()

const OFFLINE = 'No connection. Messages will be sent as soon as it is back.'
const CUT = /ERR_|WebSocket connection to/

/** A buyer on a line of their own. */
async function onALine(buyerId: number, productId: number) {
  const line = await openLine()
  onTestFinished(line.close)
  line.leadTo(demo().url)
  const buyer = await come(buyerId, { url: line.url })
  buyer.excuse(CUT)
  const { id, companion } = await conversationAbout(buyer, productId)
  const seller = await come(companion.id)
  const page = await buyer.open(`/cabinet/messages/${id}`)
  await box(page).waitFor()
  return { line, page, buyer, seller, id }
}

test('without a line what is written waits, and goes out in order when it is back; what was missed is there once', async () => {
  const { line, page, seller, id } = await onALine(6, 102)
  await say(seller, id, 'line 1')
  await bubble(page, 'line 1').waitFor()
  line.sever()
  await page.getByRole('status').getByText(OFFLINE).waitFor()
  for (const text of ['line 2', 'line 3']) await say(seller, id, text)
  for (const text of ['line 4', 'line 5', 'line 6']) await write(page, text)
  await mark(page, 'line 6', 'Waiting to be sent').waitFor()
  line.mend()
  for (const text of ['line 4', 'line 5', 'line 6']) await mark(page, text, 'Sent').waitFor()
  await page.getByText(OFFLINE).waitFor({ state: 'detached' })
  const texts = await page.locator('[data-message]').allInnerTexts()
  expect(texts.flatMap((text) => /line \d/.exec(text) ?? [])).toEqual(
    [1, 2, 3, 4, 5, 6].map((n) => `line ${n}`),
  )
  await say(seller, id, 'line 7')
  await bubble(page, 'line 7').waitFor()
})

test('a text that waits survives a reload', async () => {
  const { buyer, path } = await meet(1, 102)
  buyer.excuse(CUT)
  const page = await buyer.open(path)
  await page.route('**/messages', (route) => route.abort('connectionreset'))
  await write(page, 'not yet sent')
  await mark(page, 'not yet sent', 'Waiting to be sent').waitFor()
  page.once('dialog', (dialog) => dialog.accept())
  await page.reload()
  await mark(page, 'not yet sent', 'Waiting to be sent').waitFor()
  await page.unroute('**/messages')
  await mark(page, 'not yet sent', 'Sent').waitFor()
})

test('who closes a page with something unsent is warned', async () => {
  const { buyer, path } = await meet(5, 102)
  buyer.excuse(CUT)
  const page = await buyer.open(path)
  await page.route('**/messages', (route) => route.abort('connectionreset'))
  await write(page, 'do not leave')
  await mark(page, 'do not leave', 'Waiting to be sent').waitFor()
  const [dialog] = await Promise.all([page.waitForEvent('dialog'), page.close({ runBeforeUnload: true })])
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await page.unroute('**/messages')
  await mark(page, 'do not leave', 'Sent').waitFor()
})

test('without a session one is led to the sign-in, and from there back to where one was', async () => {
  const { buyer, path } = await meet(3, 102)
  buyer.excuse(/401/)
  const page = await buyer.open(path)
  await box(page).fill('without a session')
  await buyer.context.clearCookies()
  await box(page).press('Enter')
  await page.waitForURL(/\/auth/)
  page.on('dialog', (dialog) => dialog.accept())
  await page.getByRole('button', { name: 'Sign in as Дмитрий Орлов' }).click()
  await page.waitForURL(`**${path}`)
  await mark(page, 'without a session', 'Sent').waitFor()

  await post(buyer, '/demo/sign-out')
  await page.goto(path)
  await page.waitForURL(/\/auth/)
})

test('what is not yours, or not there, is said on the list', async () => {
  const { id } = await meet(2, 102)
  const anna = await come(1)
  anna.excuse(/403|404/)
  for (const [path, words] of [
    [`/cabinet/messages/${id}`, 'Access denied'],
    ['/cabinet/messages/999999', 'Not found'],
  ] as const) {
    const page = await anna.open(path)
    await page.getByRole('alert').getByText(words).first().waitFor()
    await page.waitForURL('**/cabinet/messages')
    await cards(page).first().waitFor()
    await page.close()
  }
})

test('who sends too much is told to try later, and it is sent then', async () => {
  const { buyer, path } = await meet(2, 101)
  buyer.excuse(/429/)
  const page = await buyer.open(path)
  await page.route(
    '**/messages',
    (route) =>
      route.fulfill({
        status: 429,
        headers: { 'retry-after': '1' },
        json: { error: { code: 'rate_limit_error', message: 'Too many requests.' } },
      }),
    { times: 1 },
  )
  await write(page, 'one too many')
  await page.getByText('Too many requests. Try again later').waitFor()
  await mark(page, 'one too many', 'Sent').waitFor()
  await page.getByText('Too many requests. Try again later').waitFor({ state: 'detached' })
})

test('what the server says about a field is shown, and so is what is gone', async () => {
  const emma = await come(4)
  emma.excuse(/422|404|429/)
  const page = await emma.open('/products/103')
  const write = page.getByRole('button', { name: 'Write to seller' })
  const refused = async (productId: number, words: RegExp) => {
    await page.route(
      '**/conversations',
      (route) => route.continue({ postData: JSON.stringify({ product_id: productId }) }),
      { times: 1 },
    )
    await write.click()
    await page.getByRole('alert').getByText(words).waitFor()
  }
  await refused(102, /yourself|own/)
  await refused(999, /Not found/)
  await write.click()
  await page.waitForURL(/\/cabinet\/messages\/\d+$/)
})

test('a server in trouble is asked again', async () => {
  const { buyer, path } = await meet(3, 104)
  buyer.excuse(/500/)
  const page = await buyer.open(path)
  await box(page).waitFor()
  await page.route('**/messages', (route) => route.fulfill({ status: 500 }), { times: 1 })
  await write(page, 'asked twice')
  await mark(page, 'asked twice', 'Sent').waitFor()

  await page.route('**/demo/products', (route) => route.fulfill({ status: 500 }), { times: 1 })
  await page.goto('/')
  await page.getByRole('alert').getByText('Could not be loaded').waitFor()
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('link', { name: '35 mm film camera' }).waitFor()
})

test('who signs in after somebody else sees nothing of them', async () => {
  const { buyer, seller, id, path } = await meet(1, 107)
  await say(seller, id, 'for Anna alone')
  const page = await buyer.open(path)
  await bubble(page, 'for Anna alone').waitFor()
  await box(page).fill('a draft of Anna')
  buyer.excuse(/401/) // what was asked just before signing out may be answered after it
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/\/auth/)
  await page.getByRole('button', { name: 'Sign in as Emma Clarke' }).click()
  await page.getByRole('link', { name: 'Signed in as Emma Clarke' }).waitFor()
  buyer.excuse(/403/)
  await page.goto(path)
  await page.getByRole('alert').getByText('Access denied').first().waitFor()
  await cards(page).first().waitFor()
  expect(await page.content()).not.toMatch(/for Anna alone|a draft of Anna/)
  expect(await cards(page, 'Oliver Bennett').getByText('for Anna alone').count()).toBe(0)

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in as Анна Соколова' }).click()
  await page.getByRole('link', { name: 'Signed in as Анна Соколова' }).waitFor()
  await page.goto(path)
  await bubble(page, 'for Anna alone').waitFor()
  expect(await box(page).inputValue()).toBe('a draft of Anna')
})

test('what becomes of one tab is known in the other', async () => {
  const { buyer, path } = await meet(5, 107)
  buyer.excuse(/401/)
  const [page, beside] = [await buyer.open(path), await buyer.open('/')]
  await box(page).waitFor()
  await beside.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/\/auth/)
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  await beside.getByRole('button', { name: 'Sign in as Emma Clarke' }).click()
  await page.getByRole('link', { name: 'Signed in as Emma Clarke' }).waitFor()
})
