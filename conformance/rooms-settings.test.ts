import { expect, test } from 'vitest'
import { useChat } from './support/chat.ts'
import { messagesOf, pairOf, refusal, say, useFriends } from './support/friends.ts'
import { TEAM_SECRET } from './support/team.ts'

const RATE_LIMIT = 20

const chat = useChat(() => ({
  env: {
    PARLEY_JWT_SECRETS: TEAM_SECRET,
    PARLEY_RATE_LIMIT: String(RATE_LIMIT),
    PARLEY_ROOMS_FILE_MB: '1',
  },
}))
const friends = useFriends(chat)

test('PARLEY_RATE_LIMIT: 429 with Retry-After to the user who asks too often, and to nobody else', async () => {
  const [eager, calm] = await friends.friends(2)
  for (let n = 0; n < RATE_LIMIT; n++) await eager.ask('getChatStats')
  for (const reply of [
    await eager.call('listChats'),
    await eager.call('createChat', { participantIds: [calm.id] }),
  ]) {
    refusal(reply, 429, 'rate_limited')
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect((await calm.ask('listChats')).chats).toEqual([])
})

test('PARLEY_RATE_LIMIT: events are counted too; whoever sends too many is refused and stays connected', async () => {
  const [eager, calm] = await friends.friends(2)
  const [line, other] = [await friends.line(eager), await friends.line(calm)]
  for (let n = 0; n < RATE_LIMIT; n++) await line.act('join-user-room', eager.id)
  expect((await line.fail('join-user-room', eager.id)).code).toBe('rate_limited')
  expect((await line.fail('register_user', eager.id)).code).toBe('rate_limited')
  await other.act('join-user-room', calm.id)
  await say(calm, (await pairOf(calm, eager))._id, 'Slow down')
  expect((await line.next('chat-notification')).message.content).toBe('Slow down')
})

test('PARLEY_ROOMS_FILE_MB: so many megabytes a file may have', async () => {
  const [anna, boris] = await friends.friends(2)
  const { _id: id } = await pairOf(anna, boris)
  const file = (size: number) => new File([new Uint8Array(size)], 'x.bin')
  expect((await anna.call('sendFile', { id, file: file(1024 * 1024) })).status).toBe(201)
  refusal(await anna.call('sendFile', { id, file: file(1024 * 1024 + 1) }), 413, 'too_large')
})

test(
  'a message may be edited for fifteen minutes, unless PARLEY_ROOMS_EDIT_MINUTES says otherwise; deleted, always',
  { timeout: 90_000 },
  async () => {
    const [anna, boris] = await friends.friends(2)
    const { _id: id } = await pairOf(anna, boris)
    const [old, young] = [await say(anna, id, 'old'), await say(anna, id, 'young')]
    await chat.alter(async (db) => {
      const ages = [
        [old._id, 15.1],
        [young._id, 14],
      ]
      for (const age of ages)
        await db.query(`update messages set created_at = now() - $2 * interval '1 minute' where id = $1`, age)
    })
    const edit = (messageId: string) => anna.call('editMessage', { id, messageId, content: 'new' })
    expect((await edit(young._id)).status).toBe(200)
    refusal(await edit(old._id), 403, 'forbidden')
    expect((await messagesOf(boris, id)).map(({ content }) => content)).toEqual(['new', 'old'])
    expect((await anna.ask('deleteMessage', { id, messageId: old._id })).message.content).toBe('')
  },
)
