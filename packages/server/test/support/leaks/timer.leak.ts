import { test } from 'vitest'

test('leaves a timer behind', () => {
  setTimeout(() => undefined, 60_000)
})
