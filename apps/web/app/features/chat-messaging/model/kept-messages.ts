import type { PendingMessage } from '#chat/entities/message/model/messages.ts'
import type { KeptTexts } from '#chat/shared/lib/storage.ts'

/** Texts that wait to be sent, kept over a reload of the page. Images are not: a file cannot be kept there. */
export function keptMessages(storage: KeptTexts, me: number) {
  const prefix = `parley.outbox.${me}.`
  return {
    conversations: () =>
      storage
        .keys()
        .filter((key) => key.startsWith(prefix))
        .map((key) => Number(key.slice(prefix.length))),
    read: (conversationId: number) => parse(storage.get(`${prefix}${conversationId}`)).map(afresh),
    write(conversationId: number, pending: readonly PendingMessage[]) {
      const texts = pending.filter(({ type }) => type === 'text')
      if (texts.length === 0) storage.remove(`${prefix}${conversationId}`)
      else storage.set(`${prefix}${conversationId}`, JSON.stringify(texts))
    },
  }
}

function parse(kept: string | null): PendingMessage[] {
  try {
    return JSON.parse(kept ?? '[]') as PendingMessage[] // written by `write`
  } catch {
    return []
  }
}

function afresh(message: PendingMessage): PendingMessage {
  return { ...message, state: message.state === 'sending' ? 'queued' : message.state, standIn: null }
}
