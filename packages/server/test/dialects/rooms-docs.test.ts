import { errorResponse } from '@parley/wire/rooms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { putSubject } from '../../src/core/subjects.ts'
import { putUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import { readExamples, readPage, runExamples } from '../support/docs.ts'
import { exact, openWorkspace } from '../support/workspace.ts'
import type { Workspace } from '../support/workspace.ts'
import { hs256 } from '../tokens.ts'

const page = readPage('rooms')
const examples = readExamples(page)

eachStore('docs/rooms.md', (database) => {
  let workspace: Workspace

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    const { chat } = workspace.server
    for (const displayName of ['Alice', 'Bob', 'Carol', 'Dana']) {
      const role = displayName === 'Dana' ? ('support' as const) : ('user' as const)
      await putUser(chat, { id: displayName.toLowerCase(), displayName, avatarUrl: null, role, orgId: null })
    }
    const request = { type: 'purchase_request', id: 'pr-1', title: 'Winter tyres', url: null, details: {} }
    await putSubject(chat, { ...request, ownerId: 'alice' })
  })
  afterAll(() => workspace.close())

  it('answers its requests, one after the other, as the page says', async () => {
    const token = await hs256({ sub: 'alice', exp: Math.floor(Date.now() / 1000) + 60 })
    await runExamples(workspace.server.app, { token, examples })
  })

  it('has an example of every operation', async () => {
    const { app } = workspace.server
    const { paths } = (await app.inject('/openapi/rooms.json')).json<{ paths: Record<string, object> }>()
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const shown = examples.map(({ method, path }) => `${method} ${shapeOf(path)}`)
    expect([...new Set(shown)].sort()).toEqual(operations.sort())
  })
})

/** `/api/chat/2/participants/dana` as the description calls it. */
const shapeOf = (path: string) =>
  path
    .replace(/\?.*/, '')
    .replace(/chat\/\d+/, 'chat/{id}')
    .replace(/messages\/\d+/, 'messages/{messageId}')
    .replace(/participants\/.+/, 'participants/{participantId}')

it('shows an error as errors are, and names every code of them', () => {
  const [, table = ''] = page.split('## Errors')
  const [, error = ''] = /```json\n(.*?)```/s.exec(table) ?? []
  exact(errorResponse, JSON.parse(error))
  const codes = [...table.matchAll(/\| \d+ +\| `(\w+)`/g)].map(([, code]) => code)
  expect(codes.sort()).toEqual([...errorResponse.shape.error.shape.code.options].sort())
})
