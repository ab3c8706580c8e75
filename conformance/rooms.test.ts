import { chats } from './rooms/chats.ts'
import { counts } from './rooms/counts.ts'
import { description } from './rooms/description.ts'
import { files } from './rooms/files.ts'
import { messages } from './rooms/messages.ts'
import { paging } from './rooms/paging.ts'
import { participants } from './rooms/participants.ts'
import { sockets } from './rooms/sockets.ts'
import { talk } from './support/talk.ts'

talk('rooms on the embedded store', [
  ...[description, chats, participants, messages, files, paging, counts, sockets],
])
