import { describe, expect, test } from 'vitest'
import { ApiError } from '../app/shared/api/client.ts'
import { modelServer } from './support/model-server.ts'
import { useApp, useTabs } from './support/tab.ts'

const openTab = useTabs()
const openApp = useApp(openTab)
const delivered = 'POST /api/vendor/conversations/7/delivered'

const trouble = new ApiError('No.', { status: 503, code: 'server_error', retryAfter: null })

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

  test('is compared with what was unread from the beginning, too', async () => {
    const server = modelServer([7, 8])
    server.companionWrites(7)
    server.companionWrites(8)
    const { chat, settle, pass } = await openApp({}, server)
    server.readElsewhere(7)
    await settle()
    await pass(1000)
    await settle()
    expect(chat.list.find(7)?.unread_count).toBe(0)
    expect(chat.list.find(8)?.unread_count).toBe(1)
  })

  test('counts what comes below what is in view, until it is read', async () => {
    const { server, chat, settle, pass, hear, total } = await openApp()
    const thread = chat.openThread(7)
    void thread.load()
    await settle()
    thread.setAtEnd(false)
    server.companionWrites(7)
    await hear()
    expect(total.value).toBe(1)
    expect(chat.list.find(7)?.unread_count).toBe(1)
    expect(server.asked(delivered)).toBe(1)
    thread.setAtEnd(true)
    thread.markRead()
    await settle()
    await pass(1000)
    expect(total.value).toBe(0)
    expect(chat.list.find(7)?.unread_count).toBe(0)
  })

  test('is counted again when the server could not say', async () => {
    const { server, chat, settle, pass } = openTab()
    server.companionWrites(7)
    await pass(0)
    server.refuse('unread-count', trouble)
    await pass(500)
    await settle()
    expect(server.total()).toBe(1)
    expect(chat.totalUnread.value).toBe(1)
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
    await pass(0)
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
