import { expect, test } from 'vitest'
import { box, bubble, cards, mark, write } from './support/screen.ts'
import { openStage } from './support/stage.ts'
import { say } from './support/talk.ts'

const { come, meet } = openStage()

test('a buyer writes to the seller from the page of a product, and finds the same conversation again', async () => {
  const [noah, emma] = await Promise.all([come(6), come(4)])
  const seller = await emma.open('/cabinet/messages')
  const page = await noah.open('/')
  const opens = async () => {
    await page.getByRole('heading', { name: 'Products' }).waitFor()
    await page.getByRole('link', { name: '35 mm film camera' }).click()
    const [reply] = await Promise.all([
      page.waitForResponse((each) => each.request().method() === 'POST'),
      page.getByRole('button', { name: 'Write to seller' }).click(),
      page.waitForURL(/\/cabinet\/messages\/\d+$/),
    ])
    return { status: reply.status(), url: page.url() }
  }

  const created = await opens()
  expect(created.status).toBe(201)
  await page.getByRole('region', { name: 'Emma Clarke' }).getByText('Start the conversation').waitFor()
  await write(page, 'Does the light meter work?')
  await mark(page, 'Does the light meter work?', 'Delivered').waitFor()
  await cards(seller, 'Noah Kim').getByText('Does the light meter work?').waitFor()

  await page.getByRole('link', { name: 'Parley, home' }).click()
  expect(await opens()).toEqual({ status: 200, url: created.url })
  await bubble(page, 'Does the light meter work?').waitFor()
})

test('two people talk, and each sees what became of the messages', async () => {
  const { buyer, seller, path } = await meet(2, 104)
  const mine = await buyer.open(path)
  await write(mine, 'Is it for beginners?')
  await mark(mine, 'Is it for beginners?', 'Sent').waitFor()

  const theirs = await seller.open('/cabinet/messages')
  await mark(mine, 'Is it for beginners?', 'Delivered').waitFor()
  await write(mine, 'I have never played.')
  await mark(mine, 'I have never played.', 'Delivered').waitFor()

  await theirs.goto(path)
  await mark(mine, 'Is it for beginners?', 'Read').waitFor()
  await mark(mine, 'I have never played.', 'Read').waitFor()

  await write(theirs, 'It is what I learned on.')
  await bubble(mine, 'It is what I learned on.').waitFor()
  await mark(theirs, 'It is what I learned on.', 'Read').waitFor()
})

test('a message is on the screen before the server has it', async () => {
  const { buyer, path } = await meet(1, 104)
  const page = await buyer.open(path)
  const held = Promise.withResolvers<undefined>()
  await page.route('**/messages', async (route) => {
    await held.promise
    await route.continue()
  })
  await write(page, 'at once')
  await mark(page, 'at once', 'Waiting to be sent').waitFor()
  expect(await idOf(page.locator('[data-message]'))).toBeLessThan(0)
  held.resolve(undefined)
  await mark(page, 'at once', 'Sent').waitFor()
  expect(await idOf(page.locator('[data-message]'))).toBeGreaterThan(0)
})

const idOf = async (message: ReturnType<typeof bubble>) => Number(await message.getAttribute('data-message'))

test('a message that the server refuses says so, and can be sent again or deleted', async () => {
  const { buyer, path } = await meet(5, 104)
  buyer.excuse(/422/)
  const page = await buyer.open(path)
  await page.route('**/messages', (route) => route.continue({ postData: '{"text":" "}' }), { times: 2 })
  await write(page, 'refused at first')
  await write(page, 'refused for good')
  const row = (text: string) => page.getByRole('listitem').filter({ has: bubble(page, text) })
  await row('refused for good').getByText('Not sent').waitFor()
  await row('refused for good').getByRole('button', { name: 'Delete message' }).click()
  await bubble(page, 'refused for good').waitFor({ state: 'detached' })
  await row('refused at first').getByRole('button', { name: 'Retry' }).click()
  await mark(page, 'refused at first', 'Sent').waitFor()
  await page.reload()
  await bubble(page, 'refused at first').waitFor()
  expect(await page.locator('[data-message]').count()).toBe(1)
})

