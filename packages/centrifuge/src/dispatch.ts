import { closeSession, forget } from './close.ts'
import { connect } from './commands/connect.ts'
import { history } from './commands/history.ts'
import { publish } from './commands/publish.ts'
import { refresh } from './commands/refresh.ts'
import { rpc } from './commands/rpc.ts'
import { refreshSubscription, subscribe, unsubscribe } from './commands/subscribe.ts'
import { ClientError, closings, Disconnect, disconnect, refusal } from './errors.ts'
import { report, type Node } from './node.ts'
import type { Command } from './protocol/commands.ts'
import { reply } from './send.ts'
import { isClosed, type Session, type Task } from './session.ts'

// Beyond so many unanswered commands the socket is not read, which slows the client down.
const maxWaitingTasks = 64

/** Takes one frame of a client. */
export function receive(node: Node, session: Session, frame: Buffer): void {
  if (isClosed(session)) return
  try {
    for (const command of session.codec.decode(frame)) accept(node, session, command)
  } catch (error) {
    closeSession(node, session, error instanceof Disconnect ? error : closings.internal)
  }
}

/** Does a task when all before it are done. */
export function enqueue(node: Node, session: Session, task: Task): void {
  session.tasks.push(task)
  if (!session.isBusy) void work(node, session)
  else if (!session.isPaused && session.tasks.length > maxWaitingTasks) {
    session.isPaused = true
    session.transport.pause()
  }
}

/** A pong does not wait for the commands before it: they may be slow, and the client is alive. */
function accept(node: Node, session: Session, command: Command): void {
  if (command.method !== 'pong') {
    enqueue(node, session, command)
    return
  }
  if (session.pongBy === Infinity) throw disconnect('badRequest')
  session.pongBy = Infinity
}

async function work(node: Node, session: Session): Promise<void> {
  session.isBusy = true
  for (let task = session.tasks.shift(); task; task = session.tasks.shift()) {
    if (typeof task === 'function') await task()
    else if (!isClosed(session)) await answer(node, session, task)
  }
  session.isBusy = false
  if (session.isPaused) {
    session.isPaused = false
    session.transport.resume()
  }
}

async function answer(node: Node, session: Session, command: Command): Promise<void> {
  try {
    await run(node, session, command)
  } catch (error) {
    if (error instanceof Disconnect) closeSession(node, session, error)
    else refuse(node, session, command, error)
  }
}

function refuse(node: Node, session: Session, command: Command, error: unknown): void {
  const isForClient = error instanceof ClientError
  if (!isForClient) report(node, error)
  const { code, message, temporary } = isForClient ? error : refusal(100)
  if (command.method === 'connect' && !isClosed(session)) {
    session.state = 'refused'
    forget(node, session)
  }
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
    case 'rpc':
      return rpc(node, session, command)
    case 'sub_refresh':
      return refreshSubscription(session, command)
    case 'ping':
    case 'presence':
    case 'presence_stats':
      throw refusal(108)
    case 'send':
      throw disconnect('notAvailable')
    case 'refresh':
      return refresh(node, session, command)
    case 'pong':
      // Pongs are taken before they get here.
      throw disconnect('badRequest')
  }
}
