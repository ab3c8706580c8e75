import { expect, it } from 'vitest'
import { createDeadlines } from '../../src/realtime/transports/deadlines.ts'

const inMs = (ms: number) => new Date(Date.now() + ms)

it('ends each at its time, in whatever order they were named', async () => {
  const deadlines = createDeadlines()
  const ended: string[] = []
  await new Promise<void>((resolve) => {
    deadlines.set({ expire: () => resolve(void ended.push('last')) }, inMs(60))
    deadlines.set({ expire: () => ended.push('first') }, inMs(-1))
    deadlines.set({ expire: () => ended.push('second') }, inMs(20))
  })
  expect(ended).toEqual(['first', 'second', 'last'])
})

it('leaves alone what ended before', async () => {
  const deadlines = createDeadlines()
  const gone = { expire: () => expect.unreachable() }
  deadlines.set(gone, inMs(10))
  deadlines.delete(gone)
  await new Promise<void>((expire) => deadlines.set({ expire }, inMs(30)))
})

it('ends nothing early, however far away its time is', async () => {
  const deadlines = createDeadlines()
  deadlines.set({ expire: () => expect.unreachable() }, inMs(400 * 86_400_000))
  await new Promise<void>((expire) => deadlines.set({ expire }, inMs(20)))
})
