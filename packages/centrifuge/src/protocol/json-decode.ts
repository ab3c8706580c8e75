import { disconnect } from '../errors.ts'
import type { Command } from './commands.ts'
import { parseCommand } from './parse-command.ts'

export function decodeFrame(frame: Buffer): Command[] {
  const lines = frame.toString().trimEnd().split('\n')
  return lines.map((line) => parseCommand(parseJson(line), line.length))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw disconnect('badRequest')
  }
}
