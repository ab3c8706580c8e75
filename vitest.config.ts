import { existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const MEMORY = '/dev/shm'
const ROOM = 2 ** 31

// Tests make thousands of database files that nobody keeps: a disk would be what they mostly wait for.
process.env['TMPDIR'] ??= hasRoom(MEMORY) ? MEMORY : tmpdir()

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize >= ROOM
}

/** Conformance takes longest by far, which the sizes of its files do not show. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const sorted = await super.sort(files)
    const { conformance = [], rest = [] } = Object.groupBy(sorted, ({ moduleId }) =>
      moduleId.includes('/conformance/') ? 'conformance' : 'rest',
    )
    return [...conformance, ...rest]
  }
}

export default defineConfig({
  resolve: { alias: { '~': path.join(import.meta.dirname, 'apps/web/app') } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'conformance/**/*.test.ts'],
    globalSetup: ['packages/server/test/support/global-setup.ts'],
    setupFiles: ['packages/server/test/support/no-leaks.ts'],
    pool: 'forks',
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
