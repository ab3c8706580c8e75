import { readonly, shallowRef } from 'vue'
import { csrfToken } from '#chat/shared/api/client.ts'
import type { Me } from './user.schema.ts'

const CHANNEL = 'parley.session'

export interface Sessions {
  fetchMe(): Promise<Me | null>
  startSession(id: number): Promise<Me>
  endSession(): Promise<void>
}

export type CurrentUser = ReturnType<typeof createCurrentUser>

/** Who is signed in here. Signing in or out reloads the other tabs: they have the same cookies. */
export function createCurrentUser({ fetchMe, startSession, endSession }: Sessions) {
  const user = shallowRef<Me | null>(null)
  let asking: Promise<Me | null> | null = null
  let changing = false
  let changes = 0

  /** An answer about the session before this one is worth nothing. */
  async function ask(): Promise<Me | null> {
    const asked = { changes, token: csrfToken() }
    const me = await fetchMe()
    if (changes !== asked.changes) return user.value
    if (csrfToken() !== asked.token) return ask()
    if (me?.id !== user.value?.id) become(me)
    return me
  }
  function become(next: Me | null) {
    changes += 1
    user.value = next
    const channel = new BroadcastChannel(CHANNEL)
    channel.postMessage(next?.id ?? null)
    channel.close()
  }
  async function change(act: () => Promise<Me | null>) {
    changing = true
    try {
      become(await act())
    } finally {
      changing = false
    }
  }
  function forget() {
    user.value = null
  }
  return {
    user: readonly(user),
    /** Asks the server; who asks meanwhile gets the same answer. */
    load(): Promise<Me | null> {
      asking ??= ask().finally(() => (asking = null))
      return asking
    },
    signIn: (id: number) => change(() => startSession(id)),
    signOut: () => change(() => endSession().then(() => null)),
    /** Somebody is about to be somebody else here. */
    isChanging: () => changing,
    /** The server knows of no session: other tabs learn it from the server, too. */
    forget,
    /** Calls back when another tab has become somebody else. */
    onChangeElsewhere(callback: () => void): () => void {
      const channel = new BroadcastChannel(CHANNEL)
      channel.onmessage = ({ data }) => {
        if (asking || data === (user.value?.id ?? null)) return
        forget()
        callback()
      }
      return () => channel.close()
    },
  }
}
