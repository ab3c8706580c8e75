import { createHub } from '../model/hub.ts'
import { hold } from '../model/locks.ts'
import type { ToHub } from '../model/protocol.ts'
import { openSocket } from '../model/socket.ts'

declare const self: SharedWorkerGlobalScope

const userId = Number(self.name.replace('chat-', ''))
const lock = `chat-hub-${crypto.randomUUID()}`
const held = hold(lock, new AbortController().signal)
const hub = createHub<MessagePort>({
  lock,
  openSocket: (url, listener) => openSocket(userId, url, listener),
  post: (port, message) => port.postMessage(message),
})

self.addEventListener('connect', ({ ports: [port] }) => {
  if (!port) return
  port.onmessage = ({ data }: MessageEvent<ToHub>) => void held.then(() => hub.receive(port, data))
})
