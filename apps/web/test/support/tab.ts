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

/** Such a tab with its list loaded. */
export function useApp(openTab: ReturnType<typeof useTabs>) {
  return async (...options: Parameters<typeof openTab>) => {
    const tab = openTab(...options)
    void tab.chat.list.load()
    await tab.settle()
    await tab.pass(4000)
    /** What has come so far is heard, and no request is served. */
    const hear = async () => {
      for (let event = 0; event < 10; event++) tab.server.hear()
      await tab.pass(60)
    }
    return { ...tab, hear, total: tab.chat.totalUnread }
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
