import { describe, expect, test } from 'vitest'
import { ApiError } from '../app/shared/api/client.ts'
import { modelServer } from './support/model-server.ts'
import { useTabs } from './support/tab.ts'

const openTab = useTabs()
const delivered = 'POST /api/vendor/conversations/7/delivered'
const read = 'POST /api/vendor/conversations/7/read'

async function openApp(...options: Parameters<typeof openTab>) {
  const tab = openTab(...options)
  void tab.chat.list.load()
  await tab.settle()
  await tab.pass(4000)
  /** What has come so far is heard, and no request is served. */
  const hear = async () => {
    for (let event = 0; event < 10; event++) tab.server.hear()
    await tab.pass(60)
  }
  return { ...tab, hear, total: tab.chat.totalUnread }
}

describe('the badge', () => {
  test('grows with each message of somebody else, without a request', async () => {
    const { server, hear, total } = await openApp()
    server.companionWrites(7)
    server.companionWrites(8)
    server.writeElsewhere(9)
    await hear()
    expect(total.value).toBe(2)
    expect(server.asked('unread-count')).toBe(0)
  })

  test('is what the server says after reading on another device, and so is the list', async () => {
    const { server, chat, settle, pass, hear, total } = await openApp()
    server.companionWrites(7)
    server.companionWrites(8)
    await hear()
    server.readElsewhere(7)
    await settle()
    await pass(1000)
    await settle()
    expect(total.value).toBe(1)
    expect(chat.list.find(7)?.unread_count).toBe(0)
  })

  test('does not count a message twice that came while it was being counted', async () => {
    const { server, settle, pass, hear, total } = await openApp()
    server.companionWrites(7)
    server.miss()
    server.serve(0)
    server.companionWrites(7)
    await hear()
    await settle()
    await pass(4000)
    await settle()
    expect(total.value).toBe(2)
  })

  test('does not count what is read as it comes', async () => {
    const { server, chat, settle, hear, total } = await openApp()
    void chat.openThread(7).load()
    await settle()
    server.companionWrites(7)
    await hear()
    expect(total.value).toBe(0)
  })

  test('counts what seemed to be read, once nobody looks any more', async () => {
    const { server, chat, settle, pass, hear, attention, total } = await openApp()
    void chat.openThread(7).load()
    await settle()
    server.companionWrites(7)
    await hear()
    attention.value = false
    await pass(1000)
    await settle()
    expect(total.value).toBe(1)
    expect(chat.list.find(7)?.unread_count).toBe(1)
  })
})

describe('reading', () => {
  async function withUnread() {
    const app = await openApp()
    app.server.companionWrites(7)
    await app.hear()
    await app.settle()
    return app
  }

  test('is told when somebody looks, once', async () => {
    const { server, chat, settle, pass } = await withUnread()
    const thread = chat.openThread(7)
    thread.markRead()
    void thread.load()
    await pass(0)
    expect(server.asked(read)).toBe(0) // before the first unread message is known
    server.serve(0)
    server.answer(0)
    await pass(0)
    thread.markRead()
    expect(server.asked(read)).toBe(1)
    await settle()
    thread.markRead()
    expect(server.asked(read)).toBe(0)
    expect(chat.list.find(7)?.unread_count).toBe(0)
  })

  test('waits for the focus', async () => {
    const { server, chat, settle, pass, attention } = await withUnread()
    attention.value = false
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    thread.markRead()
    expect(server.asked(read)).toBe(0)
    attention.value = true
    await pass(0)
    expect(server.asked(read)).toBe(1)
  })

  test('is told again once the connection is back', async () => {
    const { server, chat, settle, pass } = await withUnread()
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    thread.markRead()
    server.serve(0)
    server.cut(0)
    await pass(0)
    expect(server.asked(read)).toBe(0)
    chat.wake()
    expect(server.asked(read)).toBe(1)
  })

  test('leaves the line in its place above the first message that was unread', async () => {
    const { server, chat, settle } = await withUnread()
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    const first = server.messages(7)[0]?.id
    expect(thread.firstUnreadId.value).toBe(first)
    thread.markRead()
    server.companionWrites(7)
    await settle()
    expect(thread.firstUnreadId.value).toBe(first)
  })
})

describe('delivery', () => {
  test('is confirmed at once, then for all that came within half a second', async () => {
    const { server, hear, pass } = await openApp()
    server.companionWrites(7)
    await hear()
    expect(server.asked(delivered)).toBe(1)
    server.companionWrites(7)
    server.companionWrites(7)
    await hear()
    expect(server.asked(delivered)).toBe(1)
    await pass(500)
    expect(server.asked(delivered)).toBe(2)
  })

  test('is not confirmed for own messages', async () => {
    const { server, hear } = await openApp()
    server.writeElsewhere(7)
    await hear()
    expect(server.asked(delivered)).toBe(0)
  })

  test('is confirmed for what came while nobody was here', async () => {
    const server = modelServer([7])
    server.companionWrites(7)
    const { chat, pass } = openTab({}, server)
    void chat.list.load()
    await pass(0)
    server.answerAll()
    await pass(0)
    expect(server.asked(delivered)).toBe(1)
  })
})

describe('a burst', () => {
  test('changes what is shown once per frame', async () => {
    const { server, chat, settle, pass } = await openApp()
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    const before = thread.state.value
    for (let count = 0; count < 100; count++) server.companionWrites(7)
    for (let count = 0; count < 100; count++) server.hear()
    expect(thread.state.value).toBe(before)
    await pass(60)
    expect(thread.messages.value).toHaveLength(100)
    expect(thread.arrived.value).toHaveLength(100)
  })
})

describe('a session that has ended', () => {
  const ended = new ApiError('No.', { status: 401, code: 'authentication_error', retryAfter: null })

  test('is told, whatever it was that the server refused', async () => {
    let told = 0
    const { server, pass } = openTab({ onUnauthorized: () => void (told += 1) })
    server.refuse('unread-count', ended)
    await pass(0)
    expect(told).toBe(1)
  })

  test('is told by the connection, too', async () => {
    let told = 0
    const { server, pass } = openTab({ onUnauthorized: () => void (told += 1) })
    server.state.value = 'unauthorized'
    await pass(0)
    expect(told).toBe(1)
  })
})
