import { showProgress } from './progress.ts'
import { findWebApp, publicOf } from './web-app.ts'
import { buildWebApp } from './web-build.ts'

/** The folder of the built web app, which a signal keeps from being built; null where it is not installed. */
export async function prepareWebApp(out: NodeJS.WriteStream, app = findWebApp()): Promise<string | null> {
  const stop = new AbortController()
  const abort = () => stop.abort()
  process.once('SIGINT', abort).once('SIGTERM', abort)
  try {
    const options = { begin: () => showProgress(out), signal: stop.signal }
    if (app && (await buildWebApp(app, options))) return publicOf(app.folder)
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort)
  }
  out.write('The web app (apps/web) is not installed here: the demo has its APIs alone.\n')
  return null
}
