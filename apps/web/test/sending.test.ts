import { describe, expect, test } from 'vitest'
import { ApiError } from '../app/shared/api/client.ts'
import { texts } from './support/chat-options.ts'
import { modelServer } from './support/model-server.ts'
import { useTabs } from './support/tab.ts'

const openTab = useTabs()
const send = 'POST /api/vendor/conversations/7/messages'

const refusal = (status: number, retryAfter: number | null = null) =>
  new ApiError('No.', { status, code: 'server_error', retryAfter })

/** Conversation 7 open in a tab, with all that it asks for at first answered. */
async function openConversation(...options: Parameters<typeof openTab>) {
  const tab = openTab(...options)
  const thread = tab.chat.openThread(7)
  void thread.load()
  await tab.settle()
  const shown = () => thread.messages.value.map(({ text }) => text)
  const states = () => thread.messages.value.map((each) => ('state' in each ? each.state : 'confirmed'))
  return { ...tab, thread, shown, states }
}

describe('sending', () => {
  test('a message is there at once, with a negative id, and is confirmed by the reply', async () => {
    const { thread, settle, states } = await openConversation()
    thread.send('  Hello!  ')
    expect(thread.messages.value).toMatchObject([{ text: 'Hello!', status: 'sent', sender_id: 1 }])
    expect(thread.messages.value[0]?.id).toBeLessThan(0)
    await settle()
    expect(states()).toEqual(['confirmed'])
  })

  test('nothing but white space is no message', async () => {
    const { thread, server } = await openConversation()
    thread.send(' \n ')
    expect(thread.messages.value).toEqual([])
    expect(server.asked(send)).toBe(0)
  })

  test('messages are sent one after the other, in the order of writing', async () => {
    const { thread, server, settle, shown, states } = await openConversation()
    for (const text of ['one', 'two', 'three']) thread.send(text)
    expect(states()).toEqual(['sending', 'queued', 'queued'])
    expect(server.asked(send)).toBe(1)
    await settle()
    expect(shown()).toEqual(['one', 'two', 'three'])
    expect(server.messages(7).map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  })

  test('temporary ids differ and keep their order within one millisecond', async () => {
    const { thread } = await openConversation()
    for (const text of ['one', 'two', 'three']) thread.send(text)
    const ids = thread.messages.value.map(({ id }) => id)
    expect(new Set(ids).size).toBe(3)
    expect(ids.every((id) => id < 0)).toBe(true)
  })

  test('an answer while the connection is away has it come back at once', async () => {
    const model = modelServer([7])
    let reconnects = 0
    const connection = { ...model.connection, reconnect: () => (reconnects += 1) }
    const { thread, server, settle } = await openConversation({ connection }, model)
    server.state.value = 'connected'
    thread.send('one')
    await settle()
    expect(reconnects).toBe(0)
    server.state.value = 'connecting'
    thread.send('two')
    await settle()
    expect(reconnects).toBeGreaterThan(0)
  })

  test('a message whose reply was lost is sent again and written once', async () => {
    const { thread, server, settle, shown } = await openConversation()
    thread.send('Hello!')
    server.serve(0)
    server.cut(0)
    await settle()
    expect(shown()).toEqual(['Hello!'])
    expect(server.messages(7)).toHaveLength(1)
  })

  test('what waits is sent as soon as the connection is back', async () => {
    const { thread, server, pass, states } = await openConversation()
    server.state.value = 'connecting'
    thread.send('Hello!')
    server.serve(0)
    server.cut(0)
    await pass(0)
    expect(states()).toEqual(['queued'])
    server.state.value = 'connected'
    await pass(0)
    expect(states()).toEqual(['sending'])
  })

  test('a message that is refused can be sent again; the next ones do not wait for it', async () => {
    const { thread, server, settle, pass, states } = await openConversation()
    thread.send('one')
    thread.send('two')
    server.refuse(send, refusal(404))
    await pass(0)
    expect(thread.messages.value[0]).toMatchObject({ state: 'failed', error: 'sendError' })
    await settle()
    expect(states()).toEqual(['confirmed', 'failed'])
    const failed = thread.state.value.pending[0]?.key ?? ''
    thread.retry(failed)
    await settle()
    expect(states()).toEqual(['confirmed', 'confirmed'])
  })

  test('a text that is too long says so', async () => {
    const { thread, server, pass } = await openConversation()
    thread.send('a'.repeat(2001))
    server.refuse(send, refusal(422))
    await pass(0)
    expect(thread.messages.value[0]).toMatchObject({ state: 'failed', error: 'messageTooLong' })
  })

  test('a server that asks for patience gets it', async () => {
    const { thread, server, pass, chat } = await openConversation()
    thread.send('Hello!')
    server.refuse(send, refusal(429, 7))
    await pass(0)
    expect(thread.messages.value[0]).toMatchObject({ state: 'queued', error: 'tryLater' })
    chat.wake()
    await pass(6900)
    expect(server.asked(send)).toBe(0)
    await pass(200)
    expect(server.asked(send)).toBe(1)
  })

  test('a line that is cut is tried again, ever later but at least twice a minute', async () => {
    const { thread, server, pass } = await openConversation()
    thread.send('Hello!')
    for (let time = 0; time < 12; time++) {
      server.serve(0)
      server.cut(0)
      await pass(30_000)
    }
    expect(server.asked(send)).toBe(1)
  })

  test('a server in trouble is asked three times, then it is the turn of the next message', async () => {
    const { thread, server, settle, pass, states } = await openConversation()
    thread.send('one')
    thread.send('two')
    for (let time = 0; time < 3; time++) {
      expect(states()).toEqual(['sending', 'queued'])
      server.refuse(send, refusal(500))
      await pass(time < 2 ? 30_000 : 0)
    }
    expect(thread.messages.value[0]).toMatchObject({ state: 'failed', refusal: { status: 500 } })
    await settle()
    expect(states()).toEqual(['confirmed', 'failed'])
    expect(server.messages(7)).toMatchObject([{ text: 'two' }])
  })

  test('a server that is away is waited for', async () => {
    const { thread, server, settle, pass, states } = await openConversation()
    thread.send('one')
    for (let time = 0; time < 5; time++) {
      expect(states()).toEqual(['sending'])
      server.refuse(send, refusal(503))
      await pass(30_000)
    }
    await settle()
    expect(states()).toEqual(['confirmed'])
  })

  test('what the server says against a message is kept with it, until it is tried again', async () => {
    const { thread, server, pass } = await openConversation()
    thread.send('Hello!')
    const fault = { status: 422, code: 'validation_error', details: { text: ['Not so.'] } }
    server.refuse(send, new ApiError('Invalid.', { ...fault, retryAfter: null }))
    await pass(0)
    expect(thread.messages.value[0]).toMatchObject({ refusal: { ...fault, message: 'Invalid.' } })
    thread.retry(thread.state.value.pending[0]?.key ?? '')
    expect(thread.messages.value[0]).toMatchObject({ state: 'sending', error: null, refusal: null })
  })

  test('a message has one key from the beginning, whichever comes first, event or reply', async () => {
    const { thread, server, pass } = await openConversation()
    const keys = () => thread.messages.value.map(thread.keyOf)
    thread.send('one')
    const before = keys()
    server.serve(0)
    server.hear()
    await pass(60)
    expect(thread.messages.value[0]?.id).toBeGreaterThan(0)
    expect(keys()).toEqual(before)
    server.answer(0)
    await pass(60)
    expect(thread.state.value.pending).toEqual([])
    expect(keys()).toEqual(before)
  })

  test('an upload tells how far it is, and changes nothing else', async () => {
    const tell: ((done: number) => void)[] = []
    const { thread } = await openConversation({
      uploadImage: ({ onProgress }) => {
        tell.push(onProgress)
        return new Promise(() => {})
      },
    })
    thread.sendImage(new File(['photo'], 'photo.jpg'))
    const before = thread.state.value
    const key = before.pending[0]?.key ?? ''
    expect(thread.progressOf(key)).toBe(0)
    tell[0]?.(0.5)
    expect(thread.progressOf(key)).toBe(0.5)
    expect(thread.state.value).toBe(before)
  })

  test.each([
    ['is being sent', async () => {}],
    [
      'waits to be tried again',
      async ({ server, pass }: Awaited<ReturnType<typeof openConversation>>) => {
        server.refuse(send, refusal(503))
        await pass(0)
      },
    ],
  ])('a message can be taken back while it %s; then it is the turn of the next one', async (_when, begin) => {
    const tab = await openConversation()
    const { thread, pass, shown, states } = tab
    thread.send('one')
    thread.send('two')
    await begin(tab)
    thread.discard(thread.state.value.pending[0]?.key ?? '')
    await pass(0)
    expect(shown()).toEqual(['two'])
    expect(states()).toEqual(['sending'])
  })

  test('a message can be taken back while it waits', async () => {
    const { thread, settle, server, shown } = await openConversation()
    thread.send('one')
    thread.send('two')
    thread.discard(thread.state.value.pending[1]?.key ?? '')
    await settle()
    expect(shown()).toEqual(['one'])
    expect(server.messages(7)).toHaveLength(1)
  })
})

describe('what is not sent yet', () => {
  test('goes on being sent when another conversation is opened', async () => {
    const { thread, chat, server, settle } = await openConversation()
    thread.send('Hello!')
    thread.leave()
    chat.openThread(8)
    expect(chat.hasUnsent()).toBe(true)
    await settle()
    expect(server.messages(7)).toHaveLength(1)
    expect(chat.hasUnsent()).toBe(false)
  })

  test('is sent after a reload, once', async () => {
    const kept = texts()
    const { thread, server, chat } = await openConversation({ kept })
    for (const text of ['one', 'two']) thread.send(text)
    server.serve(0)
    chat.close()
    server.cut(0)
    const { settle, shown } = await openConversation({ kept }, server)
    await settle()
    expect(shown()).toEqual(['one', 'two'])
    expect(server.messages(7).map(({ text }) => text)).toEqual(['one', 'two'])
    expect(kept.keys()).toEqual([])
  })

  test('is nothing to the next person at the same browser', async () => {
    const kept = texts()
    const { thread, server, chat } = await openConversation({ kept })
    thread.send('Hello!')
    chat.close()
    server.cut(0)
    const next = openTab({ kept, me: 2 })
    await next.settle()
    expect(next.server.messages(7)).toEqual([])
    expect(kept.keys()).toHaveLength(1)
  })
})
