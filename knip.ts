import type { KnipConfig } from 'knip'

export default {
  workspaces: {
    'apps/web': {
      // The document names its schemas' files; a style sheet, a script and an icon are named where no import is.
      entry: [
        'app/entities/*/model/*.schema.ts!',
        'app/shared/ui/bundled-icon.ts!',
        'embed.ts!',
        'public/theme.js!',
        'test/**/*.test.ts',
      ],
      project: ['app/**/*.{ts,vue,css}!', 'modules/*.ts!', 'test/**/*.ts'],
      // Nuxt Icon finds them by its settings.
      ignoreDependencies: ['@iconify-json/lucide'],
    },
    'packages/wire': { entry: ['src/*.ts!'] },
    'packages/centrifuge': {
      entry: ['example/*.ts', 'test/**/*.test.ts'],
      project: ['src/**/*.ts!', 'test/**/*.ts'],
    },
    'packages/server': {
      entry: [
        'src/db/pglite-worker.ts!',
        'src/demo/web-builder.ts!',
        'example/*.ts',
        'test/**/*.test.ts',
        'test/db/processes/*.ts',
        'test/demo/web-starter.ts',
        'test/support/leaks/*.ts',
      ],
      project: ['src/**/*.ts!', 'test/**/*.ts', 'example/*.ts'],
    },
    conformance: { entry: ['**/*.test.ts'], project: ['**/*.ts'] },
    bench: { entry: ['*-server.ts'], project: ['**/*.ts'] },
  },
} satisfies KnipConfig
