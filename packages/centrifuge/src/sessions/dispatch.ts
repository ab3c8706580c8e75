import { connect } from '../commands/connect.ts'
import { history } from '../commands/history.ts'
import { presence, presenceStats } from '../commands/presence.ts'
import { publish } from '../commands/publish.ts'
import { refresh } from '../commands/refresh.ts'
import { rpc } from '../commands/rpc.ts'
import { refreshSubscription } from '../commands/sub-refresh.ts'
import { subscribe, unsubscribe } from '../commands/subscribe.ts'
import { ClientError, Disconnect, disconnect, refusal } from '../errors.ts'
import { count } from '../metrics/counters.ts'
import { report, type Node } from '../node.ts'
import type { Command, Method } from '../protocol/commands.ts'
import { closeSession, failSession, forget } from './close.ts'
import { mayCommand } from './rate-limit.ts'
import { reply } from './send.ts'
import { isClosed, type Session, type Task } from './session.ts'

// Beyond so many unanswered commands the socket is not read, which slows the client down.
const maxWaitingTasks = 64

/** They change nothing about the connection, so that several may be under way at a time. */
const independent = new Set<Method>(['publish', 'history', 'presence', 'presence_stats', 'rpc'])

/** Takes one frame of a client. */
export function receive(node: Node, session: Session, frame: Buffer): void {
  if (isClosed(session)) return
  try {
    for (const command of session.codec.decode(frame)) accept(node, session, command)
  } catch (error) {
    failSession(node, session, error)
  }
}

/** Does a task when those before it that matter to it are done. */
export function enqueue(node: Node, session: Session, task: Task): void {
  session.tasks.push(task)
  startTasks(node, session)
  if (!session.isPaused && session.tasks.length > maxWaitingTasks) {
    session.isPaused = true
    session.transport.pause()
  }
}

/** A pong does not wait for the commands before it: they may be slow, and the client is alive. */
function accept(node: Node, session: Session, command: Command): void {
  if (command.method === 'pong') takePong(node, session)
  // Nobody is kept from giving something up.
  else if (mayCommand(node, session) || command.method === 'unsubscribe') enqueue(node, session, command)
  else refuse(node, session, command, refusal(111))
}

/** One for each ping; where it may take any time, nobody knows which ping it is for. */
function takePong({ settings }: Node, session: Session): void {
  if (session.pongBy === Infinity && settings.pongTimeout > 0) throw disconnect('badRequest')
  session.pongBy = Infinity
}

function startTasks(node: Node, session: Session): void {
  for (let next = session.tasks[0]; next && mayStart(node, session, next); next = session.tasks[0]) {
    session.tasks.shift()
    session.running++
    session.isExclusive = !isIndependent(next)
    void finish(node, session, next)
  }
}

/** What changes the connection waits for all before it, and all after it wait for that. */
function mayStart({ settings }: Node, session: Session, task: Task): boolean {
  if (session.running === 0) return true
  return !session.isExclusive && isIndependent(task) && session.running < settings.concurrency
}

function isIndependent(task: Task): boolean {
  return typeof task !== 'function' && independent.has(task.method)
}

async function finish(node: Node, session: Session, task: Task): Promise<void> {
  await (typeof task === 'function' ? task() : answer(node, session, task))
  session.running--
  startTasks(node, session)
  if (session.isPaused && session.tasks.length === 0) resume(node, session)
}

/** A pong may have waited to be read. */
function resume({ settings }: Node, session: Session): void {
  session.isPaused = false
  if (session.pongBy !== Infinity) session.pongBy = performance.now() + settings.pongTimeout
  session.transport.resume()
}

async function answer(node: Node, session: Session, command: Command): Promise<void> {
  if (isClosed(session)) return
  count(node.counters.commands, command.method)
  try {
    await run(node, session, command)
  } catch (error) {
    if (error instanceof Disconnect) closeSession(node, session, error)
    else refuse(node, session, command, error)
    if (command.method === 'connect' && !isClosed(session)) {
      session.state = 'refused'
      forget(node, session)
    }
  }
}

function refuse(node: Node, session: Session, command: Command, error: unknown): void {
  const isForClient = error instanceof ClientError
  if (!isForClient) report(node, error)
  const { code, message, temporary } = isForClient ? error : refusal(100)
  count(node.counters.errors, code)
  if (command.id > 0)
    reply(node, session, { id: command.id, method: 'error', result: { code, message, temporary } })
}

function run(node: Node, session: Session, command: Command): Promise<void> | void {
  if (command.method === 'connect') return connect(node, session, command)
  if (session.state !== 'connected') throw disconnect('badRequest')
  switch (command.method) {
    case 'subscribe':
      return subscribe(node, session, command)
    case 'unsubscribe':
      unsubscribe(node, session, command)
      return
    case 'publish':
      return publish(node, session, command)
    case 'history':
      return history(node, session, command)
    case 'presence':
      return presence(node, session, command)
    case 'presence_stats':
      return presenceStats(node, session, command)
    case 'rpc':
      return rpc(node, session, command)
    case 'refresh':
      return refresh(node, session, command)
    case 'sub_refresh':
      return refreshSubscription(node, session, command)
    case 'ping':
      throw refusal(108)
    case 'send':
      throw disconnect('notAvailable')
    case 'pong':
      // Pongs are taken before they get here.
      throw disconnect('badRequest')
  }
}
