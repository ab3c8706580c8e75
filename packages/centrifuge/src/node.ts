import type { Channels } from './channels/config.ts'
import type { Announcement, Engine } from './engine/engine.ts'
import type { Presence } from './engine/presence.ts'
import type { ConnectionInfo, Hooks } from './hooks.ts'
import type { Counters } from './metrics/counters.ts'
import type { Settings } from './options.ts'
import type { Channel, Session } from './sessions/session.ts'
import type { TokenVerifier } from './tokens/verifier.ts'
import type { Due } from './turns.ts'

/** All that the functions of this package work on. */
export interface Node {
  /** Told to emulated clients, and to whoever asks for `info`. */
  id: string
  startedAt: number
  settings: Settings
  hooks: Hooks
  channelRules: Channels
  /** Absent: tokens are the hooks' affair. */
  connectionTokens: TokenVerifier | undefined
  subscriptionTokens: TokenVerifier | undefined
  engine: Engine
  presence: Presence
  counters: Counters
  /** Every open connection, connected or not. */
  sessions: Set<Session>
  /** Sessions by user, from when it is known who it is. */
  users: Map<string, Set<Session>>
  /** Sessions whose clients send commands by requests of their own, by their secrets. */
  emulated: Map<string, Session>
  channels: Map<string, Channel>
  /** There is something in the session's outbox. */
  due: Due<Session>
  isClosing: boolean
  /** Notifications under way, which nobody waits for but the shutdown. */
  notifying: Set<Promise<void>>
  /** Tells a channel's subscribers, through the engine if it can. */
  announce(channel: Channel, announcement: Announcement): void
}

export function infoOf({ client, user, meta }: Session): ConnectionInfo {
  return { client, user, meta }
}

/** Where the faults of hooks and engines end up. */
export function report(node: Node, error: unknown): void {
  try {
    const { onError } = node.hooks
    // One that is asynchronous may fail later, and has nowhere to say so either.
    if (onError) void Promise.resolve(onError(error)).catch(() => undefined)
    else process.emitWarning(error instanceof Error ? error : String(error))
  } catch {
    // A fault of the reporter has nowhere to go.
  }
}

/** Runs a notification that only the shutdown waits for. */
export async function notify(node: Node, hook: () => void | Promise<void>): Promise<void> {
  const running = run(node, hook)
  node.notifying.add(running)
  await running
  node.notifying.delete(running)
}

async function run(node: Node, hook: () => void | Promise<void>): Promise<void> {
  try {
    await hook()
  } catch (error) {
    report(node, error)
  }
}
