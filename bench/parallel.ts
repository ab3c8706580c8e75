const WORKERS = 16

/** `work(1)` to `work(count)`, a few at a time; their results in that order. */
export async function mapInParallel<T>(
  count: number,
  work: (n: number) => Promise<T>,
  workers = WORKERS,
): Promise<T[]> {
  const results: T[] = []
  let next = 1
  const worker = async () => {
    while (next <= count) {
      const n = next++
      results[n - 1] = await work(n)
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  return results
}
