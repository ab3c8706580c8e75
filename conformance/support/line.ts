import { expect } from 'vitest'
import { directServerEvents } from '@parley/wire/direct'
import { acknowledgementSchema, roomsServerEvents } from '@parley/wire/rooms-events'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { createInbox } from './inbox.ts'
import { strict } from './shape.ts'
import { within } from './wait.ts'

/** Both vocabularies share a connection; what they have in common, `error`, is the same in both. */
const serverEvents = { ...directServerEvents, ...roomsServerEvents }
type ServerEvents = typeof serverEvents
type EventName = keyof ServerEvents
type Payload<Name extends EventName> = ReturnType<ServerEvents[Name]['parse']>

interface Heard {
  event: string
  data: unknown
}

interface Answer {
  success: boolean
  error?: string | undefined
}

/** The official client, connected, with everything it was told. */
export interface Line {
  socket: Socket
  /** Every event since the start, in the order of arrival, each by its schema. */
  heard: Heard[]
  /** Resolves with what the callback is given. */
  emit: (event: string, ...args: unknown[]) => Promise<Answer>
  /** The same for what is done. */
  act: (event: string, ...args: unknown[]) => Promise<void>
  /** The same for what is refused; returns the `error` event, which says what the callback is told. */
  fail: (event: string, ...args: unknown[]) => Promise<Payload<'error'>>
  /** Takes the first event of this name that no one has taken yet; waits for it when it is still to come. */
  next: <Name extends EventName>(
    event: Name,
    where?: (data: Payload<Name>) => boolean,
  ) => Promise<Payload<Name>>
  /** All events of this name so far, taken or not. */
  all: <Name extends EventName>(event: Name) => Payload<Name>[]
  /** Resolves once the condition holds; takes nothing. */
  saw: (what: string, condition: () => boolean) => Promise<void>
  /** What no `next` has taken yet; taken thereby. */
  rest: () => Heard[]
  /** Cuts the line and keeps it cut until `restore`. */
  cut: () => Promise<void>
  restore: () => Promise<void>
  close: () => void
  /** Events that are not as their schema says. */
  faults: unknown[]
}

export type LineOptions = Partial<ManagerOptions & SocketOptions>

const PATIENCE_MS = 10_000

const openSocket = (url: string, options: LineOptions): Socket =>
  io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 200, ...options })

/** Resolves with what the client is told when it is let in nowhere. */
export async function refusedConnection(url: string, options: LineOptions): Promise<unknown> {
  const socket = openSocket(url, options)
  try {
    const refused = new Promise((resolve) => {
      socket.once('connect_error', (error) => resolve('data' in error ? error.data : error.message))
      socket.once('connect', () => resolve('connected'))
    })
    return await within(PATIENCE_MS, () => 'the refusal', refused)
  } finally {
    socket.disconnect()
  }
}

export async function openLine(url: string, options: LineOptions): Promise<Line> {
  const socket = openSocket(url, options)
  const inbox = collect(socket)
  await connected(socket)

  const emit: Line['emit'] = async (event, ...args) => {
    const answer: unknown = await socket.timeout(PATIENCE_MS).emitWithAck(event, ...args)
    return acknowledgementSchema.parse(answer)
  }
  return {
    ...inbox,
    socket,
    emit,
    act: async (event, ...args) => {
      expect(await emit(event, ...args), `${event} ${JSON.stringify(args)}`).toMatchObject({ success: true })
    },
    fail: async (event, ...args) => {
      const answer = await emit(event, ...args)
      const error = await inbox.next('error')
      expect(answer, `${event} ${JSON.stringify(args)}`).toEqual({ success: false, error: error.message })
      expect(error.event).toBe(event)
      return error
    },
    cut: async () => {
      const gone = new Promise((resolve) => socket.once('disconnect', resolve))
      socket.io.reconnection(false)
      socket.io.engine.close()
      await within(PATIENCE_MS, () => 'the client to notice that the line is cut', gone)
    },
    restore: async () => {
      socket.io.reconnection(true)
      socket.connect()
      await connected(socket)
    },
    close: () => {
      socket.disconnect()
      expect(inbox.faults, 'events that are not as their schema says').toEqual([])
    },
  }
}

async function connected(socket: Socket): Promise<void> {
  if (socket.connected) return
  const here = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  try {
    await within(PATIENCE_MS, () => 'the client to be connected', here)
  } catch (error) {
    socket.disconnect()
    throw error
  }
}

function collect(socket: Socket) {
  const { keep, wake, take, ...inbox } = createInbox<Heard>()
  socket.onAny((event: string, ...args: unknown[]) => {
    keep(() => ({ event, data: parsed(event, args) }))
    // After the listeners of this event, which are called after those of any.
    queueMicrotask(wake)
  })
  return {
    ...inbox,
    // Every payload has been held to the schema of its name.
    next: async <Name extends EventName>(
      event: Name,
      where: (data: Payload<Name>) => boolean = () => true,
    ): Promise<Payload<Name>> => {
      const { data } = await take(event, (item) => item.event === event && where(item.data as Payload<Name>))
      return data as Payload<Name>
    },
    all: <Name extends EventName>(event: Name) =>
      inbox.heard.filter((item) => item.event === event).map(({ data }) => data as Payload<Name>),
  }
}

function parsed(event: string, args: unknown[]): unknown {
  const schema = Object.entries(serverEvents).find(([name]) => name === event)?.[1]
  if (!schema) throw new Error(`there is no event ${event}`)
  expect(args, `arguments of ${event}`).toHaveLength(1)
  return strict<unknown>(schema, args[0])
}
