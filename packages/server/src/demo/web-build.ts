import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { fingerprintOf, isBuiltFrom } from './web-app.ts'
import type { WebApp } from './web-app.ts'

/** What a build tells of itself while it goes on. */
export interface Progress {
  stage(name: string): void
  /** Nothing more comes. */
  end(outcome: 'done' | 'failed'): void
}

export interface BuildOptions {
  /** Called when there is something to build. */
  begin: () => Progress
  /** Ends the build. */
  signal: AbortSignal
}

const BUILDER = fileURLToPath(new URL('./web-builder.ts', import.meta.url))
const SHOWN_LINES = 20

/** By what the builder writes when it begins with them. */
const STAGES: [line: RegExp, stage: string][] = [
  [/^Waiting for another build/, 'waiting for another start that builds it'],
  [/Building Nuxt/, 'loading'],
  [/Building client/, 'compiling'],
  [/Initializing prerenderer/, 'writing pages'],
  [/Prerendered \d+ routes/, 'compressing'],
]

// Whatever else is set would be for the server, or change what is built.
const PASSED_ON = /^(PATH|HOME|TMPDIR|TEMP|TMP|SystemRoot|ComSpec|USERPROFILE|APPDATA|LOCALAPPDATA)$/i
const SETTINGS = { NUXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' }

/** Builds what has not been built from its present sources. False where it is not, and cannot be. */
export async function buildWebApp(app: WebApp, options: BuildOptions): Promise<boolean> {
  const fingerprint = fingerprintOf(app)
  if (isBuiltFrom(app.folder, fingerprint)) return true
  if (!app.builder) return false
  const progress = options.begin()
  try {
    await runBuilder(app.folder, [fingerprint, ...app.builder], progress, options.signal)
  } catch (error) {
    progress.end('failed')
    throw error
  }
  progress.end('done')
  return true
}

async function runBuilder(folder: string, args: string[], progress: Progress, signal: AbortSignal) {
  const child = spawn(process.execPath, [BUILDER, folder, ...args], {
    cwd: folder,
    env: { ...passedOn(process.env), ...SETTINGS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => child.kill()
  signal.addEventListener('abort', stop)
  const written: string[] = []
  for (const input of [child.stdout, child.stderr])
    createInterface(input).on('line', (line) => {
      written.push(stripVTControlCharacters(line))
      const stage = STAGES.find(([pattern]) => pattern.test(line))?.[1]
      if (stage !== undefined) progress.stage(stage)
    })
  await once(child, 'close')
  signal.removeEventListener('abort', stop)
  if (signal.aborted)
    throw new Error('Stopped while the web app was being built; the next start builds it anew.')
  if (child.exitCode !== 0) throw new Error(failure(written))
}

const passedOn = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name)))

const failure = (written: string[]) =>
  `${written.slice(-SHOWN_LINES).join('\n').trimEnd()}\n\n` +
  'The web app in apps/web could not be built: see above. A server without it is started by npm run serve.'
