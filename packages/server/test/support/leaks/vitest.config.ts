import { defineConfig } from 'vitest/config'

/** For no-leaks.test.ts: files that leak on purpose, outside the real run. */
export default defineConfig({
  test: { root: import.meta.dirname, include: ['*.leak.ts'], setupFiles: ['../no-leaks.ts'], pool: 'forks' },
})
