/**
 * Makes the package as it is published, in `dist/` or in the folder that is named: Node does not strip types inside
 * node_modules.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

interface Manifest {
  exports: Record<string, string>
  dependencies: Record<string, string>
}

const here = import.meta.dirname
const dist = resolve(process.argv[2] ?? join(here, 'dist'))

rmSync(dist, { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const flags = ['-p', join(here, 'tsconfig.build.json'), '--outDir', join(dist, 'lib')]
execFileSync(process.execPath, [tsc, ...flags], { stdio: 'inherit' })
for (const name of ['README.md', 'proto']) cpSync(join(here, name), join(dist, name), { recursive: true })
cpSync(join(here, '..', '..', 'LICENSE'), join(dist, 'LICENSE'))
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`)

/**
 * As in the workspace, whose sources nobody may publish by mistake, but with compiled exports, ranges of versions where
 * the workspace pins one, and without what only the workspace needs.
 */
function published() {
  const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as Manifest
  const exports = mapValues(manifest.exports, (source) => {
    const base = source.replace('./src/', './lib/').replace(/\.ts$/, '')
    return { types: `${base}.d.ts`, default: `${base}.js` }
  })
  const dependencies = mapValues(manifest.dependencies, (version) => `^${version}`)
  const left = { private: undefined, scripts: undefined, devDependencies: undefined }
  return { ...manifest, exports, dependencies, files: ['lib', 'proto'], ...left }
}

function mapValues<T>(record: Record<string, string>, map: (value: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
