import type { Progress } from './web-build.ts'

const TITLE = 'Building the web app'
const ERASE_LINE = '\r\x1b[2K'

/** On a terminal one line that moves, elsewhere one for each stage. */
export function showProgress(out: NodeJS.WriteStream): Progress {
  return out.isTTY ? movingLine(out) : lines(out)
}

function movingLine(out: NodeJS.WriteStream): Progress {
  const seconds = stopwatch()
  let current = 'starting'
  const draw = () => out.write(`${ERASE_LINE}${TITLE}: ${current}, ${seconds(0)} s`)
  draw()
  const drawing = setInterval(draw, 1000)
  return {
    stage(name) {
      current = name
      draw()
    },
    end(outcome) {
      clearInterval(drawing)
      out.write(`${ERASE_LINE}${TITLE}: ${outcome} after ${seconds(1)} s\n`)
    },
  }
}

function lines(out: NodeJS.WriteStream): Progress {
  const seconds = stopwatch()
  out.write(`${TITLE}, which takes a few seconds …\n`)
  return {
    stage: (name) => void out.write(`  ${name}\n`),
    end: (outcome) => void out.write(`  ${outcome} after ${seconds(1)} s\n`),
  }
}

function stopwatch() {
  const started = performance.now()
  return (digits: number) => ((performance.now() - started) / 1000).toFixed(digits)
}
