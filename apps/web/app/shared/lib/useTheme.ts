import { computed } from 'vue'
import { keptTexts } from './storage.ts'

const kept = keptTexts(() => localStorage)

/** The class on the root element is the truth: public/theme.js has set it before the first paint. */
export function useTheme() {
  const dark = useState('dark', () => document.documentElement.classList.contains('dark'))
  function toggle(): void {
    dark.value = !dark.value
    document.documentElement.classList.toggle('dark', dark.value)
    kept.set('theme', dark.value ? 'dark' : 'light')
  }
  return { dark: computed(() => dark.value), toggle }
}
