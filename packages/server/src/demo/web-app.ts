import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A web app that is built before it is served. */
export interface WebApp {
  folder: string
  /** What its build depends on: files and folders. */
  sources: string[]
  /** The program that builds it, and its arguments; null where that is not installed. */
  builder: [program: string, ...args: string[]] | null
}

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url))
const OF_APP = ['app', 'i18n', 'modules', 'public', 'nuxt.config.ts', 'package.json']
const OF_REPOSITORY = ['packages/wire/src', 'package-lock.json']

/** The one of the repository; null where the server came without it. */
export function findWebApp(repository = REPOSITORY): WebApp | null {
  const folder = join(repository, 'apps/web')
  if (!fs.existsSync(folder)) return null
  const sources = [
    ...OF_APP.map((name) => join(folder, name)),
    ...OF_REPOSITORY.map((name) => join(repository, name)),
  ]
  return { folder, sources, builder: findNuxt(folder) }
}

function findNuxt(folder: string): WebApp['builder'] {
  try {
    const manifest = createRequire(join(folder, 'package.json')).resolve('nuxt/package.json')
    return [join(manifest, '../bin/nuxt.mjs'), 'generate']
  } catch {
    return null
  }
}

/** Where its build arrives, whole. */
export const outputOf = (folder: string): string => join(folder, '.output')

/** The folder of it that browsers may see. */
export const publicOf = (folder: string): string => join(outputOf(folder), 'public')

/** The page that every address of the app answers. */
export const SHELL = '200.html'

const markOf = (folder: string) => join(outputOf(folder), 'built-from')

/** Whether its last build went through, and was of what has this fingerprint. */
export function isBuiltFrom(folder: string, fingerprint: string): boolean {
  const mark = markOf(folder)
  return fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === fingerprint
}

export function markBuilt(folder: string, fingerprint: string): void {
  fs.writeFileSync(markOf(folder), fingerprint)
}

/** Changes with the name and the content of any source. */
export function fingerprintOf({ folder, sources }: WebApp): string {
  const hash = createHash('sha256')
  for (const file of sources.flatMap(filesOf)) {
    const content = fs.readFileSync(file)
    hash.update(`${relative(folder, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

function filesOf(source: string): string[] {
  if (!fs.existsSync(source)) return []
  if (!fs.statSync(source).isDirectory()) return [source]
  return fs
    .readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
}
