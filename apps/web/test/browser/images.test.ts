import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { picture, pngOfBytes } from '../../../../conformance/support/images.ts'
import { box, cards, write } from './support/screen.ts'
import { openStage } from './support/stage.ts'

const { meet } = openStage()

const LARGEST = 10 * 1024 * 1024

/** As a person has it on the disk, or in hand. */
interface Photo {
  name: string
  mimeType: string
  buffer: Buffer
}

const photo = async (name: string): Promise<Photo> => ({
  name,
  mimeType: 'image/jpeg',
  buffer: await picture('jpeg', 640, 480),
})

async function pick(page: Page, ...files: Photo[]) {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Attach a photo' }).click(),
  ])
  await chooser.setFiles(files)
}

const send = (page: Page) => page.getByRole('button', { name: 'Send' }).click()
const sentPhoto = (page: Page) => page.locator('[data-message]').getByRole('button', { name: 'Open photo' })
const shown = (page: Page) => page.locator('[data-message]').getByRole('img', { name: 'Photo' })
const preview = (page: Page, name: string) => page.getByRole('img', { name })

test('a chosen photo is previewed, uploaded and shown to both, small and in full', async () => {
  const { buyer, seller, path } = await meet(6, 102)
  const [page, theirs] = await Promise.all([buyer.open(path), seller.open('/cabinet/messages')])
  const large = { name: 'lens.png', mimeType: 'image/png', buffer: pngOfBytes(LARGEST / 8) }
  await pick(page, large, await photo('strap.jpg'))
  await preview(page, 'strap.jpg').waitFor()
  expect(await preview(page, 'lens.png').getAttribute('src')).toMatch(/^blob:/)
  await page.getByRole('button', { name: 'Remove: strap.jpg' }).click()
  await preview(page, 'strap.jpg').waitFor({ state: 'detached' })

  const thumbnail = theirs.waitForRequest(/_thumb\.png$/, { timeout: 90_000 })
  const speed = await slowLine(page)
  await send(page)
  await page.locator('[aria-valuenow]:not([aria-valuenow="0"], [aria-valuenow="100"])').waitFor()
  expect(await shown(page).getAttribute('src')).toMatch(/^blob:/)
  await speed()
  await page.getByRole('progressbar').waitFor({ state: 'detached' })

  await thumbnail
  await cards(theirs, 'Noah Kim').getByText('Photo').click()
  await sentPhoto(theirs).click()
  const viewer = theirs.getByRole('dialog', { name: 'Photo' })
  const full = viewer.getByRole('img', { name: 'Photo' })
  await full.waitFor()
  await full.evaluate((image: HTMLImageElement) => image.decode())
  expect(await full.getAttribute('src')).toMatch(/\/[0-9a-f]+\.png$/)
  await theirs.keyboard.press('Escape')
  await viewer.waitFor({ state: 'detached' })
})

/** A line on which an upload takes its time, until the function that this returns is called. */
async function slowLine(page: Page) {
  const devtools = await page.context().newCDPSession(page)
  const upload = (uploadThroughput: number) =>
    devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    })
  await upload(100_000)
  return () => upload(-1)
}

test('a photo can be dropped or pasted, with words beside it', async () => {
  const { buyer, path } = await meet(1, 102)
  const page = await buyer.open(path)
  await box(page).waitFor()
  const region = page.getByRole('region', { name: 'Emma Clarke' })
  const dropped = await transfer(page, await photo('dropped.jpg'))
  await region.dispatchEvent('dragenter', { dataTransfer: dropped })
  await page.getByText('Drop to attach').waitFor()
  await region.dispatchEvent('drop', { dataTransfer: dropped })
  await preview(page, 'dropped.jpg').waitFor()
  await page.getByText('Drop to attach').waitFor({ state: 'detached' })

  await paste(page, await photo('pasted.jpg'))
  await preview(page, 'pasted.jpg').waitFor()
  await write(page, 'Both of them')
  await page.locator('[data-message]:not([data-message^="-"])').nth(2).waitFor()
  expect(await sentPhoto(page).count()).toBe(2)
})

/** What the system hands over with files from elsewhere. */
const transfer = (page: Page, { name, mimeType, buffer }: Photo) =>
  page.evaluateHandle(
    ({ name, mimeType, base64 }) => {
      const files = new DataTransfer()
      files.items.add(new File([Uint8Array.fromBase64(base64)], name, { type: mimeType }))
      return files
    },
    { name, mimeType, base64: buffer.toString('base64') },
  )

async function paste(page: Page, photo: Photo) {
  const files = await transfer(page, photo)
  await box(page).evaluate((element, clipboardData) => {
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, files)
}

test('a photo that is too large, or none at all, is refused with a word of its own', async () => {
  const { buyer, path } = await meet(5, 102)
  const page = await buyer.open(path)
  const refusal = (text: string) => page.getByRole('alert').getByText(text).waitFor()
  await box(page).evaluate((element, size) => {
    const files = new DataTransfer()
    files.items.add(new File([new Uint8Array(size)], 'large.jpg', { type: 'image/jpeg' }))
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files, bubbles: true }))
  }, LARGEST + 1)
  await refusal('The file is larger than 10 MB')
  await pick(page, { name: 'page.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<html>no photo</html>') })
  await refusal('Only JPEG, PNG and WebP can be sent')
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  await pick(page, await photo('good.jpg'))
  await preview(page, 'good.jpg').waitFor()
  await page.getByText('Only JPEG, PNG and WebP can be sent').waitFor({ state: 'detached' })
})

test('a photo that the server refuses says so, and can be sent again', async () => {
  const { buyer, path } = await meet(3, 102)
  buyer.excuse(/422/)
  const page = await buyer.open(path)
  const broken = Buffer.concat([(await photo('')).buffer.subarray(0, 200), Buffer.alloc(200)])
  await pick(page, { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: broken })
  await send(page)
  await page.getByRole('listitem').getByText('The image could not be uploaded').waitFor()
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.getByRole('listitem').getByText('The image could not be uploaded').waitFor()
  await page.getByRole('button', { name: 'Delete message' }).click()
  await sentPhoto(page).waitFor({ state: 'detached' })
})
