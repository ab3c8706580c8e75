import { files } from './dialogs/files.ts'
import { dialogs } from './dialogs/house.ts'
import { lists } from './dialogs/lists.ts'
import { management } from './dialogs/management.ts'
import { markup } from './dialogs/markup.ts'
import { messages } from './dialogs/messages.ts'
import { scopes } from './dialogs/scopes.ts'
import { takingPart } from './dialogs/taking-part.ts'

dialogs('dialogs on the embedded store', [lists, takingPart, messages, markup, files, scopes, management])
