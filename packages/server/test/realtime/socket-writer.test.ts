import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createWriter } from '../../src/realtime/transports/socket-writer.ts'

/** Remembers what leaves it at a time. */
function openSocket() {
  const writes: string[] = []
  const socket = new Duplex({
    read: () => undefined,
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(' '))
      done()
    },
  })
  return { socket, writes }
}

it('lets leave together what a socket is given in one turn, in order', async () => {
  const writeTo = createWriter()
  const [one, other] = [openSocket(), openSocket()]
  for (const text of ['a', 'b', 'c']) {
    writeTo(one.socket, Buffer.from(text))
    one.socket.write('!')
    writeTo(other.socket, Buffer.from(text))
  }
  await turn()
  writeTo(one.socket, Buffer.from('d'))
  await turn()
  expect(one.writes).toEqual(['a ! b ! c !', 'd'])
  expect(other.writes).toEqual(['a b c'])
})

it('does not hold back much of one turn from who reads', async () => {
  const writeTo = createWriter()
  const { socket, writes } = openSocket()
  const frames = Array.from({ length: 100 }, (_, n) => String(n).padStart(10_000))
  for (const frame of frames) {
    writeTo(socket, Buffer.from(frame))
    expect(socket.writableLength).toBeLessThan(75_000)
  }
  await turn()
  expect(writes.join(' ')).toBe(frames.join(' '))
  expect(socket.writableCorked).toBe(0)
})

it('lets a crowd leave in groups, and what comes after that in order', async () => {
  const writeTo = createWriter()
  const crowd = Array.from({ length: 300 }, openSocket)
  for (const text of ['a', 'b', 'c']) {
    if (text === 'b') crowd[7]?.socket.destroy()
    for (const { socket } of crowd) if (!socket.destroyed) writeTo(socket, Buffer.from(text))
    if (text === 'a') expect(crowd.filter(({ writes }) => writes.length > 0).length).toBeGreaterThan(150)
  }
  await turn()
  for (const { socket, writes } of crowd.toSpliced(7, 1)) {
    expect(writes.join(' ')).toBe('a b c')
    expect(writes.length).toBeLessThan(3)
    expect(socket.writableCorked).toBe(0)
  }
  expect(crowd[7]?.writes).toEqual(['a'])
})
