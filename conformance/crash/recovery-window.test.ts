import { expect, test } from 'vitest'
import { listMessages, send } from '../support/acts.ts'
import { useChat } from '../support/chat.ts'

const WINDOW = 20
const chat = useChat(() => ({ env: { PARLEY_RECOVERY_EVENTS: String(WINDOW) } }))

test.each([
  { missed: 15, recovered: true },
  { missed: WINDOW, recovered: true },
  { missed: WINDOW + 1, recovered: false },
  { missed: 30, recovered: false },
])(
  `of ${WINDOW} events at the most, one that missed $missed hears recovered: $recovered`,
  async ({ missed, recovered }) => {
    const { buyer, seller, conversation } = await chat.pair()
    const listener = await chat.connect(buyer)
    const ids = [(await send(seller, conversation.id, 'Seen')).id]
    await listener.next('message.new')
    await listener.cut()
    for (let n = 1; n <= missed; n++) ids.push((await send(seller, conversation.id, `Missed ${n}`)).id)
    expect(await listener.restore()).toMatchObject({ wasRecovering: true, recovered })
    const live = await send(seller, conversation.id, 'Live again')
    await listener.next('message.new', ({ message }) => message.id === live.id)
    const heard = listener.received.flatMap((event) =>
      event.type === 'message.new' ? [event.data.message.id] : [],
    )
    expect(heard).toEqual(recovered ? [...ids, live.id] : [ids[0], live.id])
    // Whoever was not recovered fetches.
    const { data } = await listMessages(buyer, conversation.id, { limit: 100 })
    expect(data.map(({ id }) => id).reverse()).toEqual([...ids, live.id])
  },
)
