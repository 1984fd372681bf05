/** A measured figure, what it must not exceed, and how figures are printed. */

/** `x`: a ratio; `core`: the share of a processor's core. */
export type Unit = 'x' | 'ms' | 'MiB' | 'core'

export type Figure = {
  readonly what: string
  readonly value: number
  readonly unit: Unit
  /** Inclusive; undefined where the figure is there to be known and not to be judged. */
  readonly most: number | undefined
  readonly detail: string
}

export function isMissed({ value, most }: Figure): boolean {
  return most !== undefined && value > most
}

export function print(figures: readonly Figure[]): void {
  for (const figure of figures) {
    const { what, value, unit, most, detail } = figure
    const verdict = most === undefined ? '      ' : isMissed(figure) ? 'MISSED' : 'ok    '
    const limit = most === undefined ? '' : ` (at most ${most} ${unit})`
    console.log(`${verdict} ${what}: ${value.toFixed(2)} ${unit}${limit}  ${detail}`)
  }
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]
  if (value === undefined) throw new Error('no values to measure')
  return value
}
