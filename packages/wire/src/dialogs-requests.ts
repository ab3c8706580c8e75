import { z } from 'zod'
import { described } from './dialogs.ts'
import { onePlace } from './places.ts'

// What is sent to the REST half of document 004's protocol.

const id = z.uuid('must be a UUID')

const NO_TEXT = 'must contain neither the character U+0000 nor half of a surrogate pair'
const plain = (least: number, most: number) => {
  const message =
    least === 0 ? `must have at most ${most} characters` : `must have ${least} to ${most} characters`
  return z
    .string()
    .min(least, message)
    .max(most, message)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), NO_TEXT)
}
const name = plain(1, 255)

const LEVEL = 'must be a list of texts'
const level = z.array(plain(0, 255), LEVEL).default([])
const levels = z.object({
  scope_level0: z.array(plain(0, 255), LEVEL).optional(),
  tenant_uid: plain(0, 255).optional(),
  scope_level1: level,
  scope_level2: level,
})
/** In its older form it has the one `tenant_uid` for its level 0. */
export const scopeInput = levels.transform(({ tenant_uid, scope_level0, scope_level1, scope_level2 }) => ({
  level0: scope_level0 ?? (tenant_uid === undefined ? [] : [tenant_uid]),
  level1: scope_level1,
  level2: scope_level2,
}))

const MOST_SCOPE_BYTES = 8192
const NO_SCOPES = 'must be JSON in base64, of an object with scope_level0, scope_level1 and scope_level2'

const scopes = z
  .string()
  .max(MOST_SCOPE_BYTES, `must have at most ${MOST_SCOPE_BYTES} characters`)
  .transform((header, context) => {
    const parsed = readBase64Json(header)
    if (parsed !== undefined) return parsed
    context.addIssue(NO_SCOPES)
    return z.NEVER
  })
  .pipe(scopeInput)

function readBase64Json(text: string): unknown {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

const SCOPES =
  'What the caller may see beside the own dialogs: base64 of {scope_level0, scope_level1, scope_level2}.'
export const scopeHeaders = z.object({ 'x-scope-config': described(scopes.optional(), SCOPES) })
export const neededScopeHeaders = z.object({
  'x-scope-config': described(z.string('is required').pipe(scopes), SCOPES),
})

const NOBODY = 'must be the id of a user, of 1 to 255 characters'
/** What is empty is not there. */
const claim = z
  .string(NOBODY)
  .max(255, NOBODY)
  .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), NOBODY)
  .transform((value) => value || undefined)
  .optional()
/** Who the caller of any request says to be, in one of two ways. */
export const callerClaim = z
  .object({ user_id: claim, sender_id: claim })
  .refine(({ user_id, sender_id = user_id }) => user_id === undefined || user_id === sender_id, {
    path: ['sender_id'],
    error: 'must be the same as user_id',
  })

const caller = {
  user_id: described(z.string().optional(), 'Who calls: the one whom the token or session proves.'),
}
export const callerQuery = z.object(caller)

const wholeNumber = (least: number) => {
  const message = `must be a whole number of at least ${least}`
  return z
    .string(message)
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least, message)
}
const limit = described(
  wholeNumber(1)
    .transform((value) => Math.min(value, 100))
    .default(50),
  'No more than 100, whatever is asked for.',
)
const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')

const listed = {
  type: z.enum(['participating', 'available']).default('participating'),
  search: described(
    plain(0, 255)
      .transform((value) => value || undefined)
      .optional(),
    'Part of a title, or of a company of a participant.',
  ),
  archived: described(flag.optional(), 'Only those that the caller has archived, or only the others.'),
}
export const dialogListQuery = z.object({
  ...caller,
  ...listed,
  limit,
  offset: wholeNumber(0).default(0),
})
export const objectListQuery = z.object({ ...caller, ...listed })

export const dialogParams = z.object({ id: z.string() })
export const objectParams = z.object({ type: name, id: name })
export const messageParams = z.object({ id: z.string(), message_id: z.string() })
export const attachmentParams = z.object({ id: z.string() })

