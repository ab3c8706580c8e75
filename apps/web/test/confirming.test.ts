import { describe, expect, test } from 'vitest'
import { ApiError } from '../app/shared/api/client.ts'
import { modelServer } from './support/model-server.ts'
import { useApp, useTabs } from './support/tab.ts'

const openTab = useTabs()
const openApp = useApp(openTab)
const delivered = 'POST /api/vendor/conversations/7/delivered'
const read = 'POST /api/vendor/conversations/7/read'

const trouble = new ApiError('No.', { status: 503, code: 'server_error', retryAfter: null })
const patience = new ApiError('No.', { status: 429, code: 'rate_limited', retryAfter: 7 })

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

  test.each([
    ['is in trouble', trouble, 500],
    ['asks for patience', patience, 7000],
  ])('is told again to a server that %s', async (_what, fault, delay) => {
    const { server, chat, settle, pass } = await withUnread()
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    thread.markRead()
    server.refuse(read, fault)
    await pass(delay - 1)
    expect(server.asked(read)).toBe(0)
    await pass(1)
    expect(server.asked(read)).toBe(1)
  })

  test('is told at once, and then at most twice a second', async () => {
    const { server, chat, settle, pass, hear } = await withUnread()
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    thread.markRead()
    expect(server.asked(read)).toBe(1)
    server.answerAll()
    server.companionWrites(7)
    await hear()
    thread.markRead()
    expect(server.asked(read)).toBe(0)
    await pass(500)
    expect(server.asked(read)).toBe(1)
  })

  test('is told before the conversation is left', async () => {
    const { server, chat, settle, hear } = await withUnread()
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    thread.markRead()
    server.answerAll()
    server.companionWrites(7)
    await hear()
    thread.markRead()
    thread.leave()
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
    server.answerAll()
    await pass(500)
    expect(server.asked(delivered)).toBe(1)
    server.answerAll()
    await pass(500)
    expect(server.asked(delivered)).toBe(0)
  })

  test('is confirmed again to a server that was in trouble', async () => {
    const { server, hear, pass } = await openApp()
    server.companionWrites(7)
    await hear()
    server.refuse(delivered, trouble)
    await pass(0)
    expect(server.asked(delivered)).toBe(0)
    await pass(500)
    expect(server.asked(delivered)).toBe(1)
  })

  test('is not confirmed by a chat that is over', async () => {
    const server = modelServer([7])
    server.companionWrites(7)
    const { chat, pass } = openTab({}, server)
    void chat.list.load()
    await pass(0)
    chat.close()
    server.answerAll()
    await pass(0)
    expect(server.asked(delivered)).toBe(0)
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
