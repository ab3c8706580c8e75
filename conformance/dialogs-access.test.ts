import { authorisation } from './dialogs/authorisation.ts'
import { crossing } from './dialogs/crossing.ts'
import { description } from './dialogs/description.ts'
import { dialogs } from './dialogs/house.ts'
import { replay } from './dialogs/replay.ts'
import { sockets } from './dialogs/sockets.ts'
import { story } from './dialogs/story.ts'

dialogs('access to dialogs on the embedded store', [
  authorisation,
  sockets,
  description,
  replay,
  crossing,
  story,
])
