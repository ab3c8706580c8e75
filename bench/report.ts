import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { BenchName, Options } from './options.ts'
import type { Row } from './samples.ts'

export interface Report {
  bench: BenchName
  date: string
  machine: Record<string, string | number>
  options: Options
  rows: Row[]
}

export function machineFacts(): Report['machine'] {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? '',
    memory: totalmem(),
    // Above zero before anything is measured: somebody else is at work.
    load: loadavg()[0] ?? 0,
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  }
}

export const reportFile = (bench: BenchName) => join(import.meta.dirname, 'results', `${bench}.json`)

export async function readReport(file: string): Promise<Report | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Report) // as writeReport wrote it
}

export async function writeReport(file: string, report: Report): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(report, null, 1)}\n`)
}
