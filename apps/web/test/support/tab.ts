import { afterEach, beforeEach, vi } from 'vitest'
import { ref } from 'vue'
import { createChat, type Chat, type ChatOptions } from '../../app/features/chat-messaging/model/chat.ts'
import { noUploads, texts } from './chat-options.ts'
import { modelServer } from './model-server.ts'
import { me } from './shapes.ts'

/** Tabs of a person at a model server, whose clock is that of the test. */
export function useTabs() {
  const open: Chat[] = []
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    for (const chat of open.splice(0)) chat.close()
    vi.useRealTimers()
  })
  return (options: Partial<ChatOptions> = {}, server = modelServer([7, 8, 9])) => {
    const attention = ref(true)
    const chat = createChat({
      me,
      connection: server.connection,
      request: server.request,
      uploadImage: noUploads,
      attention,
      kept: texts(),
      onUnauthorized: () => undefined,
      ...options,
    })
    open.push(chat)
    return { server, chat, attention, ...line(server) }
  }
}

function line(server: ReturnType<typeof modelServer>) {
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
  return {
    /** Time goes by. */
    pass,
    /** Everything is served, answered and heard, and what follows from it. */
    async settle() {
      do {
        server.serve(0)
        server.answer(0)
        server.hear()
        await pass(60)
      } while (!server.isQuiet())
    },
  }
}
