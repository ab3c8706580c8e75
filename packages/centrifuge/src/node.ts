import type { Engine } from './engine.ts'
import type { ConnectionInfo, Hooks } from './hooks.ts'
import { createMemoryEngine } from './memory-engine.ts'
import { resolveSettings, type Options, type Settings } from './options.ts'
import type { Channel, Session } from './session.ts'

/** All that the functions of this package work on. */
export interface Node {
  settings: Settings
  hooks: Hooks
  engine: Engine
  /** Every open socket, connected or not. */
  sessions: Set<Session>
  /** Sessions by user, from when the connect hook has said who it is. */
  users: Map<string, Set<Session>>
  channels: Map<string, Channel>
  /** Sessions with something in the outbox. */
  dirty: Session[]
  isClosing: boolean
}

export function createNode(options: Options): Node {
  return {
    settings: resolveSettings(options),
    hooks: options,
    engine: options.engine ?? createMemoryEngine(),
    sessions: new Set(),
    users: new Map(),
    channels: new Map(),
    dirty: [],
    isClosing: false,
  }
}

export function infoOf({ client, user, meta }: Session): ConnectionInfo {
  return { client, user, meta }
}

/** Where the faults of hooks and engines end up. */
export function report(node: Node, error: unknown): void {
  try {
    node.hooks.onError?.(error)
  } catch {
    // A fault of the reporter has nowhere to go.
  }
}

/** Runs a notification hook that nobody waits for. */
export async function notify(node: Node, hook: () => void | Promise<void>): Promise<void> {
  try {
    await hook()
  } catch (error) {
    report(node, error)
  }
}
