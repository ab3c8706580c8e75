import { messageResponse } from '@parley/wire/marketplace'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import { NetworkError, parseReply } from '#chat/shared/api/client.ts'

export interface ImageUpload {
  conversationId: number
  file: File
  /** Its Idempotency-Key. */
  key: string
  /** How much of it is sent, 0 to 1. */
  onProgress: (progress: number) => void
  signal: AbortSignal
  /** The CSRF token of the session. */
  token: string
}

const SILENCE_MS = 60_000

/** Sends an image as a message. `fetch` does not say how far an upload has come. */
export function uploadImage({
  conversationId,
  file,
  key,
  onProgress,
  signal,
  token,
}: ImageUpload): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>()
  const upload = new XMLHttpRequest()
  const abort = () => upload.abort()
  const silent = () => {
    reject(new NetworkError('The server did not answer.'))
    abort()
  }
  let silence = setTimeout(silent, SILENCE_MS)
  upload.upload.onprogress = ({ loaded, total }) => {
    clearTimeout(silence)
    silence = setTimeout(silent, SILENCE_MS)
    onProgress(total === 0 ? 0 : loaded / total)
  }
  upload.onload = () => {
    try {
      const retryAfter = upload.getResponseHeader('retry-after')
      resolve(parseReply(messageResponse, upload.status, upload.responseText, retryAfter).data)
    } catch (error) {
      reject(error)
    }
  }
  upload.onerror = () => reject(new NetworkError('The server did not answer.'))
  upload.onabort = () => reject(signal.reason as Error)
  upload.onloadend = () => {
    clearTimeout(silence)
    signal.removeEventListener('abort', abort)
  }
  upload.open('POST', `/api/vendor/conversations/${conversationId}/messages/image`)
  upload.setRequestHeader('accept', 'application/json')
  upload.setRequestHeader('x-csrf-token', token)
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
