import { ChatError } from '../../core/errors.ts'
import type { ConversationId, MessageId } from '../../core/types.ts'
import { fromUuid } from '../../core/uuids.ts'
import { notFound } from './errors.ts'

// Ids of paths name what is there or not; those within a request are right or wrong.

export function dialogIdOf(uuid: string): ConversationId {
  const id = fromUuid('conversation', uuid)
  if (id === null) throw notFound('DIALOG_NOT_FOUND')
  return id
}

export function messageIdOf(uuid: string): MessageId {
  const id = fromUuid('message', uuid)
  if (id === null) throw notFound('MESSAGE_NOT_FOUND')
  return id
}

export function attachmentIdOf(uuid: string): number {
  const id = fromUuid('attachment', uuid)
  if (id === null) throw notFound('ATTACHMENT_NOT_FOUND')
  return id
}

/** The message that a field of a request names, if it names any. */
export function messageNamed(field: string, uuid: string | null | undefined): MessageId | undefined {
  if (uuid === null || uuid === undefined) return undefined
  const id = fromUuid('message', uuid)
  if (id === null) throw new ChatError('invalid', 'is not a message of this dialog', field)
  return id
}
