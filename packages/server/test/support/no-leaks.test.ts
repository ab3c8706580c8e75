import { execFile } from 'node:child_process'
import path from 'node:path'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const vitest = path.join(
  path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
)
const run = promisify(execFile)

async function output(file: string): Promise<string> {
  const args = [vitest, 'run', '--config', path.join(import.meta.dirname, 'leaks/vitest.config.ts'), file]
  const env = { ...process.env, NO_COLOR: '1' }
  const { stdout, stderr } = await run(process.execPath, args, { env }).catch(
    (failed: unknown) => failed as { stdout: string; stderr: string }, // execFile puts both on its error
  )
  return stdout + stderr
}

test.concurrent('a file that leaves things behind fails, and says what they are', async () => {
  const said = await output('all.leak.ts')
  expect(said).toContain('1 failed')
  for (const leak of ['TCPServerWrap', 'TCPSocketWrap', 'ProcessWrap', '1 Timeout', '1 Worker']) {
    expect(said).toContain(leak)
  }
  expect(said).toMatch(/a server on \{"address":"127\.0\.0\.1"/)
  expect(said).toContain('process.stdin.resume()')
})

test.concurrent('a single timer is enough', async () => {
  expect(await output('timer.leak.ts')).toContain('This file leaves behind: 1 Timeout.')
})

test.concurrent('a file that cleans up passes, even where closing takes a moment', async () => {
  const said = await output('none.leak.ts')
  expect(said).toContain('1 passed')
  expect(said).not.toContain('failed')
})
