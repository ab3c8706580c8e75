import { afterAll, beforeAll, expect, it } from 'vitest'
import { getSubject } from '../../src/core/subjects.ts'
import { eachStore } from '../support/databases.ts'
import { openRooms } from '../support/rooms.ts'
import type { Rooms } from '../support/rooms.ts'

interface Description {
  paths: Record<string, Record<string, { operationId?: string }>>
}

const TOKEN = 'the-secret-of-the-host-in-this-test'

eachStore('the host’s purchase requests', (database) => {
  let rooms: Rooms
  let buyerId: string

  beforeAll(async () => {
    rooms = await openRooms(database(), { PARLEY_HOST_TOKEN: TOKEN })
    buyerId = (await rooms.person()).id
  })
  afterAll(() => rooms.close())

  const put = (id: string, payload: object, token = TOKEN) =>
    rooms.server.app.inject({
      method: 'PUT',
      url: `/host/purchase-requests/${id}`,
      headers: { authorization: `Bearer ${token}` },
      payload,
    })

  it('are described like the rest of the host’s API, each operation under a name', async () => {
    const { paths } = (await rooms.server.app.inject('/openapi/host.json')).json<Description>()
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([
      'endSession',
      'eraseUser',
      'finishNotifications',
      'getUser',
      'openSession',
      'putProduct',
      'putPurchaseRequest',
      'putUser',
      'takeNotifications',
    ])
  })

  it('are created and replaced', async () => {
    const url = 'https://shop.example/requests/7'
    const created = await put('7', { buyer_id: buyerId, title: ' Нужна фара ', url })
    const data = { id: '7', buyer_id: buyerId, title: 'Нужна фара', url }
    expect([created.statusCode, created.json()]).toEqual([201, { data }])
    const replaced = await put('7', { buyer_id: buyerId, title: 'Нужны две фары' })
    expect([replaced.statusCode, replaced.json()]).toEqual([
      200,
      { data: { ...data, title: 'Нужны две фары', url: null } },
    ])
    expect(await getSubject(rooms.server.chat, 'purchase_request', '7')).toMatchObject({
      ownerId: buyerId,
      title: 'Нужны две фары',
      url: null,
    })
  })

  it.each([
    ['buyer_id', { buyer_id: 'nobody', title: 'x' }],
    ['buyer_id', { title: 'x' }],
    ['title', { buyer_id: 'x', title: ' ' }],
    ['title', { buyer_id: 'x', title: 'x'.repeat(1001) }],
    ['url', { buyer_id: 'x', title: 'x', url: 'javascript:alert(1)' }],
  ])('are refused with a wrong %s', async (field, body) => {
    const reply = await put('8', body)
    expect([reply.statusCode, reply.json()]).toMatchObject([422, { error: { code: 'validation' } }])
    const { error } = reply.json<{ error: { details: object } }>()
    expect(Object.keys(error.details)).toEqual([field])
  })

  it('are taken from the host alone', async () => {
    expect((await put('9', { buyer_id: buyerId, title: 'x' }, 'guessed')).statusCode).toBe(401)
  })
})