test('a text of more than 2,000 characters cannot be sent', async () => {
  const { buyer, path } = await meet(1, 107)
  const page = await buyer.open(path)
  await box(page).fill('x'.repeat(2001))
  await page.getByRole('alert').getByText('2,000 characters at most').waitFor()
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await box(page).press('Backspace')
  await page.getByText('0 characters left').waitFor()
  await box(page).press('Backspace')
  await page.getByText('1 character left').waitFor()
  await box(page).press('Enter')
  await mark(page, 'xxx', 'Sent').waitFor()
})

test('typing is shown until the message is there, or nothing more comes', async () => {
  const { buyer, seller, path } = await meet(5, 102)
  const [mine, theirs] = await Promise.all([buyer.open(path), seller.open(path)])
  const typing = mine.getByRole('region', { name: 'Emma Clarke' }).getByText('typing...')
  // Who is not there yet misses a sign.
  const types = async () => {
    await box(theirs).press('a')
    return typing.isVisible()
  }
  const typesUntilSeen = () => expect.poll(types, { timeout: 30_000, message: 'typing is shown' }).toBe(true)
  await typesUntilSeen()
  await write(theirs, 'You may')
  await bubble(mine, 'You may').waitFor()
  expect(await typing.count()).toBe(0)

  await typesUntilSeen()
  await typing.waitFor({ state: 'detached' })
})

test('what was begun is kept for each conversation, over a reload as well', async () => {
  const one = await meet(3, 102)
  const other = await meet(3, 104)
  const page = await one.buyer.open(one.path)
  await box(page).fill('about the camera')
  await cards(page, 'Acoustic guitar').click()
  await page.waitForURL(`**${other.path}`)
  expect(await box(page).inputValue()).toBe('')
  await box(page).fill('about the guitar')
  await page.reload()
  await box(page).and(page.locator(':focus')).waitFor()
  expect(await box(page).inputValue()).toBe('about the guitar')
  await cards(page, '35 mm film camera').click()
  await page.waitForURL(`**${one.path}`)
  expect(await box(page).inputValue()).toBe('about the camera')
  await box(page).press('Enter')
  await mark(page, 'about the camera', 'Sent').waitFor()
  await page.reload()
  await bubble(page, 'about the camera').waitFor()
  expect(await box(page).inputValue()).toBe('')
})

test('links lead to the web and nowhere else, and markup is text', async () => {
  const { buyer, seller, id, path } = await meet(2, 103)
  const texts = [
    'See https://example.com/a?b=1, or www.example.org.',
    'javascript:alert(1) data:text/html,x file:///etc/passwd',
    '<img src=x onerror=alert(1)><b>bold</b> <a href="//example.com">here</a> &amp;',
  ]
  for (const text of texts) await say(seller, id, text)
  const page = await buyer.open(path)
  for (const text of texts) await bubble(page, text).waitFor()
  const links = page.locator('[data-message]').getByRole('link')
  const attributes = await links.evaluateAll((all) =>
    all.map((link) => ['href', 'rel', 'target'].map((name) => link.getAttribute(name))),
  )
  expect(attributes).toEqual([
    ['https://example.com/a?b=1', 'noopener noreferrer', '_blank'],
    ['https://www.example.org/', 'noopener noreferrer', '_blank'],
  ])
  expect(await page.locator('[data-message] :is(img, b)').count()).toBe(0)
})

test('from the list to a sent message by keys alone', async () => {
  const { buyer, path } = await meet(6, 101)
  const page = await buyer.open('/cabinet/messages')
  await cards(page, 'Велосипед').waitFor()
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href'))
  while ((await focused()) !== path) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await box(page).and(page.locator(':focus')).waitFor()
  await page.keyboard.type('one line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('and another')
  await page.keyboard.press('Enter')
  await mark(page, 'one line\nand another', 'Sent').waitFor()
})
