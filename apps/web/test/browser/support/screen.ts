import type { Page, Request } from 'playwright-core'

/** Where a person writes. */
export const box = (page: Page) => page.getByRole('textbox', { name: 'Type a message' })

export async function write(page: Page, text: string): Promise<void> {
  await box(page).fill(text)
  await box(page).press('Enter')
}

/** The message with this text in the history. */
export const bubble = (page: Page, text: string) => page.locator('[data-message]', { hasText: text })

/** The check marks of the message with this text. */
export const mark = (page: Page, text: string, name: 'Waiting to be sent' | 'Sent' | 'Delivered' | 'Read') =>
  bubble(page, text).getByRole('img', { name, exact: true })

const list = (page: Page) => page.getByRole('region', { name: 'Conversations' })

/** The conversations in the list, from the top; or those whose card has this text. */
export const cards = (page: Page, text = '') => list(page).getByRole('listitem').filter({ hasText: text })

/** How many messages are unread, in the header or beside it. */
export const badge = (page: Page) => page.getByTestId('unread-badge').filter({ visible: true })

/** Resolves with the page's next request of this method to a path that ends so. */
export const request = (page: Page, method: string, path: string): Promise<Request> =>
  page.waitForRequest((each) => each.method() === method && new URL(each.url()).pathname.endsWith(path))
