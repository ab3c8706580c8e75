import { Duplex } from 'node:stream'
import type { Worker } from 'node:worker_threads'

/** What the worker says, besides bytes of the protocol. */
export interface Notice {
  created?: boolean
  died?: string
}

/** A connection for `pg` whose other end is the worker instead of a socket. */
export function streamTo(worker: Worker): Duplex {
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      send(worker, [chunk])
      done()
    },
    // `pg` corks the messages of one statement: they travel as one.
    writev: (chunks, done) => {
      send(
        worker,
        chunks.map(({ chunk }) => chunk as Buffer),
      )
      done()
    },
    final: (done) => {
      worker.once('exit', () => {
        stream.push(null)
        done()
      })
      worker.postMessage('close')
    },
  })
  worker.on('message', (message: Uint8Array | Notice) => {
    if (message instanceof Uint8Array)
      stream.push(Buffer.from(message.buffer, message.byteOffset, message.length))
    else if (message.died) stream.destroy(stopped(message.died))
  })
  worker.on('error', (error: Error) => stream.destroy(stopped(error.message)))
  worker.on('exit', () => {
    if (!stream.writableEnded) stream.destroy(stopped('its thread ended'))
  })
  return asSocket(stream)
}

function stopped(reason: string): Error {
  return new Error(`The embedded PostgreSQL stopped: ${reason}`)
}

function send(worker: Worker, chunks: Buffer[]): void {
  // Copied, since `pg` writes its next message into the same memory.
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  worker.postMessage(bytes, [bytes.buffer])
}

/** What `pg` calls on a socket and a Duplex has not. */
function asSocket(stream: Duplex): Duplex {
  return Object.assign(stream, {
    setNoDelay: () => stream,
    ref: () => stream,
    unref: () => stream,
    connect: () => {
      queueMicrotask(() => stream.emit('connect'))
      return stream
    },
  })
}
