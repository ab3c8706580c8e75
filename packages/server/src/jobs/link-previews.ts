import { findPreviewed, storePreviews } from '../core/link-previews.ts'
import { linksIn } from '../core/links.ts'
import type { Chat } from '../core/types.ts'
import { deletePreviewJob, takePreviewJobs } from '../db/link-previews.ts'
import type { PreviewJob } from '../db/link-previews.ts'
import type { LinkPreview } from '../db/schema.ts'
import { fetchPage, NotFetched } from './fetch-page.ts'
import type { FetchOptions } from './fetch-page.ts'
import { readPreview } from './read-preview.ts'

const AT_ONCE = 4
const MOST_ATTEMPTS = 4
/** Longer than a page may take; the first repeat is due after it. */
const LEASE_SECONDS = 30
const LOOK_MS = 15_000

export interface LinkPreviewOptions extends Pick<FetchOptions, 'allow' | 'resolve'> {
  chat: Chat
  onError: (error: unknown) => void
}

export interface LinkPreviewer {
  /** There may be something to do. */
  wake(): void
  stop(): Promise<void>
}

/** Looks at the links in messages, a few messages at a time. What a process leaves undone another one takes up. */
export function startLinkPreviews({ chat, onError, ...options }: LinkPreviewOptions): LinkPreviewer {
  const stopping = new AbortController()
  const { signal } = stopping
  let isAsked = false
  let running: Promise<void> | null = null

  async function run(): Promise<void> {
    while (isAsked && !signal.aborted) {
      isAsked = false
      const jobs = await takePreviewJobs(chat.db, AT_ONCE, LEASE_SECONDS)
      if (jobs.length === AT_ONCE) isAsked = true
      await Promise.all(jobs.map((job) => preview(chat, job, { ...options, signal }).catch(onError)))
    }
  }

  function wake(): void {
    isAsked = true
    running ??= run()
      .catch(onError)
      .finally(() => {
        running = null
        if (isAsked && !signal.aborted) wake()
      })
  }

  const timer = setInterval(wake, LOOK_MS)
  wake()
  return {
    wake,
    async stop() {
      clearInterval(timer)
      stopping.abort()
      await running
    },
  }
}

async function preview(
  chat: Chat,
  { messageId, attempts }: PreviewJob,
  options: FetchOptions,
): Promise<void> {
  const message = await findPreviewed(chat.db, messageId)
  if (!message || message.deletedAt) return deletePreviewJob(chat.db, messageId)
  const found = await Promise.all(linksIn(message.text).map((link) => lookAt(link, options)))
  // Another time, unless it was the last.
  if (found.includes('failed') && (attempts < MOST_ATTEMPTS || options.signal?.aborted)) return
  const previews = found.filter((one): one is LinkPreview => one !== null && one !== 'failed')
  await storePreviews(chat, message, previews)
}

/** Null for a page that has nothing to show, or may not be fetched. */
async function lookAt(link: string, options: FetchOptions): Promise<LinkPreview | 'failed' | null> {
  try {
    return readPreview(link, await fetchPage(link, options))
  } catch (error) {
    return error instanceof NotFetched ? null : 'failed'
  }
}
