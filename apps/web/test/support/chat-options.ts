import type { ChatOptions } from '../../app/features/chat-messaging/model/chat.ts'
import type { KeptTexts } from '../../app/shared/lib/storage.ts'

/** Node has no storage of a session. */
export function texts(): KeptTexts {
  const kept = new Map<string, string>()
  return {
    keys: () => [...kept.keys()],
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
  }
}

export const noUploads: ChatOptions['uploadImage'] = () => Promise.reject(new Error('no image is sent here'))
