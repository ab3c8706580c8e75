import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { eachStore, freshPostgresUrl } from '../support/databases.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

eachStore('notifications', (db) => {
  test('reach every listener of their channel, in order, and no other', async () => {
    const heard: string[] = []
    const leave = await Promise.all([
      db().listen('news', (payload) => heard.push(`a ${payload}`)),
      db().listen('news', (payload) => heard.push(`b ${payload}`)),
      db().listen('Other "news"', (payload) => heard.push(`other ${payload}`)),
    ])
    await db().notify('news', 'one')
    await db().notify('news', 'two')
    await db().notify('Other "news"', '')
    await vi.waitFor(() => expect(heard).toHaveLength(5))
    expect(heard).toEqual(['a one', 'b one', 'a two', 'b two', 'other '])
    await Promise.all(leave.map((stop) => stop()))
  })

  test('end for a listener that leaves, and not for the others', async () => {
    const heard: string[] = []
    const leave = await db().listen('news', (payload) => heard.push(`left ${payload}`))
    const stay = await db().listen('news', (payload) => heard.push(payload))
    await leave()
    await leave()
    await db().notify('news', 'one')
    await vi.waitFor(() => expect(heard).toEqual(['one']))
    await stay()
  })
})

let proxy: Proxy
let drop = (): Promise<void> => Promise.resolve()
let near: Database
let far: Database

beforeEach(async () => {
  const fresh = await freshPostgresUrl()
  drop = fresh.drop
  proxy = await startProxy(fresh.url)
  const open = async (databaseUrl: string): Promise<Database> =>
    (await openPostgres({ databaseUrl, onError: () => undefined })).db
  ;[near, far] = await Promise.all([open(fresh.url), open(proxy.url)])
})

afterEach(async () => {
  await Promise.all([near.close(), far.close()])
  await proxy.close()
  await drop()
})

test('notifications of one process reach another', async () => {
  const heard: string[] = []
  await far.listen('news', (payload) => heard.push(payload))
  await near.notify('news', 'Привет 👋')
  await vi.waitFor(() => expect(heard).toEqual(['Привет 👋']))
})

test('a listener whose connection was lost is called once with nothing, and then hears again', async () => {
  const heard: string[] = []
  await far.listen('news', (payload) => heard.push(`news ${payload}`))
  await far.listen('weather', (payload) => heard.push(`weather ${payload}`))
  proxy.cut()
  await near.notify('news', 'missed')
  const late = far.listen('late', (payload) => heard.push(`late ${payload}`))
  proxy.restore()
  await late
  await near.notify('news', 'heard')
  await near.notify('late', 'too')
  await vi.waitFor(() => expect(heard).toContain('late too'))
  expect(heard.filter((entry) => !entry.startsWith('late'))).toEqual(['news ', 'weather ', 'news heard'])
})

test('closing ends a listener that is trying to reconnect', async () => {
  await far.listen('news', () => undefined)
  const before = proxy.taken()
  proxy.cut()
  await vi.waitFor(() => expect(proxy.taken()).toBeGreaterThan(before))
  const waiting = far.listen('other', () => undefined)
  await far.close()
  await expect(waiting).rejects.toThrow('closed')
})
