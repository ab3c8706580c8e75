import { once } from 'node:events'
import pg from 'pg'
import { keepTrying } from './back-off.ts'
import { createChannels } from './channels.ts'
import type { OnNotify } from './channels.ts'
import { startHeartbeat, withConnection } from './postgres-connection.ts'

/** LISTEN for everybody in this process, on one connection, opened when first needed and again whenever it is lost. */
export interface Listener {
  listen(channel: string, onNotify: OnNotify): Promise<() => Promise<void>>
  close(): Promise<void>
}

export function createListener(databaseUrl: string, onError: (error: unknown) => void): Listener {
  const channels = createChannels()
  const stop = new AbortController()
  let connection = pendingConnection()
  let hasConnectedBefore = false
  let running: Promise<void> | undefined

  const serve = async (client: pg.Client, signal: AbortSignal): Promise<void> => {
    client.on('notification', ({ channel, payload }) => channels.call(channel, payload ?? ''))
    // A channel added meanwhile is met by this very loop.
    for (const channel of channels.names()) await client.query(`listen ${pg.escapeIdentifier(channel)}`)
    connection.resolve(client)
    if (hasConnectedBefore) channels.callAll('')
    hasConnectedBefore = true
    const stopHeartbeat = startHeartbeat(client)
    if (!signal.aborted) await once(signal, 'abort')
    stopHeartbeat()
    connection = pendingConnection()
  }
  const attempt = (): Promise<void> => withConnection({ databaseUrl, pipeline: true }, serve, stop.signal)

  return {
    async listen(channel, onNotify) {
      channels.add(channel, onNotify)
      running ??= keepTrying(attempt, stop.signal, onError)
      const client = await connection.promise
      // Where the connection breaks over it, the next one listens to every channel.
      await client.query(`listen ${pg.escapeIdentifier(channel)}`).catch(() => connection.promise)
      return async () => {
        if (!channels.remove(channel, onNotify) || stop.signal.aborted) return
        const current = await connection.promise
        await current.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => undefined)
      }
    },
    async close() {
      stop.abort()
      await running
      connection.reject(new Error('The database is closed.'))
    },
  }
}

function pendingConnection(): PromiseWithResolvers<pg.Client> {
  const pending = Promise.withResolvers<pg.Client>()
  pending.promise.catch(() => undefined) // whoever waits is told; it may be nobody
  return pending
}
