import { conversations } from './direct/conversations.ts'
import { paging } from './direct/paging.ts'
import { recovery } from './direct/recovery.ts'
import { snippets } from './direct/snippets.ts'
import { talk } from './support/talk.ts'

talk('direct on the embedded store', [snippets, conversations, paging, recovery], {
  PARLEY_TRUST_CLIENT_IDS: 'true',
})
