import { setTimeout as later } from 'node:timers/promises'
import type { DialogListItem, Message } from '@parley/wire/dialogs'
import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import { insist } from '../support/insist.ts'
import { within } from '../support/wait.ts'
import {
  dialogAbout,
  getDialog,
  join,
  listDialogs,
  listMessages,
  listParticipants,
  read,
  send,
  type Guest,
} from './guest.ts'
import { openLine, socketUrl, type Line } from './line.ts'

type Shown = Pick<Message, 'id' | 'sender_id' | 'content' | 'message_type'>

/** What the protocol's public SDK keeps for a page, by its habits. */
export interface Sdk {
  active: DialogListItem[]
  archived: DialogListItem[]
  available: DialogListItem[]
  /** The dialog that is open, and what is shown of it, in the order in which it came. */
  open: DialogListItem | null
  messages: Shown[]
  firstUnread: string | null
  participants: string[]
  /** What came on each of its sockets so far. */
  connections: DialogsServerEvent[][]
  /** Loads the lists, each with a filter of its own. */
  load: () => Promise<void>
  show: (id: string) => Promise<void>
  /** Inline, beside the thing that is talked about. */
  showAbout: (type: string, id: string) => Promise<void>
  join: () => Promise<void>
  send: (content: string) => Promise<Message>
  /** Resolves once the page looks as it should. */
  saw: (what: string, condition: () => boolean) => Promise<void>
  close: () => Promise<void>
}

const PATIENCE_MS = 20_000
const PING_MS = 200
const RECONNECT_MS = 30

export async function startSdk(url: () => string, me: Guest): Promise<Sdk> {
  const query = { user_id: me.id, ...(me.token !== null && { token: me.token }) }
  let line: Line
  let isOver = false
  const watchers = new Set<() => void>()
  /** Refetching and what events ask for, one after the other. */
  let work = Promise.resolve()
  const queue = (what: string, task: () => Promise<void>) => {
    work = work
      .then(() => (isOver ? undefined : insist(what, task)))
      .then(() => watchers.forEach((watch) => watch()))
  }

  const sdk: Sdk = {
    active: [],
    archived: [],
    available: [],
    open: null,
    messages: [],
    firstUnread: null,
    participants: [],
    connections: [],
    async load() {
      sdk.active = await listDialogs(me, '?type=participating&archived=false')
      sdk.available = await listDialogs(me, '?type=available')
      sdk.archived = await listDialogs(me, '?type=participating&archived=true')
    },
    async show(id) {
      if (sdk.open && sdk.open.id !== id) line.say({ type: 'unsubscribe', dialog_id: sdk.open.id })
      const known = [...sdk.active, ...sdk.archived, ...sdk.available].find((dialog) => dialog.id === id)
      await select(known ?? { ...(await getDialog(me, id)), participants_count: 0, participants: [] })
    },
    async showAbout(type, id) {
      const dialog = await dialogAbout(me, type, id)
      if (dialog) await select(dialog)
    },
    async join() {
      if (!sdk.open) throw new Error('nothing to join')
      await join(me, sdk.open.id)
      sdk.open = { ...sdk.open, i_am_participant: true, can_join: false }
      await refresh()
    },
    async send(content) {
      if (!sdk.open) throw new Error('nowhere to write')
      const message = await send(me, sdk.open.id, content)
      show(message)
      sdk.firstUnread = null
      return message
    },
    async saw(what, condition) {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const watch = () => condition() && resolve(undefined)
      watchers.add(watch)
      watch()
      await within(PATIENCE_MS, () => `${what}; shown: ${JSON.stringify(sdk)}`, promise).finally(() =>
        watchers.delete(watch),
      )
    },
    async close() {
      isOver = true
      await work
      await line.close()
    },
  }

  async function select(dialog: DialogListItem) {
    sdk.open = dialog
    sdk.messages = []
    line.say({ type: 'subscribe', dialog_id: dialog.id })
    await refresh()
  }

  async function refresh() {
    if (!sdk.open?.i_am_participant) return
    const { messages, first_unread_message_id } = await listMessages(me, sdk.open.id, '?limit=100')
    sdk.firstUnread = first_unread_message_id ?? null
    const known = new Set(messages.map(({ id }) => id))
    // What came while the list was on its way is not in it.
    sdk.messages = [
      ...messages,
      ...sdk.messages.filter(({ id }) => !known.has(id) && id > (messages.at(-1)?.id ?? '')),
    ]
    sdk.participants = (await listParticipants(me, sdk.open.id)).map(({ user_id }) => user_id)
  }

  function show(message: Shown) {
    const index = sdk.messages.findIndex(({ id }) => id === message.id)
    if (index < 0) sdk.messages.push(message)
    else sdk.messages[index] = message
  }

  const lists = () => [sdk.active, sdk.archived, sdk.available]
  const everywhere = (id: string, change: (dialog: DialogListItem) => void) =>
    lists().forEach((list) => list.filter((dialog) => dialog.id === id).forEach(change))

  function take(event: DialogsServerEvent) {
    const openId = sdk.open?.id
    switch (event.type) {
      case 'message.new': {
        const isOthers = event.sender_id !== me.id && event.message_type === 'user'
        everywhere(event.dialog_id, (dialog) => {
          dialog.last_message_at = event.sent_at
          if (isOthers && event.dialog_id !== openId) dialog.unread_count = (dialog.unread_count ?? 0) + 1
        })
        if (event.dialog_id !== openId) break
        if (!sdk.messages.some(({ id }) => id === event.id)) sdk.messages.push(event)
        // Once for the page, and once for the list beside it.
        if (isOthers)
          for (let n = 0; n < 2; n++) queue('to have read', () => read(me, event.dialog_id, event.id))
        break
      }
      case 'message.edited':
        for (const message of sdk.messages) if (message.id === event.id) message.content = event.content
        break
      case 'message.deleted':
        sdk.messages = sdk.messages.filter(({ id }) => id !== event.id)
        break
      case 'participant.joined':
      case 'participant.left':
        if (event.user_id === me.id) queue('the lists', sdk.load)
        else if (event.dialog_id === openId) queue('the participants', refresh)
        break
      case 'dialog.archived':
      case 'dialog.unarchived':
        queue('the lists', sdk.load)
        break
      case 'connected':
      case 'message.read':
      case 'presence.update':
      case 'pong':
      case 'error':
        break
    }
  }

  async function connect() {
    line = await insist('a connection', () => openLine(socketUrl(url(), query)))
    const heard: DialogsServerEvent[] = []
    sdk.connections.push(heard)
    let count = 0
    line.socket.on('message', () => {
      for (const event of line.heard.slice(count)) {
        heard.push(event)
        take(event)
      }
      count = line.heard.length
      watchers.forEach((watch) => watch())
    })
    const pings = setInterval(() => line.socket.readyState === 1 && line.say({ type: 'ping' }), PING_MS)
    void line.closed.then(async () => {
      clearInterval(pings)
      await later(RECONNECT_MS)
      if (isOver) return
      await connect()
      if (sdk.open) line.say({ type: 'subscribe', dialog_id: sdk.open.id })
      queue('everything anew', async () => {
        await sdk.load()
        await refresh()
      })
    })
  }

  await connect()
  return sdk
}
