import { onMounted, shallowRef } from 'vue'

/** What a page shows once it has been fetched, or why it was not. */
export function useLoaded<T>(fetch: () => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<unknown>(null)

  async function load(): Promise<void> {
    error.value = null
    try {
      data.value = await fetch()
    } catch (fault) {
      error.value = fault
    }
  }
  onMounted(load)
  return { data, error, load }
}
