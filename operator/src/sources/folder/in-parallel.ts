/** Works on many items, on a few of them at a time. */

/** Files in work at once: bounds open file descriptors. */
const AT_ONCE = 16

export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = Iterator.from(items)
  const worker = async () => {
    for (let { done, value } = queue.next(); !done && value !== undefined; { done, value } = queue.next())
      await work(value)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
