import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { messagesOf, pairOf, refusal, room, say, type Friend, type Friends } from '../support/friends.ts'
import { request } from '../support/http.ts'
import { picture } from '../support/images.ts'
import { until } from '../support/wait.ts'

const MEGABYTE = 1024 * 1024
const file = (content: string | Buffer, name = 'plan.txt', type = 'text/plain') =>
  new File([typeof content === 'string' ? content : new Uint8Array(content)], name, { type })

const download = (url = '') => request('GET', url)

export function files(friends: Friends, chat: Chat) {
  const stored = async () =>
    (await readdir(join(chat.server().data, 'blobs'), { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    ).length

  async function pair() {
    const [anna, boris] = await friends.friends(2)
    return { anna, boris, id: (await pairOf(anna, boris))._id }
  }

  async function send(who: Friend, id: string, sent: File, input: object = {}) {
    const { message } = await who.ask('sendFile', { id, file: sent, ...input })
    const [attachment] = message.attachments
    if (!attachment) throw new Error('a message with its attachment')
    return { message, attachment }
  }

  describe('POST /api/chat/{id}/messages/file', () => {
    test('sends a file with its caption, which is heard, listed, unread and downloaded under its name', async () => {
      const { anna, boris, id } = await pair()
      const line = await friends.line(boris)
      await line.act('join-chat-room', id)
      const first = await say(boris, id, 'Send me the plan')
      const sent = file('Ship it on Friday', 'План (1).txt')
      const { message, attachment } = await send(anna, id, sent, {
        content: 'Here it is',
        replyToMessageId: first._id,
      })
      expect(message).toMatchObject({ type: 'file', content: 'Here it is', replyToMessageId: first._id })
      expect(attachment).toMatchObject({ filename: 'План (1).txt', mimeType: 'text/plain', size: 17 })
      expect(await line.next('new-message', (event) => event.message._id === message._id)).toEqual({
        chatId: id,
        message,
      })
      expect((await messagesOf(boris, id))[0]).toEqual(message)
      expect((await boris.ask('getChat', { id })).chat.unreadCount).toBe(1)
      const { status, bytes, headers } = await download(attachment.url)
      expect([status, bytes.toString()]).toEqual([200, 'Ship it on Friday'])
      const disposition = headers.get('content-disposition') ?? ''
      expect(disposition).toMatch(/^attachment;/)
      expect(disposition).toContain(encodeURIComponent('План').replaceAll('(', '%28'))
    })

    test('without a caption is called by its name where a chat shows its last message', async () => {
      const { anna, boris, id } = await pair()
      const { message } = await send(anna, id, file('x', 'notes.md', 'text/markdown'))
      expect(message.content).toBe('')
      expect((await boris.ask('getChat', { id })).chat.lastMessage?.content).toBe('notes.md')
    })

    test('an image is shown, by what its bytes are', async () => {
      const { anna, id } = await pair()
      const bytes = await picture('png', 30, 20)
      const { message, attachment } = await send(anna, id, file(bytes, 'photo.png', 'image/png'))
      expect(message.type).toBe('image')
      expect(attachment).toMatchObject({ filename: 'photo.png', mimeType: 'image/png' })
      const { headers } = await download(attachment.url)
      expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([
        'image/png',
        'inline',
      ])
    })

    test('a type that lies is found out, and what a browser would run is only ever downloaded', async () => {
      const { anna, id } = await pair()
      const html = '<!doctype html><script>alert(1)</script>'
      const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
      const png = await picture('png', 9, 9)
      const cases: [File, string | null][] = [
        [file(png, 'a.txt', 'text/plain'), 'image/png'],
        [file(html, 'photo.png', 'image/png'), null],
        [file(html, 'page.html', 'text/html'), null],
        [file(svg, 'drawing.svg', 'image/svg+xml'), null],
        [file('MZ\0\0', 'x.png', 'image/png'), null],
      ]
      for (const [sent, mimeType] of cases) {
        const { attachment } = await send(anna, id, sent)
        const { headers } = await download(attachment.url)
        const type = headers.get('content-type') ?? ''
        expect(headers.get('x-content-type-options'), sent.name).toBe('nosniff')
        if (mimeType !== null) {
          expect([attachment.mimeType, type], sent.name).toEqual([mimeType, mimeType])
          continue
        }
        expect(attachment.mimeType, sent.name).not.toMatch(/^image\/png|html/)
        expect(headers.get('content-disposition'), sent.name).toMatch(/^attachment/)
        expect(type, sent.name).toBe('application/octet-stream')
      }
    })

    test('takes 10 MB to the byte; one more is 413, and nothing is left of it', async () => {
      const { anna, boris, id } = await pair()
      const most = Buffer.alloc(10 * MEGABYTE, 'a')
      const { attachment } = await send(anna, id, file(most))
      expect(attachment.size).toBe(most.length)
      expect((await download(attachment.url)).bytes.equals(most)).toBe(true)
      const line = await friends.line(boris)
      await line.act('join-chat-room', id)
      const before = await stored()
      const more = await anna.call('sendFile', { id, file: file(Buffer.alloc(most.length + 1, 'b')) })
      expect(refusal(more, 413, 'too_large')).toMatch(/^file: /)
      expect(await messagesOf(anna, id)).toHaveLength(1)
      await friends.settled(boris, line)
      expect(line.all('new-message').filter(({ chatId }) => chatId === id)).toEqual([])
      await until('nothing more to be stored', stored, (count) => count === before)
    })

    test('one file with a key is one message', async () => {
      const { anna, id } = await pair()
      const input = { id, file: file('once'), 'idempotency-key': 'file key' }
      const statuses = [await anna.call('sendFile', input), await anna.call('sendFile', input)]
      expect(statuses.map(({ status }) => status)).toEqual([201, 200])
      expect(statuses[1]?.body).toEqual(statuses[0]?.body)
      expect(await messagesOf(anna, id)).toHaveLength(1)
    })

    test('refuses what is no form with one file, 400 and 415, and a reply to another chat', async () => {
      const { anna, boris, id } = await pair()
      const { _id: elsewhere } = await say(anna, (await room(anna, [boris]))._id, 'Elsewhere')
      const wrong: object[] = [{}, { content: 'x' }, { file: 'a field' }, { other: file('x') }]
      for (const input of wrong)
        refusal(await friends.api().callWrongly('sendFile', { id, ...input }, anna.headers), 400, 'invalid')
      const replyToMessageId = elsewhere
      refusal(await anna.call('sendFile', { id, file: file('x'), replyToMessageId }), 400, 'invalid')
      refusal(await anna.call('sendFile', { id, file: file('') }), 400, 'invalid')
      const url = `${chat.server().url}/api/chat/${id}/messages/file`
      refusal(await request('POST', url, { headers: anna.headers, json: {} }), 415, 'unsupported_type')
      const two = new FormData()
      for (const name of ['a.txt', 'b.txt']) two.append('file', file('x', name))
      refusal(await request('POST', url, { headers: anna.headers, raw: two }), 400, 'invalid')
      expect(await messagesOf(anna, id)).toEqual([])
    })

    test('is gone with its message', async () => {
      const { anna, boris, id } = await pair()
      const { message, attachment } = await send(anna, id, file('secret'))
      await anna.ask('deleteMessage', { id, messageId: message._id })
      expect((await messagesOf(boris, id))[0]).toMatchObject({ content: '', attachments: [] })
      expect((await download(attachment.url)).status).toBe(404)
      expect((await boris.ask('getChat', { id })).chat.lastMessage).toBeNull()
    })

    test('is found by its address alone, which nobody can guess', async () => {
      const { anna, id } = await pair()
      const { attachment } = await send(anna, id, file('x'))
      const { origin, pathname } = new URL(attachment.url)
      const folder = pathname.slice(0, pathname.lastIndexOf('/'))
      const guess = pathname.replace(/.(?=\.\w+$)/, (c) => (c === '0' ? '1' : '0'))
      for (const path of [folder, `${folder}/`, guess])
        expect((await download(origin + path)).status).toBe(404)
    })
  })
}
