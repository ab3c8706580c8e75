import { messageResponse } from '@parley/wire/marketplace'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import { csrfToken, NetworkError, parseReply } from '#chat/shared/api/client.ts'

export interface ImageUpload {
  conversationId: number
  file: File
  /** Its Idempotency-Key. */
  key: string
  /** How much of it is sent, 0 to 1. */
  onProgress: (progress: number) => void
  signal: AbortSignal
}

const SILENCE_MS = 60_000

/** Sends an image as a message. `fetch` does not say how far an upload has come. */
export function uploadImage({
  conversationId,
  file,
  key,
  onProgress,
  signal,
}: ImageUpload): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const upload = new XMLHttpRequest()
  const abort = () => upload.abort()
  upload.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total)
  upload.onload = () => {
    try {
      const retryAfter = upload.getResponseHeader('retry-after')
      resolve(parseReply(messageResponse, upload.status, upload.responseText, retryAfter).data)
    } catch (error) {
      reject(error)
    }
  }
  upload.onerror = upload.ontimeout = () => reject(new NetworkError('The server did not answer.'))
  upload.onabort = () => reject(signal.reason as Error)
  upload.onloadend = () => signal.removeEventListener('abort', abort)
  upload.open('POST', `/api/vendor/conversations/${conversationId}/messages/image`)
  upload.timeout = SILENCE_MS
  upload.setRequestHeader('accept', 'application/json')
  upload.setRequestHeader('x-csrf-token', csrfToken())
  upload.setRequestHeader('idempotency-key', key)
  signal.addEventListener('abort', abort)
  upload.send(formOf(file))
  return promise
}

function formOf(file: File): FormData {
  const form = new FormData()
  form.append('image', file)
  return form
}
