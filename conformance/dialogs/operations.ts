import type { DialogsErrorCode, Message } from '@parley/wire/dialogs'
import { join, send, type Guest } from './guest.ts'
import { OPEN, type House } from './house.ts'

/** A dialog that is open to some, those who are in it, and those who are not. */
export interface Scene {
  participant: Guest
  /** May see the dialog and join it. */
  matched: Guest
  outsider: Guest
  /** Was in it, and its scopes are not theirs. */
  former: Guest
  id: string
  about: { object_type: string; object_id: string }
  /** By another participant, with a file. */
  message: Message
  /** By the participant. */
  own: Message
}

export const roles = ['participant', 'matched', 'outsider', 'former'] as const
export type Role = (typeof roles)[number]

export async function setScene(house: House): Promise<Scene> {
  const elsewhere = { scope_level0: ['elsewhere'], scope_level1: [], scope_level2: [] }
  const [author, participant, matched] = await house.guests(3)
  const [outsider, former] = [
    await house.guest({ scopes: elsewhere }),
    await house.guest({ scopes: elsewhere }),
  ]
  const dialog = await house.open([author, participant], { access_scopes: [OPEN] })
  const { id, object_type, object_id } = dialog
  await join(former.within(OPEN), id)
  const message = await send(author, id, 'hello')
  const own = await send(participant, id, 'my own')
  await former.call(`POST /dialogs/${id}/leave`)
  return { participant, matched, outsider, former, id, about: { object_type, object_id }, message, own }
}

type Answer = number | DialogsErrorCode

interface Row {
  /** Method and path, as the table of endpoints has it. */
  what: string
  body?: (scene: Scene) => unknown
  participant: Answer
  matched: Answer
  /** Of who never was in it and who no longer is alike. */
  others: Answer
}

const inside = { participant: 200, matched: 'NOT_PARTICIPANT', others: 'NOT_PARTICIPANT' } as const
const open = { participant: 200, matched: 200, others: 'SCOPE_MISMATCH' } as const
const everybody = { participant: 200, matched: 200, others: 200 } as const

export const operations: Row[] = [
  { what: 'GET /dialogs', ...everybody },
  { what: 'GET /dialogs?type=available', ...everybody },
  { what: 'GET /dialogs/by-object/:object_type/:object_id', ...everybody },
  { what: 'GET /dialogs/by-object/:object_type/:object_id/list', ...everybody },
  { what: 'GET /dialogs/:id', ...open },
  { what: 'GET /dialogs/:id/participants', ...open },
  { what: 'POST /dialogs/:id/archive', ...inside },
  { what: 'POST /dialogs/:id/unarchive', ...inside },
  { what: 'POST /dialogs/:id/pin', ...inside },
  { what: 'POST /dialogs/:id/unpin', ...inside },
  { what: 'POST /dialogs/:id/notifications', body: () => ({ enabled: false }), ...inside },
  {
    what: 'POST /dialogs/:id/read',
    body: ({ message }) => ({ last_read_message_id: message.id }),
    ...inside,
  },
  { what: 'GET /dialogs/:id/messages', ...inside },
  { what: 'POST /dialogs/:id/messages', body: () => ({ content: 'Hi' }), ...inside },
  { what: 'GET /dialogs/:id/messages/:message', ...inside },
  { what: 'PUT /dialogs/:id/messages/:own', body: () => ({ content: 'Edited' }), ...inside },
  { what: 'DELETE /dialogs/:id/messages/:own', ...inside, participant: 204 },
  {
    what: 'PUT /dialogs/:id/messages/:message',
    body: () => ({ content: 'Forged' }),
    ...inside,
    participant: 'NOT_MESSAGE_AUTHOR',
  },
  { what: 'DELETE /dialogs/:id/messages/:message', ...inside, participant: 'NOT_MESSAGE_AUTHOR' },
  {
    what: 'POST /upload/presign',
    body: ({ id }) => ({ dialog_id: id, filename: 'a.txt', content_type: 'text/plain', size: 1 }),
    ...inside,
  },
  {
    what: 'POST /dialogs/:id/join',
    body: () => ({ display_name: 'Joined', company: 'Acme' }),
    participant: 'ALREADY_PARTICIPANT',
    matched: 200,
    others: 'SCOPE_MISMATCH',
  },
  { what: 'POST /dialogs/:id/leave', ...inside },
]

export const answerTo = ({ participant, matched, others }: Row, role: Role): Answer =>
  role === 'participant' ? participant : role === 'matched' ? matched : others

export const placed = (what: string, { id, about, message, own }: Scene): string =>
  what
    .replace(':object_type', about.object_type)
    .replace(':object_id', about.object_id)
    .replace(':id', id)
    .replace(':message', message.id)
    .replace(':own', own.id)
