import type { Conversation, Event, Message } from '@parley/wire/marketplace'
import { Centrifuge } from 'centrifuge'
import type { ServerSubscribedContext } from 'centrifuge'
import { EventEmitter, once } from 'node:events'
import { WebSocket } from 'ws'

/** What is expected arrives within this time, or the example fails. */
const PATIENCE_MS = 10_000

type DataOf<Type extends Event['type']> = Extract<Event, { type: Type }>['data']

export interface Answer<T> {
  status: number
  data: T
}

/** One user with one open application: REST calls one way, events the other. */
export interface Person {
  id: number
  name: string
  get<T>(path: string): Promise<Answer<T>>
  post<T>(path: string, body?: object | FormData): Promise<Answer<T>>
  /** Opens the realtime connection and waits until the personal channel is there. */
  connect(): Promise<ServerSubscribedContext>
  /** Takes the next event of this type that fits; waits for it where it is still to come. */
  hears<Type extends Event['type']>(type: Type, fits?: (data: DataOf<Type>) => boolean): Promise<DataOf<Type>>
  /** Cuts the line. The client notices, comes back by itself, and the promise resolves. */
  loseConnection(): { back: Promise<ServerSubscribedContext> }
  disconnect(): void
}

export type { Conversation, Message }

interface SignIn {
  session: string
  csrf_token: string
  user: { id: number; display_name: string }
}

/** Only the demo has this door. In your product your own login opens the session: `POST /host/sessions`. */
export async function signIn(server: string, userId: number): Promise<Person> {
  const headers = { accept: 'application/json' }
  const response = await fetch(`${server}/demo/sign-in/${userId}`, { headers }).catch(() => null)
  if (!response?.ok)
    throw new Error(`There is no demo at ${server}. Start one in another terminal: npm start`)
  return personOf(server, (await response.json()) as SignIn)
}

function personOf(server: string, { session, csrf_token, user }: SignIn): Person {
  const cookie = `PARTIZAP_SESSION=${session}; CSRF_TOKEN=${csrf_token}`
  const name = user.display_name.replace(/ .*/, '')
  const call = async <T>(method: string, path: string, body?: object | FormData): Promise<Answer<T>> => {
    const response = await fetch(`${server}/api/vendor${path}`, {
      method,
      headers: {
        cookie,
        'x-csrf-token': csrf_token,
        ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      body: body instanceof FormData ? body : JSON.stringify(body),
    })
    const answer = (await response.json()) as { data: T; error?: { message: string } }
    if (answer.error) throw new Error(`${name}: ${method} ${path} answered ${answer.error.message}`)
    return { status: response.status, data: answer.data }
  }
  return {
    id: user.id,
    name,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    ...realtimeOf(server, name, cookie),
  }
}

function realtimeOf(server: string, name: string, cookie: string) {
  const sockets: WebSocket[] = []
  // A browser sends its cookies by itself, and there `new Centrifuge(url)` is all. Node has to be told.
  class SocketWithCookies extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { cookie } })
      sockets.push(this)
    }
  }
  const centrifuge = new Centrifuge(`${server.replace('http', 'ws')}/connection/websocket`, {
    websocket: SocketWithCookies,
    minReconnectDelay: 500,
  })

  const heard: Event[] = []
  const arrivals = new EventEmitter()
  centrifuge.on('publication', ({ data }) => {
    heard.push(data as Event)
    arrivals.emit('event')
  })

  const subscribed = () => within(`${name} did not connect`, (signal) => onceSubscribed(centrifuge, signal))

  return {
    connect() {
      centrifuge.connect()
      return subscribed()
    },
    hears<Type extends Event['type']>(type: Type, fits: (data: DataOf<Type>) => boolean = () => true) {
      const isIt = (event: Event) => event.type === type && fits(event.data as DataOf<Type>)
      // Whoever has another window open does not go offline.
      const hint = type === 'presence' ? ' (is one of them signed in elsewhere, too?)' : ''
      return within(`${name} did not hear ${type}${hint}`, async (signal) => {
        while (!heard.some(isIt)) await once(arrivals, 'event', { signal })
        const [event] = heard.splice(heard.findIndex(isIt), 1)
        return event?.data as DataOf<Type>
      })
    },
    loseConnection() {
      const back = subscribed()
      sockets.at(-1)?.terminate()
      return { back }
    },
    disconnect: () => centrifuge.disconnect(),
  }
}

function onceSubscribed(centrifuge: Centrifuge, signal: AbortSignal) {
  return new Promise<ServerSubscribedContext>((resolve, reject) => {
    centrifuge.once('subscribed', resolve)
    signal.addEventListener('abort', () => reject(new Error('too late')))
  })
}

async function within<T>(failure: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  return work(signal).catch((error: unknown) => {
    throw signal.aborted ? new Error(`${failure} within ${PATIENCE_MS / 1000} seconds.`) : error
  })
}
