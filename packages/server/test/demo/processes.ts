import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** The first start of the demo builds its web app, which a busy machine takes long for. */
export const BUILD_MS = 240_000

const EXAMPLE = fileURLToPath(new URL('../../example/two-people.ts', import.meta.url))

export interface Ended {
  code: number | null
  output: string
}

export interface Running {
  url: string
  output: () => string
  /** SIGTERM, as an operator would. */
  stop: () => Promise<Ended>
  ended: Promise<Ended>
}

/** A real server on a free port; its environment is what is given and nothing else. */
export async function startServer(args: string[], env: Record<string, string>): Promise<Running> {
  const { child, output, ended } = start(MAIN, args, { PORT: '0', ...env })
  const listening = new Promise<string>((resolve) => {
    const look = () => {
      const url = /listening at (http:\S+),/.exec(output())?.[1]
      if (url === undefined) return
      child.stdout?.off('data', look)
      resolve(url)
    }
    child.stdout?.on('data', look)
  })
  const died = ended.then(({ output }) => {
    throw new Error(`The server ended:\n${output}`)
  })
  died.catch(() => undefined)
  const url = await Promise.race([listening, died])
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { url, output, stop, ended }
}

export const runServer = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  start(MAIN, args, env).ended

export const runExample = (url: string): Promise<Ended> => start(EXAMPLE, [url], {}).ended

function start(script: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  return { child: child as ChildProcess, output: () => output, ended: endOf(child, () => output) }
}

async function endOf(child: ChildProcess, output: () => string): Promise<Ended> {
  await once(child, 'close')
  return { code: child.exitCode, output: output() }
}
