import type {
  AccessScope,
  Attachment,
  Dialog,
  DialogListItem,
  ManagedDialog,
  Message,
  Participant,
} from '@parley/wire/dialogs'
import type { ManagedDialog as CoreManagedDialog } from '../../core/dialog-management.ts'
import type { Dialog as CoreDialog, DialogParticipant, Scopes } from '../../core/dialogs.ts'
import { contentOf } from '../../core/html.ts'
import type {
  Attachment as CoreAttachment,
  Message as CoreMessage,
  MessageId,
  UserId,
} from '../../core/types.ts'
import { toUuid } from '../../core/uuids.ts'
import { namedUrl } from '../../http/blobs.ts'
import type { BlobUrl } from '../../http/blobs.ts'

/** Who is connected. */
export type Here = Pick<Set<UserId>, 'has'>

export const messageIdView = (id: MessageId) => toUuid('message', id)

export function messageView(message: CoreMessage, blobUrl: BlobUrl): Message {
  return {
    id: messageIdView(message.id),
    dialog_id: toUuid('conversation', message.conversationId),
    sender_id: senderOf(message),
    content: contentOf(message),
    sent_at: message.createdAt.toISOString(),
    last_edited_at: message.editedAt?.toISOString() ?? null,
    reply_to_id: message.replyToId === null ? null : messageIdView(message.replyToId),
    message_type: typeOf(message),
    attachments: message.attachments.map((attachment) => attachmentView(attachment, blobUrl)),
  }
}

const typeOf = ({ type }: CoreMessage): Message['message_type'] => (type === 'system' ? 'system' : 'user')

/** What somebody says for the system is nobody's here. */
const senderOf = ({ type, senderId }: CoreMessage) => (type === 'system' ? null : senderId)

function attachmentView(attachment: CoreAttachment, blobUrl: BlobUrl): Attachment {
  const { id, filename, mimeType, size, width, height } = attachment
  const { url, thumbnail_url } = addressesOf(attachment, blobUrl)
  return {
    id: toUuid('attachment', id),
    filename,
    content_type: mimeType,
    size,
    ...(width !== null && height !== null && { width, height }),
    url,
    ...(thumbnail_url !== null && { thumbnail_url }),
  }
}

export const addressesOf = (attachment: CoreAttachment, blobUrl: BlobUrl) => ({
  url: namedUrl(blobUrl, attachment),
  thumbnail_url: attachment.thumbnailKey === null ? null : blobUrl(attachment.thumbnailKey),
})

const dialogFields = ({ conversation, subject, title }: CoreDialog) => ({
  id: toUuid('conversation', conversation.id),
  object_id: subject.id,
  object_type: subject.type,
  title,
  object_url: subject.url,
  created_by: conversation.createdBy,
  created_at: conversation.createdAt.toISOString(),
  meta: conversation.metadata,
})

const standing = ({ isParticipant, canJoin }: CoreDialog) => ({
  i_am_participant: isParticipant,
  can_join: canJoin,
})

export function dialogView(dialog: CoreDialog, here: Here): Dialog {
  return {
    ...dialogFields(dialog),
    ...standing(dialog),
    ...(dialog.isParticipant && participantsView(dialog, here)),
  }
}

const participantsView = ({ participants, participantsCount }: CoreDialog, here: Here) => ({
  participants_count: participantsCount,
  participants: participants.map((participant) => participantView(participant, here)),
})

export function dialogListItemView(dialog: CoreDialog): DialogListItem {
  return {
    ...dialogFields(dialog),
    ...standing(dialog),
    participants_count: dialog.participantsCount,
    ...(dialog.own && ownView(dialog.own)),
    ...(dialog.lastMessage && lastMessageView(dialog.lastMessage, dialog.lastSenderName)),
    participants: dialog.participants.map(({ userId, displayName, company }) => ({
      user_id: userId,
      ...(displayName !== null && { display_name: displayName }),
      ...(company !== null && { company }),
    })),
  }
}

const ownView = ({ unread, isArchived, isPinned, notificationsEnabled }: NonNullable<CoreDialog['own']>) => ({
  unread_count: unread,
  is_archived: isArchived,
  is_pinned: isPinned,
  notifications_enabled: notificationsEnabled,
})

function lastMessageView(message: CoreMessage, senderName: string | null) {
  const sender_id = senderOf(message)
  const sent_at = message.createdAt.toISOString()
  return {
    last_message_at: sent_at,
    last_message: {
      id: messageIdView(message.id),
      content: contentOf(message),
      ...(sender_id !== null && { sender_id, ...(senderName !== null && { sender_name: senderName }) }),
      sent_at,
      message_type: typeOf(message),
    },
  }
}

export function participantView(participant: DialogParticipant, here: Here): Participant {
  const { lastReadMessageId } = participant
  return {
    dialog_id: toUuid('conversation', participant.conversationId),
    user_id: participant.userId,
    joined_at: participant.joinedAt.toISOString(),
    joined_as: participant.joinedAs,
    notifications_enabled: participant.notificationsEnabled,
    last_read_message_id: lastReadMessageId === null ? null : messageIdView(lastReadMessageId),
    unread_count: participant.unread,
    display_name: participant.displayName,
    company: participant.company,
    email: participant.email,
    phone: participant.phone,
    is_archived: participant.isArchived,
    is_pinned: participant.isPinned,
    is_online: here.has(participant.userId),
  }
}

export function managedDialogView(dialog: CoreManagedDialog, here: Here): ManagedDialog {
  return {
    ...dialogFields(dialog),
    ...participantsView(dialog, here),
    access_scopes: dialog.scopes.map(accessScopeView),
  }
}

const accessScopeView = ({ level0, level1, level2 }: Scopes): AccessScope => ({
  scope_level0: level0,
  scope_level1: level1,
  scope_level2: level2,
})
