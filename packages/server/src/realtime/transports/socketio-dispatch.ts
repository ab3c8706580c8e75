import type { Socket } from 'socket.io'
import { ChatError } from '../../core/errors.ts'
import { refusalOf } from '../../http/errors.ts'
import { createRateLimit, tooMany } from '../../http/rate-limit.ts'
import { createInbox } from './socketio-inbox.ts'
import type { SocketSession, Vocabulary } from './socketio-vocabulary.ts'

interface DispatcherOptions {
  vocabularies: Vocabulary[]
  /** Events per minute and user; 0 is off. */
  rateLimit: number
  onError: (error: unknown) => void
}

export interface Dispatcher {
  /** From now on, what comes on this connection is dealt with. */
  listen(socket: Socket, session: SocketSession): void
  /** Resolves once all that has come is dealt with. */
  settled(): Promise<void>
}

/** Hands what clients send to the vocabulary that it is of. Whatever they send, their connections live on. */
export function createDispatcher({ vocabularies, rateLimit, onError }: DispatcherOptions): Dispatcher {
  const limit = createRateLimit(rateLimit)
  const working = new Set<Promise<void>>()

  async function handle(session: SocketSession, call: Call): Promise<void> {
    try {
      if (limit(session.userId ?? session.id) > 0) throw tooMany()
      const handler = vocabularyOf(call)?.handlers[call.event]
      if (!handler) throw new ChatError('not_found', 'There is no such event.')
      const result = await handler(session, ...call.payload)
      call.acknowledge?.({ success: true, ...result })
    } catch (error) {
      refuse(session, call, error)
    }
  }

  function refuse(session: SocketSession, call: Call, error: unknown): void {
    const refusal = error instanceof Error ? refusalOf(error) : null
    if (!refusal) onError(error)
    const said = vocabularyOf(call)?.refusal(error, call.event) ?? {
      message: refusal?.message ?? 'Something went wrong on our side.',
      code: refusal?.code ?? 'internal',
    }
    session.emit('error', { ...said, event: call.event })
    call.acknowledge?.({ success: false, error: said.message })
  }

  function vocabularyOf({ event }: Call): Vocabulary | undefined {
    return vocabularies.find(({ handlers }) => Object.hasOwn(handlers, event))
  }

  return {
    listen(socket, session) {
      const inbox = createInbox(socket, (call: Call) => handle(session, call))
      socket.onAny((...args: unknown[]) => {
        const call = readCall(args)
        const done = inbox.put(call)
        if (!done) {
          refuse(session, call, new ChatError('rate_limited', 'You send too much at once.'))
          return
        }
        working.add(done)
        void done.finally(() => working.delete(done))
      })
    },
    async settled() {
      await Promise.all(working)
    },
  }
}

interface Call {
  event: string
  payload: unknown[]
  /** Where the client asked for it. */
  acknowledge: ((answer: object) => void) | undefined
}

const LONGEST_EVENT = 100

function readCall([event, ...args]: unknown[]): Call {
  const last = args.at(-1)
  const isAcknowledged = typeof last === 'function'
  return {
    event: String(event).slice(0, LONGEST_EVENT),
    payload: isAcknowledged ? args.slice(0, -1) : args,
    // Nothing that comes over the wire is a function: Socket.IO put it there.
    acknowledge: isAcknowledged ? (last as Call['acknowledge']) : undefined,
  }
}
