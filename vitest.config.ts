import { existsSync, statfsSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const MEMORY = '/dev/shm'
const ROOM = 2 ** 31

// Tests make thousands of database files that nobody keeps: a disk would be what they mostly wait for.
process.env['TMPDIR'] ??= hasRoom(MEMORY) ? MEMORY : tmpdir()

// Tests start a hundred servers: each would compile the same modules anew.
process.env['NODE_COMPILE_CACHE'] ??= path.join(import.meta.dirname, 'node_modules/.cache/compiled')

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize >= ROOM
}

/** Conformance and browsers take longest by far, which the sizes of their files do not show. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const sorted = await super.sort(files)
    const { long = [], rest = [] } = Object.groupBy(sorted, ({ moduleId }) =>
      /\/(conformance|browser)\//.test(moduleId) ? 'long' : 'rest',
    )
    return [...long, ...rest]
  }
}

export default defineConfig({
  resolve: { alias: { '#chat': path.join(import.meta.dirname, 'apps/web/app') } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'conformance/**/*.test.ts'],
    globalSetup: ['packages/server/test/support/global-setup.ts'],
    setupFiles: ['packages/server/test/support/no-leaks.ts'],
    pool: 'forks',
    isolate: false, // a process per file, which imports all anew, takes longer than most files
    maxWorkers: availableParallelism() + 1, // one of them always waits for a clock, or for a process to start
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
