import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { showProgress } from '../../src/demo/progress.ts'

function shown(isTTY: boolean): string {
  const out = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY })
  const progress = showProgress(out as unknown as NodeJS.WriteStream) // of which it only writes
  progress.stage('compiling')
  progress.end('done')
  return String(out.read())
}

it('a build shows one line that moves on a terminal', () => {
  expect(shown(true)).toMatch(
    /^\r\x1b\[2KBuilding the web app: starting, 0 s\r\x1b\[2K[^\n]*: compiling, 0 s\r\x1b\[2K[^\n]*: done after \d+\.\d s\n$/,
  )
})

it('a build shows a line for each stage elsewhere', () => {
  expect(shown(false)).toMatch(/^Building the web app[^\n]*\n {2}compiling\n {2}done after \d+\.\d s\n$/)
})
