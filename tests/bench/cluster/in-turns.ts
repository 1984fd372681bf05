const AT_ONCE = 16

/** Does it for all indexes below `count`, a few at once. */
export async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let index = next++; index < count; index = next++) await work(index)
  })
  await Promise.all(workers)
}
