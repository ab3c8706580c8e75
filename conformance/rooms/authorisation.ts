import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import type { Input } from '../support/described-api.ts'
import { messagesOf, refusal, tokenOf, type Friends } from '../support/friends.ts'
import { openSession } from '../support/host.ts'
import type { Reply } from '../support/http.ts'
import { credentials } from '../support/person.ts'
import { operations, roles, setScene, type Role, type Scene } from './operations.ts'

const rows = Object.entries(operations)
const isPlaced = (path: string) => path.includes('{id}')
const codes: Record<number, Parameters<typeof refusal>[2]> = { 403: 'forbidden', 404: 'not_found' }

export function authorisation(friends: Friends, chat: Chat) {
  const inputOf = (operationId: string, scene: Scene): Input => operations[operationId]?.input?.(scene) ?? {}

  function checkStatus(who: string, reply: Reply, status: number) {
    expect(`${who}: ${reply.status}`, JSON.stringify(reply.body)).toBe(`${who}: ${status}`)
    const code = codes[status]
    if (code) refusal(reply, status, code)
  }

  describe.each(rows)('%s', (operationId, { method, path, statuses }) => {
    const act = (scene: Scene, role: Role) => scene[role].call(operationId, inputOf(operationId, scene))

    test('succeeds for those who may, and is 403 to all others', async () => {
      await friends.friend({ role: 'support' })
      const scene = await setScene(friends)
      for (const role of roles) checkStatus(role, await act(scene, role), statuses[role])
    })

    test('is closed to whoever is not signed in', async () => {
      const scene = await setScene(friends)
      const strangers: Record<string, string>[] = [
        {},
        { authorization: 'Bearer garbage' },
        { authorization: `Bearer ${tokenOf(scene.owner.id, -1)}` },
        { authorization: `Bearer ${tokenOf('nobody-at-all')}` },
        { cookie: 'PARTIZAP_SESSION=garbage' },
      ]
      for (const headers of strangers) {
        const reply = await friends.api().call(operationId, inputOf(operationId, scene), headers)
        refusal(reply, 401, 'unauthenticated')
      }
      const { session } = await openSession(chat.server(), scene.owner.id)
      const cookie = { cookie: `PARTIZAP_SESSION=${session}` }
      const withoutCsrf = await friends.api().call(operationId, inputOf(operationId, scene), cookie)
      expect(withoutCsrf.status).toBe(method === 'GET' ? 200 : 403)
    })

    test('knows nothing of what is not there', async () => {
      const { method: described, path: place } = friends.api().operations.get(operationId) ?? {}
      expect([described, place]).toEqual([method, path])
      if (!isPlaced(path)) return
      const scene = await setScene(friends)
      const missing = '9007199254740991'
      const nowhere = { ...scene, chat: { ...scene.chat, _id: missing } }
      refusal(await act(nowhere, 'owner'), 404, 'not_found')
    })
  })

  test('a session with its CSRF token is as good as a token', async () => {
    const scene = await setScene(friends)
    const headers = credentials(await openSession(chat.server(), scene.member.id))
    const reply = await friends.api().call('sendMessage', inputOf('sendMessage', scene), headers)
    expect(reply.body).toMatchObject({ data: { message: { senderId: scene.member.id } } })
  })

  test('nobody speaks as another, whatever a body says', async () => {
    const { owner, member, chat: here } = await setScene(friends)
    const forged = { senderId: owner.id, userId: owner.id, readBy: [owner.id], _id: '1' }
    const reply = await member.call('sendMessage', { id: here._id, content: 'forged', ...forged })
    expect(reply.status).toBe(201)
    expect((await messagesOf(owner, here._id))[0]).toMatchObject({
      senderId: member.id,
      content: 'forged',
      readBy: [member.id],
    })
  })

  test('what was refused has changed nothing and is heard by nobody', async () => {
    const scene = await setScene(friends)
    const { owner, member, former, outsider, chat: here } = scene
    const look = async () => {
      const { participants, ...info } = (await owner.ask('getChat', { id: here._id })).chat
      const people = participants.map(({ userId, role, isActive }) => [userId, role, isActive])
      return { info, people, messages: await messagesOf(owner, here._id) }
    }
    const line = await friends.line(owner)
    await line.act('join-chat-room', here._id)
    await line.act('join-user-room', owner.id)
    await friends.settled(owner, line)
    line.rest()
    const before = await look()
    for (const [operationId, { path, statuses }] of rows) {
      if (!isPlaced(path)) continue
      for (const person of [outsider, former, ...(statuses.member === 403 ? [member] : [])])
        expect((await person.call(operationId, inputOf(operationId, scene))).status).toBe(403)
    }
    expect(await look()).toEqual(before)
    await friends.settled(owner, line)
    expect(line.rest().filter(({ data }) => (data as { chatId?: string }).chatId === here._id)).toEqual([])
  })
}
