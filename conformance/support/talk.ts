import { describe } from 'vitest'
import { useChat, type Chat } from './chat.ts'
import { useFriends, type Friends } from './friends.ts'
import type { ServerOptions } from './server.ts'
import { TEAM_SECRET } from './team.ts'

type Part = (friends: Friends, chat: Chat) => void

/** Parts of the suites of documents 002 and 003, against one server. */
export function talk(title: string, parts: Part[], env: ServerOptions['env'] = {}) {
  describe(title, () => {
    const chat = useChat(() => ({ env: { PARLEY_JWT_SECRETS: TEAM_SECRET, ...env } }))
    const friends = useFriends(chat)
    for (const part of parts) describe(part.name, () => part(friends, chat))
  })
}
