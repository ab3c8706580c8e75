import { readonly, type Ref } from 'vue'
import { endSession, fetchMe, startSession } from '#session'
import type { Me } from '../model/user.schema.ts'

const CHANNEL = 'parley.session'

/** Who is signed in here. Signing in or out reloads the other tabs: they have the same cookies. */
export function useCurrentUser() {
  const user = useState<Me | null>('user', () => null)
  const asking = useState<Promise<Me | null> | null>('user.asking', () => null)

  async function ask(): Promise<Me | null> {
    user.value = await fetchMe()
    return user.value
  }
  function change(next: Me | null) {
    user.value = next
    const channel = new BroadcastChannel(CHANNEL)
    channel.postMessage(next?.id ?? null)
    channel.close()
  }
  return {
    user: readonly(user) as Readonly<Ref<Me | null>>,
    /** Asks the server; who asks meanwhile gets the same answer. */
    load(): Promise<Me | null> {
      asking.value ??= ask().finally(() => (asking.value = null))
      return asking.value
    },
    async signIn(id: number): Promise<void> {
      change(await startSession(id))
    },
    async signOut(): Promise<void> {
      await endSession()
      change(null)
    },
    /** The server knows of no session: other tabs learn it from the server, too. */
    forget: () => (user.value = null),
    /** Calls back when another tab has become somebody else. */
    onChangeElsewhere(callback: () => void): void {
      new BroadcastChannel(CHANNEL).onmessage = ({ data }) => {
        if (data !== (user.value?.id ?? null)) callback()
      }
    },
  }
}
