/** Makes `dist/`, the package as it is published: Node does not strip types inside node_modules. */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const here = import.meta.dirname
const dist = join(here, 'dist')

rmSync(dist, { recursive: true, force: true })
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', join(here, 'tsconfig.build.json')], { stdio: 'inherit' })
for (const name of ['README.md', 'proto']) cpSync(join(here, name), join(dist, name), { recursive: true })
cpSync(join(here, '..', '..', 'LICENSE'), join(dist, 'LICENSE'))
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`)

/** As in the workspace, but with compiled exports and without what only the workspace needs. */
function published() {
  const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
    exports: Record<string, string>
  }
  const compiled = Object.entries(manifest.exports).map(([path, source]) => {
    const base = source.replace('./src/', './lib/').replace(/\.ts$/, '')
    return [path, { types: `${base}.d.ts`, default: `${base}.js` }]
  })
  const exports = Object.fromEntries(compiled) as unknown
  return { ...manifest, exports, files: ['lib', 'proto'], scripts: undefined, devDependencies: undefined }
}
