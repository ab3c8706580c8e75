import type { Attention } from './protocol.ts'

export interface PageListener {
  attention(attention: Attention): void
  /** The network or the person is back. */
  wake(): void
  /** The page is about to be closed, or to be frozen with all that it holds. */
  away(): void
  /** It was not closed after all. */
  back(): void
}

export function attentionNow(): Attention {
  if (document.hidden) return 'hidden'
  return document.hasFocus() ? 'focused' : 'visible'
}

export function watchPage(listener: PageListener, signal: AbortSignal): void {
  const attend = () => listener.attention(attentionNow())
  window.addEventListener('focus', attend, { signal })
  window.addEventListener('blur', attend, { signal })
  window.addEventListener('online', listener.wake, { signal })
  window.addEventListener('pagehide', listener.away, { signal })
  window.addEventListener('pageshow', ({ persisted }) => persisted && listener.back(), { signal })
  document.addEventListener('freeze', listener.away, { signal })
  document.addEventListener('resume', listener.back, { signal })
  const look = () => {
    attend()
    if (!document.hidden) listener.wake()
  }
  document.addEventListener('visibilitychange', look, { signal })
}