const optional = plain(0, 255).nullish()
export const joinBody = z.object({
  display_name: name,
  company: plain(0, 255),
  email: optional,
  phone: optional,
})
export const notificationsBody = z.object({ enabled: z.boolean() })
export const readBody = z.object({ last_read_message_id: id })

export const messageListQuery = z
  .object({
    ...caller,
    limit,
    before: id.optional(),
    after: id.optional(),
    around: id.optional(),
  })
  .superRefine(onePlace)

const content = described(
  z.string().refine((value) => !value.includes('\0'), 'must not contain the character U+0000'),
  'HTML, of which what is safe is kept, or plain text; at most 50,000 bytes, empty only with attachments.',
)

export const MOST_FILE_BYTES = 104_857_600
export const CONTENT_TYPES = [
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/bmp',
  'image/tiff',
  'image/heic',
  'image/heif',
  'image/avif',
  'application/pdf',
  'application/rtf',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'text/plain',
  'text/csv',
  'text/markdown',
  'application/json',
  'application/zip',
  'application/x-zip-compressed',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/ogg',
  'audio/wav',
  'audio/x-wav',
  'audio/webm',
  'audio/flac',
  'video/mp4',
  'video/mpeg',
  'video/webm',
  'video/ogg',
  'video/quicktime',
] as const
const NO_SIZE = `must be a whole number from 1 to ${MOST_FILE_BYTES}`
const file = {
  filename: described(name.regex(/^[^/\\\p{Cc}]+$/u, 'must be a name without a path'), 'Without a path.'),
  content_type: z.enum(CONTENT_TYPES, 'is not among the types that are taken'),
  size: z.int(NO_SIZE).min(1, NO_SIZE).max(MOST_FILE_BYTES, NO_SIZE),
}
export const uploadBody = z.object({ dialog_id: z.string(), ...file })

const MOST_ATTACHMENTS = 10
export const sendMessageBody = z.object({
  content: content.default(''),
  reply_to: described(id.nullish(), 'A message of the same dialog.'),
  attachments: z
    .array(z.object({ s3_key: z.string(), ...file }))
    .max(MOST_ATTACHMENTS, `must have at most ${MOST_ATTACHMENTS} entries`)
    .default([]),
})
export const editMessageBody = z.object({ content })

export const sendHeaders = z.object({
  'idempotency-key': described(
    plain(1, 255).optional(),
    "The client's own key for a send: sent again, it answers the first message.",
  ),
})

// What the host application's back end sends.

export const participantBody = z.object({
  user_id: name,
  display_name: name,
  company: optional,
  email: optional,
  phone: optional,
})
const MOST_META = 8192
const meta = z.record(z.string(), z.unknown()).refine((value) => {
  const json = JSON.stringify(value)
  return json.length <= MOST_META && !/\\u(0000|d[89a-f])/.test(json.replaceAll('\\\\', ''))
}, `must be of at most ${MOST_META} characters as JSON, without U+0000`)
const accessScopes = z.array(scopeInput).max(100, 'must have at most 100 entries')
const object = { object_id: name, object_type: name }
/** People follow it: what a browser would run is none. */
const address = plain(0, 2048)
  .regex(/^(https?:\/\/|\/(?!\/)|$)/, 'must be an http(s) address or a path that begins with /')
  .transform((value) => value || null)
export const createDialogBody = z.object({
  ...object,
  title: optional,
  object_url: address.nullish(),
  participants: z.array(participantBody).min(1, 'must name at least one').max(1000, 'must name at most 1000'),
  access_scopes: accessScopes.default([]),
  meta: meta.nullish(),
})
export const searchDialogsBody = z.object({ ...object, access_scopes: accessScopes.default([]) })
export const accessScopesBody = z.object({ access_scopes: accessScopes })
export const participantParams = z.object({ id: z.string(), user_id: name })
