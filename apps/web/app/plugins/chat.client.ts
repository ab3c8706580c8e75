import { useDocumentVisibility, useEventListener, useWindowFocus } from '@vueuse/core'
import { computed, shallowRef, watch } from 'vue'
import { useCurrentUser } from '#chat/entities/user/composables/useCurrentUser.ts'
import { connectChat } from '#chat/features/chat-connection/model/connect-chat.ts'
import { uploadImage } from '#chat/features/chat-image/model/upload-image.ts'
import { createChat, type Chat } from '#chat/features/chat-messaging/model/chat.ts'
import { csrfToken, isReplaced, ofSession, requestOf } from '#chat/shared/api/client.ts'
import { keptTexts } from '#chat/shared/lib/storage.ts'

/** The chat begins when somebody signs in, and ends with them. */
export default defineNuxtPlugin({
  name: 'chat',
  setup() {
    const { user, load, forget, isChanging, onChangeElsewhere } = useCurrentUser()
    const router = useRouter()
    const visibility = useDocumentVisibility()
    const focused = useWindowFocus()
    const chat = shallowRef<Chat | null>(null)

    function start(me: number): Chat {
      const token = csrfToken()
      const url = new URL('/connection/websocket', location.href)
      url.protocol = url.protocol.replace('http', 'ws')
      return createChat({
        me,
        connection: connectChat({ userId: me, url: url.href }),
        request: requestOf(token),
        uploadImage: (upload) => ofSession(token, uploadImage({ ...upload, token })),
        attention: computed(() => visibility.value === 'visible' && focused.value),
        kept: keptTexts(() => sessionStorage),
        onUnauthorized: () => end(token),
      })
    }

    function end(token: string) {
      if (!user.value || isChanging()) return
      forget()
      if (isReplaced(token)) location.reload()
      else void router.push({ path: '/auth', query: { next: router.currentRoute.value.fullPath } })
    }

    watch(
      user,
      (me) => {
        chat.value?.close()
        chat.value = me && start(me.id)
      },
      { immediate: true, flush: 'sync' },
    )
    onChangeElsewhere(() => location.reload())
    useEventListener('online', () => chat.value?.wake())
    useEventListener('beforeunload', (event) => {
      if (chat.value?.hasUnsent()) event.preventDefault()
    })
    load().catch(() => null) // a page that needs to know asks again

    return { provide: { chat } }
  },
})
