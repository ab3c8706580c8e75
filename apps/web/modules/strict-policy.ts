import { createHash } from 'node:crypto'
import { defineNuxtModule } from 'nuxt/kit'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const INLINE_SCRIPT = /<script>([^]+?)<\/script>/g

/**
 * Makes pages that a content security policy of `script-src 'self'; style-src 'self'` does not break: inline
 * scripts become files, and the colours of Nuxt UI stand in assets/main.css instead of a style that a plugin adds.
 */
export default defineNuxtModule((_options, nuxt) => {
  nuxt.hook('app:resolve', (app) => {
    app.plugins = app.plugins.filter(({ src }) => !/nuxt\/ui\/.*plugins\/colors/.test(src))
  })
  nuxt.hook('nitro:init', (nitro) => {
    nitro.hooks.hook('prerender:generate', async (route) => {
      if (!route.fileName?.endsWith('.html') || route.contents === undefined) return
      const files: [path: string, script: string][] = []
      route.contents = route.contents.replace(INLINE_SCRIPT, (_tag, script: string) => {
        const hash = createHash('sha256').update(script).digest('base64url').slice(0, 8)
        const path = `/_nuxt/inline.${hash}.js`
        files.push([path, script])
        return `<script src="${path}"></script>`
      })
      for (const [path, script] of files) {
        const file = join(nitro.options.output.publicDir, path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, script)
      }
    })
  })
})
