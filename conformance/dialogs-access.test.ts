import { dialogs } from './dialogs/house.ts'
import { sockets } from './dialogs/sockets.ts'

dialogs('access to dialogs on the embedded store', [sockets])
