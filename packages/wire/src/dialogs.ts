import { z } from 'zod'

// The REST half of document 004's protocol: what the document leaves out is in docs/dialogs.md.

/** What a description of the API calls by name, and what it says of fields. */
export const named = z.registry<{ id?: string; description?: string }>()

export const described = <Schema extends z.ZodType>(schema: Schema, description: string): Schema => {
  const own = schema.clone()
  named.add(own, { description })
  return own
}

const id = z.uuid()
const userId = described(z.string(), 'The id that the host application gave the user.')
/** RFC 3339 in UTC: `2026-02-17T12:10:00.000Z`. */
const time = z.iso.datetime()
const count = z.int().min(0)
const url = described(z.string(), 'Where the file is fetched from; whoever has the address may.')
const metaSchema = z.record(z.string(), z.unknown())

export const attachmentSchema = z.object({
  id,
  filename: z.string(),
  content_type: z.string(),
  size: described(count, 'In bytes.'),
  width: described(count.optional(), 'In pixels; of images only, like the height.'),
  height: count.optional(),
  url,
  thumbnail_url: described(url.optional(), 'Of an image of up to 10 MB.'),
})
export type Attachment = z.infer<typeof attachmentSchema>

const messageTypeSchema = z.enum(['user', 'system'])

export const messageSchema = z.object({
  id: described(id, 'Sorts as messages do.'),
  dialog_id: id,
  sender_id: described(userId.nullable(), 'Null of system messages, and where the sender was erased.'),
  content: described(z.string(), 'Safe HTML; of a system message JSON.'),
  sent_at: time,
  last_edited_at: time.nullable(),
  reply_to_id: id.nullable(),
  message_type: messageTypeSchema,
  attachments: z.array(attachmentSchema),
})
export type Message = z.infer<typeof messageSchema>

const dialogFields = {
  id,
  object_id: z.string(),
  object_type: z.string(),
  title: z.string().nullable(),
  object_url: z.string().nullable(),
  created_by: userId.nullable(),
  created_at: time,
  meta: described(metaSchema, 'What it was created with.'),
}

export const participantSchema = z.object({
  dialog_id: id,
  user_id: userId,
  joined_at: time,
  joined_as: z.enum(['creator', 'participant', 'joined']),
  notifications_enabled: z.boolean(),
  last_read_message_id: id.nullable(),
  unread_count: count,
  display_name: z.string().nullable(),
  company: z.string().nullable(),
  email: described(z.string().nullable(), 'Null for who is no participant, like the phone.'),
  phone: z.string().nullable(),
  is_archived: z.boolean(),
  is_pinned: z.boolean(),
  is_online: z.boolean(),
})
export type Participant = z.infer<typeof participantSchema>

const standing = { i_am_participant: z.boolean(), can_join: z.boolean() }

export const dialogSchema = z.object({
  ...dialogFields,
  ...standing,
  participants_count: described(count.optional(), 'For participants, like who they are.'),
  participants: z.array(participantSchema).optional(),
})
export type Dialog = z.infer<typeof dialogSchema>

export const dialogListItemSchema = z.object({
  ...dialogFields,
  ...standing,
  participants_count: count,
  unread_count: described(count.optional(), 'What follows is for participants.'),
  is_archived: z.boolean().optional(),
  is_pinned: z.boolean().optional(),
  notifications_enabled: z.boolean().optional(),
  last_message_at: time.optional(),
  last_message: z
    .object({
      id,
      content: z.string(),
      sender_id: userId.optional(),
      sender_name: z.string().optional(),
      sent_at: time,
      message_type: messageTypeSchema,
    })
    .optional(),
  participants: described(
    z.array(
      z.object({ user_id: userId, display_name: z.string().optional(), company: z.string().optional() }),
    ),
    'The 20 who have been there longest.',
  ),
})
export type DialogListItem = z.infer<typeof dialogListItemSchema>

export const accessScopeSchema = z.object({
  scope_level0: z.array(z.string()),
  scope_level1: z.array(z.string()),
  scope_level2: z.array(z.string()),
})
export type AccessScope = z.infer<typeof accessScopeSchema>

export const managedDialogSchema = z.object({
  ...dialogFields,
  participants_count: count,
  participants: z.array(participantSchema),
  access_scopes: described(z.array(accessScopeSchema), 'Whom it is open to; nobody where there are none.'),
})
export type ManagedDialog = z.infer<typeof managedDialogSchema>

const answer = <Data extends z.ZodType>(data: Data) => z.object({ data })

export const dialogResponse = answer(dialogSchema)
export const dialogListResponse = answer(z.array(dialogListItemSchema))
export const dialogByObjectResponse = answer(dialogListItemSchema.nullable())
export const managedDialogResponse = answer(managedDialogSchema)
export const managedDialogListResponse = answer(z.array(managedDialogSchema))
export const participantListResponse = answer(z.array(participantSchema))
export const messageResponse = answer(messageSchema)
export const messageListResponse = answer(
  z.object({
    messages: z.array(messageSchema),
    first_unread_message_id: described(id.optional(), 'Absent where nothing is unread, and with `around`.'),
    has_more_before: z.boolean(),
    has_more_after: z.boolean(),
  }),
)
export const uploadResponse = answer(
  z.object({
    upload_url: described(z.string(), 'To be sent the file by PUT, with its type as Content-Type.'),
    s3_key: described(z.string(), 'To be sent with the message.'),
    expires_in: z.int(),
  }),
)
export const attachmentUrlResponse = answer(
  z.object({ url, thumbnail_url: url.nullable(), expires_in: z.int() }),
)

const status = <Status extends string>(name: Status) => z.object({ status: z.literal(name), dialog_id: id })
export const joinedResponse = status('joined')
export const leftResponse = status('left')
export const archivedResponse = status('archived')
export const unarchivedResponse = status('unarchived')
export const pinnedResponse = status('pinned')
export const unpinnedResponse = status('unpinned')
export const notificationsResponse = z.object({ status: z.enum(['enabled', 'disabled']), dialog_id: id })
export const readResponse = z.object({ success: z.literal(true) })

export const errorCodeSchema = z.enum([
  'VALIDATION_ERROR',
  'ALREADY_PARTICIPANT',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'SCOPE_MISMATCH',
  'NOT_PARTICIPANT',
  'NOT_MESSAGE_AUTHOR',
  'NOT_FOUND',
  'DIALOG_NOT_FOUND',
  'MESSAGE_NOT_FOUND',
  'ATTACHMENT_NOT_FOUND',
  'CONFLICT',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'INTERNAL_ERROR',
])
export type DialogsErrorCode = z.infer<typeof errorCodeSchema>

export const errorResponse = z.object({
  error: z.object({
    code: errorCodeSchema,
    message: described(z.string(), 'For a developer: of input that is not valid, it names the field.'),
  }),
})
export type ErrorResponse = z.infer<typeof errorResponse>

named
  .add(attachmentSchema, { id: 'Attachment' })
  .add(messageSchema, { id: 'Message' })
  .add(dialogSchema, { id: 'Dialog' })
  .add(dialogListItemSchema, { id: 'DialogListItem' })
  .add(managedDialogSchema, { id: 'ManagedDialog' })
  .add(participantSchema, { id: 'Participant' })
  .add(errorResponse, { id: 'Error' })
