import type { KnipConfig } from 'knip'

export default {
  workspaces: {
    '.': { entry: ['vitest.config.ts!'] },
    'packages/wire': { entry: ['src/*.ts!'] },
    'packages/centrifuge': { entry: ['src/index.ts!', 'example/*.ts', 'test/**/*.test.ts'], project: ['src/**/*.ts!', 'test/**/*.ts'] },
    'packages/server': {
      entry: ['src/main.ts!', 'src/db/pglite-worker.ts!', 'example/*.ts', 'test/**/*.test.ts', 'test/support/global-setup.ts'],
      project: ['src/**/*.ts!', 'test/**/*.ts', 'example/*.ts'],
    },
    conformance: { entry: ['*.test.ts'], project: ['**/*.ts'] },
    bench: { entry: ['main.ts', '*.ts'], project: ['**/*.ts'] },
  },
  ignoreBinaries: ['node'],
} satisfies KnipConfig
