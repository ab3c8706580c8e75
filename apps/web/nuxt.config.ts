import { fileURLToPath } from 'node:url'

const path = (below: string) => fileURLToPath(new URL(below, import.meta.url))
const server = process.env['PARLEY_URL'] ?? 'http://127.0.0.1:8080'
const proxied = ['/api', '/blobs', '/demo', '/connection']

export default defineNuxtConfig({
  compatibilityDate: '2026-11-01',
  ssr: false,
  telemetry: false,
  devtools: { enabled: false },
  modules: ['@nuxt/ui', '@nuxtjs/i18n'],
  // Names of our own, which embed.ts gives to other applications too.
  alias: { '#chat': path('app'), '#session': path('app/entities/user/model/session.ts') },
  css: ['~/assets/main.css'],
  // What is used stands in the file that uses it; Nuxt's own names and Nuxt UI's components are known everywhere.
  components: { dirs: [] },
  imports: { scan: false },
  app: {
    head: {
      link: [{ rel: 'icon', type: 'image/svg+xml', href: '/favicon.svg' }],
      // Before anything is painted; a file of its own, since inline scripts are not allowed.
      script: [{ src: '/theme.js', tagPosition: 'head' }],
    },
  },
  ui: {
    fonts: false,
    colorMode: false,
    theme: { colors: ['primary', 'error'] },
    experimental: { componentDetection: true },
  },
  icon: {
    // The other mode adds style elements.
    mode: 'svg',
    provider: 'none',
    fallbackToApi: false,
    collections: ['lucide'],
    clientBundle: { scan: true, sizeLimitKb: 64 },
  },
  i18n: {
    strategy: 'no_prefix',
    defaultLocale: 'ru',
    locales: [
      { code: 'ru', language: 'ru-RU', name: 'Русский', file: 'ru.json' },
      { code: 'en', language: 'en-GB', name: 'English', file: 'en.json' },
    ],
    // Messages are compiled when the app is built.
    bundle: { runtimeOnly: true, dropMessageCompiler: true, fullInstall: false },
    detectBrowserLanguage: { useCookie: true, cookieKey: 'locale' },
  },
  typescript: { nodeTsConfig: { include: ['../embed.ts'] } },
  experimental: { entryImportMap: false, appManifest: false },
  nitro: { compressPublicAssets: { gzip: true, brotli: true } },
  vite: {
    vue: { features: { optionsAPI: false } },
    worker: { format: 'es' },
    server: {
      proxy: Object.fromEntries(
        proxied.map((below) => [below, { target: server, ws: below === '/connection' }]),
      ),
    },
  },
})
