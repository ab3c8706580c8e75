import Fastify from 'fastify'
import { Server } from 'socket.io'

// Floor of a message over Socket.IO: whoever joins hears what anybody sends. Runs as a process of its own.

type Reply = (answer: { success: true }) => void

const app = Fastify()
const io = new Server(app.server)

io.on('connection', (socket) => {
  socket.on('join_chat', async (_people: object, reply: Reply) => {
    await socket.join('chat')
    reply({ success: true })
  })
  socket.on('send_message', (message: object, reply: Reply) => {
    io.to('chat').emit('new_message', message)
    reply({ success: true })
  })
})

process.once('SIGTERM', () => process.exit(0))
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
