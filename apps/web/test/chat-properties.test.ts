import { fc, test } from '@fast-check/vitest'
import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { ref, watch } from 'vue'
import { createChat } from '../app/features/chat-messaging/model/chat.ts'
import { modelServer } from './support/model-server.ts'
import { me } from './support/shapes.ts'
import { noUploads, texts } from './support/chat-options.ts'

const ids = [7, 8, 9]

/** A tab with its list loaded, looking at conversation 7 or at none. */
function tab(looking: boolean) {
  const server = modelServer(ids)
  const attention = ref(true)
  const chat = createChat({
    me,
    connection: server.connection,
    request: server.request,
    uploadImage: noUploads,
    attention,
    kept: texts(),
    onUnauthorized: () => undefined,
  })
  void chat.list.load()
  const thread = looking ? chat.openThread(7) : null
  void thread?.load()
  const stop = thread && watch(thread.messages, thread.markRead)
  return {
    server,
    chat,
    thread,
    attention,
    close() {
      stop?.()
      chat.close()
    },
  }
}

type Tab = ReturnType<typeof tab>
type Step = (tab: Tab) => void

const which = fc.nat(4)
const someone = fc.constantFrom(...ids)
const steps = fc.array(
  fc.oneof(
    someone.map(
      (id): Step =>
        ({ server }) =>
          server.companionWrites(id),
    ),
    someone.map(
      (id): Step =>
        ({ server }) =>
          server.writeElsewhere(id),
    ),
    someone.map(
      (id): Step =>
        ({ server }) =>
          server.readElsewhere(id),
    ),
    someone.map(
      (id): Step =>
        ({ chat }) =>
          void chat.list.remove(id).catch(() => undefined),
    ),
    fc.constant<Step>(({ thread }) => thread?.send('Hi')),
    fc.boolean().map(
      (focused): Step =>
        ({ attention }) =>
          (attention.value = focused),
    ),
    fc.constant<Step>(({ chat }) => void chat.list.refresh()),
    fc.constant<Step>(({ server }) => server.hear()),
    fc.constant<Step>(({ server }) => server.miss()),
    fc.constant<Step>(() => vi.advanceTimersByTime(100)),
    which.map(
      (at): Step =>
        ({ server }) =>
          server.serve(at),
    ),
    which.map(
      (at): Step =>
        ({ server }) =>
          server.answer(at),
    ),
    which.map(
      (at): Step =>
        ({ server }) =>
          server.cut(at),
    ),
  ),
  { maxLength: 60 },
)

/** The line is good again, and somebody looks. */
async function settle({ server, attention, chat }: Tab) {
  attention.value = true
  for (let quiet = 0; quiet < 3; quiet++) {
    while (!server.isQuiet()) {
      quiet = 0
      server.serve(0)
      server.answer(0)
      server.hear()
      await vi.advanceTimersByTimeAsync(100)
    }
    chat.wake()
    await vi.advanceTimersByTimeAsync(4000)
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('in whatever order requests, replies and events come', () => {
  test.prop([fc.boolean(), steps])('a tab ends up knowing what the server knows', async (looking, all) => {
    const one = tab(looking)
    try {
      for (const step of all) {
        step(one)
        await vi.advanceTimersByTimeAsync(0)
      }
      await settle(one)
      const { server, chat, thread } = one
      expect(chat.list.conversations.value).toEqual(server.listed())
      expect(chat.totalUnread.value).toBe(server.total())
      if (thread) {
        const shown = thread.messages.value.map(({ id, text }) => ({ id, text }))
        expect(shown).toEqual(server.messages(7).map(({ id, text }) => ({ id, text })))
      }
    } finally {
      one.close()
    }
  })
})
