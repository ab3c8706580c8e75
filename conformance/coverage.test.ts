import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('every test that COVERAGE.md names exists', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
  const within = (folder: string) =>
    readdirSync(new URL(folder, import.meta.url)).map((name) => `${folder}${name}`)
  const files = [
    ...within('./marketplace/'),
    ...within('./workspace/'),
    ...within('./rooms/'),
    ...within('./direct/'),
    ...within('./dialogs/'),
    ...within('./').filter((name) => /(marketplace|workspace|rooms|dialogs)-/.test(name)),
  ]
  const sources = files.map(read).join('\n').replaceAll("\\'", "'")
  const table = read('COVERAGE.md')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/`[^`]*`/g, '')
  const named = [...table.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
  const inProse = ['Frontend handling']
  expect(named.length).toBeGreaterThan(80)
  expect(named.filter((name) => !inProse.includes(name) && !sources.includes(name))).toEqual([])
})
