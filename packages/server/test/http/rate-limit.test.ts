import { expect, test } from 'vitest'
import { createRateLimit } from '../../src/http/rate-limit.ts'

test('so many are let through in the minute that begins with the first; then one hears how long to wait', () => {
  let now = 5_000
  const limit = createRateLimit(2, () => now)
  expect([limit('ann'), limit('ann'), limit('ann')]).toEqual([0, 0, 60])
  now += 59_001
  expect([limit('ann'), limit('bob')]).toEqual([1, 0])
  now += 999
  expect([limit('ann'), limit('ann'), limit('ann')]).toEqual([0, 0, 60])
  expect([limit('bob'), limit('bob')]).toEqual([0, 60])
})

test('no limit refuses nobody', () => {
  const limit = createRateLimit(0)
  expect([limit('ann'), limit('ann')]).toEqual([0, 0])
})
