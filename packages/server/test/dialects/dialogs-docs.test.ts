import { errorCodeSchema, errorResponse, uploadResponse } from '@parley/wire/dialogs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { putUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import { openDialogs, scope } from '../support/dialogs.ts'
import type { Dialogs } from '../support/dialogs.ts'
import { readExamples, readPage, runExamples } from '../support/docs.ts'
import { exact } from '../support/workspace.ts'

const page = readPage('dialogs')
const examples = readExamples(page)
const ADMIN_TOKEN = 'the-admin-token-of-these-examples'
const OBJECT = { object_type: 'order', object_id: '7', title: 'Order 7' }

eachStore('docs/dialogs.md', (database) => {
  let dialogs: Dialogs
  let token: string

  beforeAll(async () => {
    dialogs = await openDialogs(database(), { PARLEY_ADMIN_TOKENS: ADMIN_TOKEN })
    const profile = { displayName: 'Alice', avatarUrl: null, role: 'user' as const, orgId: null }
    await putUser(dialogs.server.chat, { id: 'alice', ...profile })
    token = (await dialogs.signIn('alice')).token
    await start(['alice', 'bob'])
    await start(['carol'], [scope(['acme'], ['sales'])])
    const bob = await dialogs.signIn('bob')
    const [dialog] = await dialogs.list(bob)
    await dialogs.send(bob, dialog?.id ?? '', 'When will it be here?')
  })
  afterAll(() => dialogs.close())

  async function start(ids: string[], access_scopes: object[] = []): Promise<void> {
    const nameOf = (id: string) => id.replace(/^./, (letter) => letter.toUpperCase())
    const participants = ids.map((id) => ({ user_id: id, display_name: nameOf(id) }))
    await dialogs.manage('POST /dialogs', { ...OBJECT, participants, access_scopes }, ADMIN_TOKEN)
  }

  async function put(uploadUrl: string): Promise<void> {
    const url = uploadUrl.slice(uploadUrl.indexOf('/uploads/'))
    const headers = { 'content-type': 'text/plain' }
    await dialogs.server.app.inject({ method: 'PUT', url, headers, payload: '0123456789' })
  }

  it('answers its requests, one after the other, as the page says', async () => {
    await runExamples(dialogs.server.app, { token, examples }, async ({ path }, body) => {
      if (path.startsWith('/api/v1/upload/presign')) await put(exact(uploadResponse, body).data.upload_url)
    })
  })

  it('has an example of every operation that the description describes, each by its own id', async () => {
    const reply = await dialogs.server.app.inject('/openapi/dialogs.json')
    const { openapi, paths, components } = reply.json<Description>()
    expect(openapi).toMatch(/^3\.1\./)
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const shown = examples.map(({ method, path }) => `${method} ${shapeOf(path)}`)
    expect([...new Set(shown)].sort()).toEqual(operations.sort())
    const ids = Object.values(paths).flatMap((path) => Object.values(path).map((one) => one.operationId))
    expect(new Set(ids).size).toBe(operations.length)
    for (const [, name = ''] of reply.payload.matchAll(/"#\/components\/schemas\/(\w+)"/g))
      expect(components.schemas).toHaveProperty(name)
    for (const [path, methods] of Object.entries(paths))
      for (const { security } of Object.values(methods))
        expect(security).toEqual(path.includes('/management/') ? [{ admin: [] }] : undefined)
    expect(components.securitySchemes).toHaveProperty('admin')
    expect((await dialogs.server.app.inject('/docs/dialogs/')).statusCode).toBe(200)
  })
})

interface Description {
  openapi: string
  paths: Record<string, Record<string, { operationId: string; security?: object[] }>>
  components: { schemas: object; securitySchemes: object }
}

/** The path of an example as the description calls it. */
const shapeOf = (path: string) =>
  path
    .replace(/\?.*/, '')
    .replace(/(dialogs|attachments)\/[0-9a-f-]{36}/, '$1/{id}')
    .replace(/messages\/[0-9a-f-]{36}/, 'messages/{message_id}')
    .replace(/participants\/.+/, 'participants/{user_id}')
    .replace('order/7', '{type}/{id}')

it('shows an error as errors are, and names every code of them', () => {
  const [, table = ''] = page.split('## Errors')
  const [, error = ''] = /```json\n(.*?)```/s.exec(table) ?? []
  exact(errorResponse, JSON.parse(error))
  const codes = [...table.matchAll(/\| \d+ +\| `(\w+)`/g)].map(([, code]) => code)
  expect(codes.sort()).toEqual([...errorCodeSchema.options].sort())
})
