import { describe } from 'vitest'
import { useChat } from '../support/chat.ts'
import type { ServerOptions } from '../support/server.ts'
import { authorisation } from './authorisation.ts'
import { conversationList } from './conversation-list.ts'
import { conversations } from './conversations.ts'
import { flows } from './flows.ts'
import { former } from './former.ts'
import { host } from './host.ts'
import { identity } from './identity.ts'
import { images } from './images.ts'
import { input } from './input.ts'
import { messages } from './messages.ts'
import { openapi } from './openapi.ts'
import { presence } from './presence.ts'
import { receipts } from './receipts.ts'
import { recovery } from './recovery.ts'
import { replay } from './replay.ts'
import { search } from './search.ts'
import { sockets } from './sockets.ts'
import { JWT_SECRETS, tokens } from './tokens.ts'

/** Document 000 from end to end, against one server; every store runs it. */
export function marketplace(store: string, env: ServerOptions['env'] = {}) {
  describe(`marketplace on ${store}`, () => {
    const chat = useChat(() => ({ env: { PARLEY_JWT_SECRETS: JWT_SECRETS.join(','), ...env } }))
    const parts = [
      ...[flows, conversations, conversationList, messages, images, receipts, presence, search],
      ...[replay, recovery, identity, tokens, sockets, authorisation, former, input, host, openapi],
    ]
    for (const part of parts) describe(part.name, () => part(chat))
  })
}
