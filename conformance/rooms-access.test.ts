import { authorisation } from './rooms/authorisation.ts'
import { crossing } from './rooms/crossing.ts'
import { malformed } from './rooms/malformed.ts'
import { recovery } from './rooms/recovery.ts'
import { socketAuthorisation } from './rooms/socket-authorisation.ts'
import { talk } from './support/talk.ts'

talk('rooms on the embedded store', [authorisation, socketAuthorisation, malformed, crossing, recovery])
