import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { uploadImage } from '../app/features/chat-image/model/upload-image.ts'
import { NetworkError } from '../app/shared/api/client.ts'

/** What Node has not: the upload under way, which a test moves along. */
class Upload {
  static last: Upload
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
  onabort?: () => void
  onloadend?: () => void
  open = () => undefined
  setRequestHeader = () => undefined
  send = () => (Upload.last = this)
  abort() {
    this.onabort?.()
    this.onloadend?.()
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('XMLHttpRequest', Upload)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

function upload() {
  const outcome = vi.fn()
  const given = new AbortController()
  uploadImage({
    conversationId: 7,
    file: new File(['photo'], 'photo.jpg'),
    key: 'a',
    onProgress: () => undefined,
    signal: given.signal,
    token: 'first',
  }).catch(outcome)
  return { outcome, given }
}

test('an upload may take as long as it likes while it moves on, and is given up after a minute of silence', async () => {
  const { outcome } = upload()
  for (let part = 1; part <= 10; part++) {
    await vi.advanceTimersByTimeAsync(50_000)
    Upload.last.upload.onprogress?.({ loaded: part, total: 10 })
  }
  expect(outcome).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(outcome).toHaveBeenCalledWith(expect.any(NetworkError))
})

test('an upload that is taken back ends at once', async () => {
  const { outcome, given } = upload()
  given.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(outcome).toHaveBeenCalledWith(given.signal.reason)
})
