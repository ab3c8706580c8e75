import { dialogsClientMessage, dialogsHandshake } from '@parley/wire/dialogs-events'
import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import type { IncomingMessage } from 'node:http'
import { ChatError } from '../../core/errors.ts'
import { fromUuid } from '../../core/uuids.ts'
import type { Credentials } from '../../http/authentication.ts'
import type { FrameSession, FrameVocabulary } from '../../realtime/transports/websocket-vocabulary.ts'
import { identify } from './auth.ts'
import type { IdentityOptions } from './auth.ts'
import { dialogsErrors } from './errors.ts'
import { dialogsEvents } from './events.ts'
import { createNarrowing } from './narrowing.ts'

/** Document 004 over its WebSocket. */
export function dialogsSocket(options: IdentityOptions): FrameVocabulary {
  const narrowing = createNarrowing()

  function receive(session: FrameSession, message: unknown): void {
    const parsed = dialogsClientMessage.safeParse(message)
    if (!parsed.success) throw new ChatError('invalid', 'Invalid message format')
    if (parsed.data.type === 'ping') {
      session.send(said({ type: 'pong' }))
      return
    }
    const id = fromUuid('conversation', parsed.data.dialog_id)
    if (id !== null) narrowing[parsed.data.type](session, id)
  }

  return {
    path: '/api/v1/ws',
    refusal: dialogsErrors,
    async authenticate(request) {
      const { user_id, token } = readQuery(request)
      return identify(options, credentialsOf(request, token), user_id)
    },
    greeting: ({ userId }) => said({ type: 'connected', employee_id: userId }),
    receive,
    complaint: (message) => said({ type: 'error', message: message ?? 'Something went wrong on our side.' }),
    deliver: dialogsEvents(narrowing),
  }
}

const said = (event: DialogsServerEvent) => event

function readQuery({ url = '' }: IncomingMessage) {
  const given = [...new URL(url, 'http://host').searchParams].filter(([, value]) => value !== '')
  const parsed = dialogsHandshake.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  const [fault] = parsed.error.issues
  throw new ChatError('invalid', [...(fault?.path ?? []), fault?.message].join(' '))
}

function credentialsOf({ headers }: IncomingMessage, token: string | undefined): Credentials {
  if (token === undefined) return headers
  if (/\s/.test(token)) throw new ChatError('unauthenticated', 'The token is not valid.')
  return { authorization: `Bearer ${token}` }
}
