import { expect, it, vi } from 'vitest'
import { addMembers, leaveConversation } from '../../src/core/members.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { ConversationId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { toUuid } from '../../src/core/uuids.ts'
import { newColleague, newPlace, say } from '../core/workspace-scene.ts'
import { eachStore } from '../support/databases.ts'
import { SECRET, sentTo, webhookScene } from './webhook-scene.ts'

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

eachStore('webhooks', (database) => {
  const scene = webhookScene(database)

  it('say that a message was written', async () => {
    const { chat, author, id, receiver } = scene
    scene.start()
    const first = await say(chat, author, id, 'Fish & <chips>?')
    const { message: reply } = await sendMessage(chat, author, {
      conversationId: id,
      type: 'text',
      text: 'Or soup',
      html: '<b>Or</b> soup',
      replyToId: first.id,
    })
    await scene.done()
    expect(sentTo(receiver)).toEqual([
      {
        id: expect.stringMatching(UUID) as string,
        type: 'message.new',
        timestamp: expect.any(String) as string,
        payload: {
          dialog_id: toUuid('conversation', id),
          conversation_id: String(id),
          id: toUuid('message', first.id),
          message_id: String(first.id),
          sender_id: author.userId,
          content: 'Fish &amp; &lt;chips&gt;?',
          text: 'Fish & <chips>?',
          sent_at: first.createdAt.toISOString(),
          message_type: 'user',
          reply_to_id: null,
          attachments: [],
        },
      },
      {
        id: expect.stringMatching(UUID) as string,
        type: 'message.new',
        timestamp: expect.any(String) as string,
        payload: expect.objectContaining({
          id: toUuid('message', reply.id),
          content: '<b>Or</b> soup',
          text: 'Or soup',
          reply_to_id: toUuid('message', first.id),
        }) as object,
      },
    ])
  })

  it('say who comes and goes, each of those who come together', async () => {
    const { chat, author, reader, id, receiver } = scene
    const [ann, bob] = [await newColleague(chat), await newColleague(chat)]
    scene.start()
    await addMembers(chat, author, id, [ann.userId, bob.userId])
    await leaveConversation(chat, reader, id)
    await scene.done()
    const place = { dialog_id: toUuid('conversation', id), conversation_id: String(id) }
    expect(sentTo(receiver).map(({ type, payload }) => [type, payload])).toEqual([
      ['participant.joined', { ...place, user_id: ann.userId }],
      ['participant.joined', { ...place, user_id: bob.userId }],
      ['participant.left', { ...place, user_id: reader.userId }],
    ])
  })

  it('show what the server says to dialogs as these understand it', async () => {
    const { chat, author, id, receiver } = scene
    const said = { event: 'participant_joined', name: 'Ann' }
    const notice = { conversationId: id, type: 'system' as const }
    scene.start()
    await sendMessage(chat, author, { ...notice, text: 'Ann joined.', metadata: { dialog: said } })
    await sendMessage(chat, author, { ...notice, text: 'Closed.' })
    await scene.done()
    const payloads = sentTo(receiver).map(({ payload }) => payload)
    expect(payloads).toMatchObject([
      { message_type: 'system', text: 'Ann joined.' },
      { message_type: 'system', text: 'Closed.' },
    ])
    const contents = payloads.map(({ content }) => JSON.parse(String(content)) as unknown)
    expect(contents).toEqual([said, { event: 'notice', text: 'Closed.' }])
  })

  it('are signed, and named in their headers', async () => {
    const { chat, author, id, receiver } = scene
    scene.start()
    await say(chat, author, id, 'Привет')
    await scene.done()
    const [call] = receiver.calls
    const [sent] = sentTo(receiver)
    expect(call?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-webhook-event': 'message.new',
      'x-webhook-id': sent?.id,
      'x-webhook-signature': `sha256=${await hmac(SECRET, call?.body ?? '')}`,
    })
  })

  it('wait for the answer to what came before in their conversation, and in no other', async () => {
    const { chat, author, id, receiver } = scene
    const another = await newPlace(chat, author)
    const texts = Array.from({ length: 12 }, (_, n) => `${n}`)
    for (const text of texts) for (const place of [id, another]) await say(chat, author, place, text)
    const told = (place: ConversationId) =>
      sentTo(receiver)
        .filter(({ payload }) => payload.conversation_id === String(place))
        .map(({ payload }) => payload.text)
    const { promise: answered, resolve: answer } = Promise.withResolvers<number>()
    receiver.answer = ({ body }) => (body.includes(toUuid('conversation', id)) ? answered : 200)
    scene.start()
    await vi.waitFor(() => expect(told(another)).toContain('2'), { timeout: 10_000 })
    expect(told(id)).toEqual(['0'])
    answer(200)
    await scene.done()
    expect([told(id), told(another)]).toEqual([texts, texts])
  })

  it('tell what a message is by the time they are sent, and nothing of one that is deleted', async () => {
    const { chat, author, id, receiver } = scene
    const edited = await say(chat, author, id, 'Helo')
    const deleted = await say(chat, author, id, 'Oops')
    await scene.queue()
    await editMessage(chat, author, edited.id, 'Hello')
    await deleteMessage(chat, author, deleted.id)
    scene.start()
    await scene.done()
    expect(sentTo(receiver).map(({ payload }) => payload.text)).toEqual(['Hello'])
  })

  it.each([
    ['delete', []],
    ['unlink', [null]],
  ] as const)('say nothing that was erased before they are sent (%s)', async (fate, senders) => {
    const { chat, author, id, receiver } = scene
    await say(chat, author, id, 'My address is …')
    await scene.queue()
    await eraseUser(chat, author.userId, fate)
    scene.start()
    await scene.done()
    const told = sentTo(receiver).filter(({ type }) => type === 'message.new')
    expect(told.map(({ payload }) => payload.sender_id)).toEqual(senders)
  })

  it('go to each address, and a slow one delays no other', async () => {
    const { chat, author, id, receiver, other } = scene
    receiver.answer = () => null
    scene.start({ urls: [receiver.url, `${other.url}/hook?key=1`] })
    const texts = Array.from({ length: 20 }, (_, n) => `${n}`)
    for (const text of texts) await say(chat, author, id, text)
    await vi.waitFor(() => expect(sentTo(other).map(({ payload }) => payload.text)).toEqual(texts), {
      timeout: 10_000,
    })
    expect(new Set(other.calls.map(({ path }) => path))).toEqual(new Set(['/hook?key=1']))
    expect(receiver.calls).toHaveLength(1)
  })
})

/** By another implementation than Parley's. */
async function hmac(secret: string, body: string): Promise<string> {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes(secret), algorithm, false, ['sign'])
  return Buffer.from(await crypto.subtle.sign('HMAC', key, bytes(body))).toString('hex')
}
