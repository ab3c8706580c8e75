import { addPlugin, addRouteMiddleware, createResolver, defineNuxtModule, extendPages } from 'nuxt/kit'

export interface EmbedOptions {
  /**
   * A file of the application that says who is signed in: it exports `fetchMe`, `startSession` and `endSession`, as
   * app/entities/user/model/session.ts does for the demo.
   */
  session: string
  /** Whether the application has the pages below /cabinet/messages; without them it makes its own of the widgets. */
  pages: boolean
}

/** Gives a Nuxt application the chat: its connection, its texts and, unless told otherwise, its pages. */
export default defineNuxtModule<EmbedOptions>({
  meta: { name: 'parley', configKey: 'parley' },
  defaults: { session: '', pages: true },
  setup({ session, pages }, nuxt) {
    const { resolve } = createResolver(import.meta.url)
    nuxt.options.alias['#chat'] = resolve('app')
    nuxt.options.alias['#session'] = session || resolve('app/entities/user/model/session.ts')
    nuxt.options.build.transpile.push(resolve('app'))
    addPlugin(resolve('app/plugins/chat.client.ts'))
    addRouteMiddleware({ name: 'signed-in', path: resolve('app/middleware/signed-in.ts') })
    nuxt.hook('i18n:registerModule', (register) =>
      register({
        langDir: resolve('i18n/locales'),
        locales: ['ru', 'en'].map((code) => ({ code, file: `${code}.json` })),
      }),
    )
    if (!pages) return
    const page = (file: string) => resolve('app/pages/cabinet', file)
    extendPages((all) => {
      all.push({
        path: '/cabinet/messages',
        file: page('messages.vue'),
        children: [
          { name: 'cabinet-messages', path: '', file: page('messages/index.vue') },
          { name: 'cabinet-messages-id', path: ':id', file: page('messages/[id].vue') },
        ],
      })
    })
  },
})
