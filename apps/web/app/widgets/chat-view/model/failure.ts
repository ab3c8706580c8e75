import type { Message } from '#chat/entities/message/model/message.schema.ts'
import type { PendingMessage } from '#chat/entities/message/model/messages.ts'

/** What is not confirmed stands last; of that, the newest that the server would not take. */
export function newestFailure(messages: readonly (Message | PendingMessage)[]): PendingMessage | null {
  const pending = messages.slice(messages.findLastIndex((message) => !isPending(message)) + 1)
  return pending.filter(isPending).findLast(({ state }) => state === 'failed') ?? null
}

const isPending = (message: Message | PendingMessage): message is PendingMessage => 'key' in message
