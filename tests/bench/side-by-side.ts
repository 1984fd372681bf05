/**
 * Times two runners that take turns: each runs a slice of its laps while the other is paused. Other load on the machine
 * affects both equally, so that their ratio is meaningful.
 */

/** Await it at the start of each lap, with no pending work: it pauses while the other runs. */
export type Lap = () => Promise<void> | undefined

export type Runner = (lap: Lap) => Promise<void>

/** The milliseconds that each took, without its waits. */
export async function sideBySide(slice: number, runners: readonly [Runner, Runner]): Promise<readonly number[]> {
  const took = [0, 0]
  const left = new Set([0, 1])
  const wake: (() => void)[] = []
  let turn = 0
  let laps = 0
  let since = performance.now()

  const handOver = () => {
    const now = performance.now()
    took[turn] = (took[turn] ?? 0) + now - since
    since = now
    laps = 0
    if (left.has(1 - turn)) turn = 1 - turn
    wake[turn]?.()
  }
  const myTurn = (me: number) => new Promise<void>(resolve => (wake[me] = resolve))
  const run = async (runner: Runner, me: number) => {
    if (me !== turn) await myTurn(me)
    await runner(() => {
      if (++laps <= slice || left.size === 1) return undefined
      const wait = myTurn(me)
      handOver()
      return wait
    })
    left.delete(me)
    handOver()
  }
  await Promise.all(runners.map(run))
  return took
}
