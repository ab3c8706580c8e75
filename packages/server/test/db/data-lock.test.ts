import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeDataLock } from '../../src/db/data-lock.ts'
import { start } from './processes/run.ts'

let dataDir = ''
let folder = ''
let file = ''

beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'parley-test-lock-'))
  folder = path.join(dataDir, 'postgres')
  file = `${folder}.lock`
})

afterEach(() => fs.rmSync(dataDir, { recursive: true }))

type Content = Record<string, unknown>

function change(changes: Content): void {
  const content = JSON.parse(fs.readFileSync(file, 'utf8')) as Content
  fs.writeFileSync(file, JSON.stringify({ ...content, ...changes }))
}

/** As it looks when its process has died without releasing it. */
function leaveAbandoned(changes: { id: string } & Content): void {
  const lock = takeDataLock(folder)
  change(changes)
  lock.release()
}

test('is taken once, and again when it is released', () => {
  const lock = takeDataLock(folder)
  expect(() => takeDataLock(folder)).toThrow(`${folder} is in use by process ${process.pid}`)
  lock.release()
  expect(fs.readdirSync(dataDir)).toEqual([])
  takeDataLock(folder).release()
})

test('is stolen from a process whose pid now belongs to another', () => {
  leaveAbandoned({ id: 'earlier', born: 'long ago' })
  const lock = takeDataLock(folder)
  expect(fs.readdirSync(dataDir)).toEqual(['postgres.lock'])
  lock.release()
})

test('is stolen from a dead process, even where somebody died over stealing it', () => {
  leaveAbandoned({ id: 'earlier', born: 'long ago' })
  fs.writeFileSync(`${file}.earlier`, fs.readFileSync(file, 'utf8').replace('earlier', 'thief'))
  const lock = takeDataLock(folder)
  expect(fs.readdirSync(dataDir)).toEqual(['postgres.lock'])
  lock.release()
})

test('is not stolen from another machine or container that has touched it lately', () => {
  leaveAbandoned({ id: 'foreign', world: 'another', pid: 7 })
  expect(() => takeDataLock(folder)).toThrow('in use by process 7')
  const minuteAgo = new Date(Date.now() - 60_000)
  fs.utimesSync(file, minuteAgo, minuteAgo)
  takeDataLock(folder).release()
})

test('that says nothing is left alone, and the error says what to do', () => {
  fs.writeFileSync(file, '')
  expect(() => takeDataLock(folder)).toThrow(/cannot be read. Delete it/)
  expect(fs.readdirSync(dataDir)).toEqual(['postgres.lock'])
})

test('is not released by one from whom it was stolen', () => {
  const robbed = takeDataLock(folder)
  change({ born: 'long ago' })
  const thief = takeDataLock(folder)
  robbed.release()
  expect(() => takeDataLock(folder)).toThrow('in use')
  thief.release()
})

test('is stolen by one of many processes that start at once after a crash', async () => {
  const folders = Array.from({ length: 200 }, (_, index) => path.join(dataDir, String(index)))
  const crashed = start('lock-taker.ts', folders)
  await answers(crashed, 'go')
  await crashed.kill()
  const starters = Array.from({ length: 6 }, () => start('lock-taker.ts', folders))
  await Promise.all(starters.map((starter) => starter.lines.next()))
  const said = await Promise.all(starters.map((starter) => answers(starter, 'go')))
  for (const [index, name] of folders.entries()) {
    const outcomes = said.map((lines) => lines[index])
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome?.includes(`${name} is in use by process`))).toHaveLength(5)
  }
  await Promise.all(starters.map((starter) => starter.kill()))
})

async function answers(child: ReturnType<typeof start>, order: string): Promise<string[]> {
  child.say(order)
  const lines: string[] = []
  for (let line = await child.lines.next(); line.value !== 'done'; line = await child.lines.next()) {
    if (line.done) throw new Error('The process has ended.')
    if (line.value !== 'ready') lines.push(line.value)
  }
  return lines
}
