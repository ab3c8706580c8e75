import { addVitePlugin, defineNuxtModule } from 'nuxt/kit'
import { join } from 'node:path'

/** The icons that components of Nuxt UI which are in use show by themselves; all others stand in our own templates. */
const ICONS = { loading: 'i-lucide-loader-circle' }

const CLASS_VARIANTS = '\0class-variants'

/** Keeps the first load under 200 KB: what nobody sees is not in it. */
export default defineNuxtModule((_options, nuxt) => {
  nuxt.options.alias['@nuxt/icon/runtime/components/index.js'] = join(
    nuxt.options.srcDir,
    'shared/ui/bundled-icon.ts',
  )
  nuxt.hook('modules:done', () => {
    Object.assign(nuxt.options.appConfig, { ui: { ...nuxt.options.appConfig['ui'], icons: ICONS } })
  })
  nuxt.hook('app:resolve', (app) => {
    app.plugins = app.plugins.filter(({ src }) => !/nuxt\/icon\/.*plugin/.test(src))
  })
  nuxt.hook('build:manifest', (manifest) => {
    for (const file of Object.values(manifest)) file.prefetch = false
  })
  addVitePlugin(withoutClassMerging)
})

/**
 * What Nuxt UI takes of tailwind-variants, without the part that removes classes which others overrule: it weighs
 * more than all components in use. Where it would matter, a class is marked as important.
 */
const withoutClassMerging = {
  name: 'without-class-merging',
  enforce: 'pre' as const,
  resolveId: (id: string) => (id === 'tailwind-variants' ? CLASS_VARIANTS : null),
  load: (id: string) =>
    id === CLASS_VARIANTS ? `export { createTV, cn as cnMerge } from 'tailwind-variants/lite'` : null,
}
