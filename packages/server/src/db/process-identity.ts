import fs from 'node:fs'
import { hostname } from 'node:os'

/** A process, told apart from a later one that gets the same pid. */
export interface ProcessIdentity {
  pid: number
  /** When it started, as far as the system tells; '' where it does not. */
  born: string
  /** Where its pid means something: a boot and a pid namespace (a container has its own), or a host. */
  world: string
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
const PID_NAMESPACE = '/proc/self/ns/pid'

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, born: bornOf(process.pid) ?? '', world: ownWorld() }
}

/** Undefined where it lives in another container or on another machine, which cannot be seen from here. */
export function isRunning({ pid, born, world }: ProcessIdentity): boolean | undefined {
  if (world !== ownWorld()) return undefined
  return bornOf(pid) === born
}

function ownWorld(): string {
  if (!fs.existsSync(BOOT_ID)) return hostname()
  return `${fs.readFileSync(BOOT_ID, 'utf8').trim()} ${fs.readlinkSync(PID_NAMESPACE)}`
}

/** Undefined when there is no such process. */
function bornOf(pid: number): string | undefined {
  if (fs.existsSync('/proc/self/stat')) return bornByProc(pid)
  if (pid === process.pid) return String(performance.timeOrigin)
  return answersSignals(pid) ? '' : undefined
}

function bornByProc(pid: number): string | undefined {
  let stat: string
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name before the last parenthesis may hold anything; see proc(5) for what follows.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  return state === 'Z' || state === 'X' ? undefined : fields[19]
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
