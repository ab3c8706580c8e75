import { expect, test } from 'vitest'
import { createGate } from '../../src/core/gate.ts'

test('runs so many at once, the others in the order they came', async () => {
  const gate = createGate({ running: 2, waiting: 8 })
  const started: number[] = []
  let running = 0
  let most = 0
  const work = (i: number) => async () => {
    started.push(i)
    most = Math.max(most, (running += 1))
    await new Promise(setImmediate)
    running -= 1
  }
  await Promise.all(Array.from({ length: 10 }, (_, i) => gate(work(i))))
  expect(most).toBe(2)
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('refuses who finds the line full, and nobody once there is room', async () => {
  const gate = createGate({ running: 1, waiting: 1 })
  const { promise, resolve } = Promise.withResolvers<string>()
  const admitted = [gate(() => promise), gate(() => promise)]
  await expect(gate(() => promise)).rejects.toMatchObject({ code: 'unavailable' })
  resolve('done')
  expect(await Promise.all(admitted)).toEqual(['done', 'done'])
  expect(await gate(async () => 'next')).toBe('next')
})

test('frees the place of work that fails', async () => {
  const gate = createGate({ running: 1, waiting: 0 })
  await expect(gate(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await gate(async () => 'next')).toBe('next')
})
