import { readonly } from 'vue'

const SHOWN_MS = 6_000

/** One line that tells what went wrong, wherever the person goes next. */
export function useNotice() {
  const notice = useState<string | null>('notice', () => null)
  const timer = useState<ReturnType<typeof setTimeout> | undefined>('notice-timer')

  function show(text: string): void {
    clearTimeout(timer.value)
    notice.value = text
    timer.value = setTimeout(() => (notice.value = null), SHOWN_MS)
  }
  return { notice: readonly(notice), show, hide: () => (notice.value = null) }
}
