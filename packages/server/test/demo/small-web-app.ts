import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { WebApp } from '../../src/demo/web-app.ts'

/** Copies its one page, tells of each run in `runs`, and as long as there is a file `hold`, stops half-way. */
const BUILDER = `
import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'

fs.appendFileSync('runs', JSON.stringify({ pid: process.pid, env: process.env, args: process.argv.slice(2) }) + '\\n')
console.log('\\x1b[36mBuilding client...\\x1b[39m')
fs.mkdirSync('.output/public', { recursive: true })
fs.writeFileSync('.output/public/half', '')
while (fs.existsSync('hold')) await setTimeout(5)
const page = fs.readFileSync('app/page.html', 'utf8')
if (page === 'broken') {
  console.error('page.html is broken')
  process.exit(1)
}
fs.writeFileSync('.output/public/200.html', page)
`

interface Run {
  pid: number
  env: Record<string, string>
  args: string[]
}

export interface SmallWebApp {
  app: WebApp
  write(page: string): void
  /** What is served; null where nothing is. */
  built(): string | null
  runs(): Run[]
  /** Runs stop half-way from now on. */
  hold(): void
  letGo(): void
  /** Resolves when that many have begun. */
  begun(count: number): Promise<void>
  remove(): void
}

export function smallWebApp(): SmallWebApp {
  const folder = fs.mkdtempSync(join(tmpdir(), 'parley-test-web-'))
  const file = (name: string) => join(folder, name)
  const read = (name: string) => (fs.existsSync(file(name)) ? fs.readFileSync(file(name), 'utf8') : null)
  const runs = () =>
    (read('runs') ?? '').split('\n').flatMap((line) => (line ? [JSON.parse(line) as Run] : []))
  fs.mkdirSync(file('app'))
  fs.writeFileSync(file('builder.mjs'), BUILDER)
  fs.writeFileSync(file('app/page.html'), 'first')
  return {
    app: { folder, sources: [file('app')], builder: [file('builder.mjs'), 'generate'] },
    write: (page) => fs.writeFileSync(file('app/page.html'), page),
    built: () => read('.output/public/200.html'),
    runs,
    hold: () => fs.writeFileSync(file('hold'), ''),
    letGo: () => fs.rmSync(file('hold')),
    async begun(count) {
      while (runs().length < count) await setTimeout(5)
    },
    remove: () => fs.rmSync(folder, { recursive: true }),
  }
}
