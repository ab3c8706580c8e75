import type { Ref } from 'vue'
import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { PendingMessage } from '#chat/entities/message/model/messages.ts'
import type { ImageUpload } from '#chat/features/chat-image/model/upload-image.ts'
import type { KeptTexts } from '#chat/shared/lib/storage.ts'
import type { ChatApi } from './api.ts'
import type { ConversationList } from './conversation-list.ts'
import { keptMessages } from './kept-messages.ts'
import { createReading } from './reading.ts'
import { createThread, type Thread } from './thread.ts'

export type UploadImage = (upload: Omit<ImageUpload, 'token'>) => Promise<Message>

export interface ThreadsOptions {
  me: number
  api: ChatApi
  list: ConversationList
  uploadImage: UploadImage
  attention: Readonly<Ref<boolean>>
  kept: KeptTexts
  onLeftUnread: (conversationId: number, upTo: number) => void
}

/** A conversation while somebody has it open. */
export interface OpenThread extends Thread {
  markRead(): void
  /** Whether its newest messages are in view; they are until told. */
  setAtEnd(atEnd: boolean): void
  leave(): void
}

interface Entry {
  thread: Thread
  reading: ReturnType<typeof createReading>
  views: number
  /** Whether the newest messages are in view. */
  atEnd: boolean
}

/** The conversations that are open, or have something to send. */
export function createThreads({ me, api, list, uploadImage, attention, kept, onLeftUnread }: ThreadsOptions) {
  const entries = new Map<number, Entry>()
  const outboxes = keptMessages(kept, me)
  let latest: number | null = null

  function enter(id: number): Entry {
    const thread = createThread({
      me,
      conversationId: id,
      api,
      kept: outboxes.read(id),
      keep(pending) {
        outboxes.write(id, pending)
        tidy(id)
      },
      send: ({ key, text, file }, signal) =>
        file
          ? uploadImage({
              conversationId: id,
              file,
              key,
              signal,
              onProgress: (done) => thread.uploaded(key, done),
            })
          : api.sendText(id, text ?? '', { key, signal }),
    })
    const entry = { thread, reading: readingOf(id, thread), views: 0, atEnd: true }
    entries.set(id, entry)
    return entry
  }

  function readingOf(id: number, thread: Thread) {
    let readUpTo = 0
    return createReading({
      looking: () => attention.value && thread.opened.value,
      unread() {
        const newest = thread.newestForeign()
        const known = newest !== undefined && newest.status !== 'read' && newest.id > readUpTo
        return known || list.hasUnread(id) ? thread.newestId() : null
      },
      async read(upTo) {
        await api.markRead(id)
        readUpTo = upTo
        list.happen({ type: 'readByMe', id, upTo })
      },
    })
  }

  /** Nobody looks, and nothing is on its way. */
  function tidy(id: number) {
    const entry = entries.get(id)
    if (!entry || entry.views > 0 || entry.thread.state.value.pending.length > 0) return
    entries.delete(id)
    close(entry)
  }

  function close({ thread, reading }: Entry) {
    thread.close()
    reading.close()
  }

  function open(id: number): OpenThread {
    const entry = entries.get(id) ?? enter(id)
    entry.views += 1
    latest = id
    return {
      ...entry.thread,
      async load() {
        await entry.thread.load()
        entry.reading.again()
      },
      markRead: entry.reading.markRead,
      setAtEnd(atEnd) {
        entry.atEnd = atEnd
        if (!atEnd) settle(id, entry)
      },
      leave() {
        entry.views -= 1
        if (entry.views > 0) return
        if (latest === id) latest = null
        entry.reading.leave()
        settle(id, entry)
        entry.atEnd = true
        entry.thread.leave()
        tidy(id)
      },
    }
  }

  /** Messages that seemed to be read as they came were not, after all. */
  function settle(id: number, { thread, reading }: Entry) {
    const newest = thread.newestForeign()
    if (newest && reading.leftUnread()) onLeftUnread(id, newest.id)
  }

  for (const id of outboxes.conversations()) enter(id).thread.outbox.run()

  return {
    open,
    find: (id: number) => entries.get(id)?.thread,
    /** The conversation whose messages a person reads as they come. */
    reading() {
      const entry = latest === null ? undefined : entries.get(latest)
      return attention.value && entry?.atEnd && entry.thread.opened.value ? latest : null
    },
    resync() {
      for (const { thread, reading } of entries.values()) void thread.resync().then(reading.again)
    },
    wake() {
      for (const { thread, reading } of entries.values()) {
        thread.outbox.run()
        if (thread.error.value === null) reading.wake()
        else void thread.resync().then(reading.again)
      }
    },
    /** Nobody looks at this page any more. */
    settle() {
      for (const [id, entry] of entries) if (entry.views > 0) settle(id, entry)
    },
    hasUnsent: () => [...entries.values()].some(({ thread }) => thread.state.value.pending.some(isUnsent)),
    close: () => entries.forEach(close),
  }
}

const isUnsent = ({ state, file }: PendingMessage) => state !== 'failed' || file !== null
