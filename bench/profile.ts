import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

const ROWS = 40

/** The functions in which the processes that wrote their profiles here spent their own time. */
export async function printProfile(folder: string): Promise<void> {
  for await (const file of glob(join(folder, '*.cpuprofile'))) {
    const spent = selfTimes(JSON.parse(await readFile(file, 'utf8')) as Profile) // as Node wrote it
    spent.delete('(idle)')
    const total = [...spent.values()].reduce((sum, time) => sum + time, 0)
    console.log(`\nCPU of ${file.split('/').at(-1)}: ${(total / 1e6).toFixed(1)} s`)
    const top = [...spent].sort(([, a], [, b]) => b - a).slice(0, ROWS)
    for (const [name, time] of top) console.log(`${((100 * time) / total).toFixed(1).padStart(6)} %  ${name}`)
  }
}

function selfTimes({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const spent = new Map<string, number>()
  for (const [n, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[n] ?? 0))
  }
  return spent
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(node_modules|packages)\//, '')
  return `${functionName || '(anonymous)'}  ${place && `${place}:${lineNumber + 1}`}`.trim()
}
