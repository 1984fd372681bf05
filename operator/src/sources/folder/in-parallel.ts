/** Processes many items with limited concurrency. */

/** The number of concurrent items, which bounds the open file descriptors. */
const CONCURRENCY = 16

export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = Iterator.from(items)
  const worker = async () => {
    for (let { done, value } = queue.next(); !done && value !== undefined; { done, value } = queue.next())
      await work(value)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}
