import { dialogsClientMessage } from '@parley/wire/dialogs-events'
import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import type { IncomingMessage } from 'node:http'
import { ChatError } from '../../core/errors.ts'
import { fromUuid } from '../../core/uuids.ts'
import type { Credentials } from '../../http/authentication.ts'
import type { FrameSession, FrameVocabulary } from '../../realtime/transports/websocket-vocabulary.ts'
import { claimedIn, identify } from './auth.ts'
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
      const query = queryOf(request)
      return identify(options, credentialsOf(request, query.token), claimedIn(query))
    },
    greeting: ({ userId }) => said({ type: 'connected', employee_id: userId }),
    receive,
    complaint: (message) => said({ type: 'error', message: message ?? 'Something went wrong on our side.' }),
    deliver: dialogsEvents(narrowing),
  }
}

const said = (event: DialogsServerEvent) => event

function queryOf({ url = '' }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(new URL(url, 'http://host').searchParams)
}

function credentialsOf({ headers }: IncomingMessage, token: string | undefined): Credentials {
  if (!token) return headers
  if (/\s/.test(token)) throw new ChatError('unauthenticated', 'The token is not valid.')
  return { authorization: `Bearer ${token}` }
}
