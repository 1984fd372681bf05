/** What an operator does all the time, so that it is not counted for a change that comes meanwhile. */
import type { Traffic } from './fleet.ts'

type Sample = { readonly cpu: number } & Pick<Traffic, 'heartbeats' | 'audits'>

/** CPU time by the number of heartbeats and audits in it, in milliseconds. */
export type Background = (requests: Pick<Traffic, 'heartbeats' | 'audits'>) => number

/** By least squares over samples of a time in which nothing else happens: audits come in bursts. */
export function backgroundOf(samples: readonly Sample[]): Background {
  const sum = (of: (sample: Sample) => number) => samples.reduce((total, sample) => total + of(sample), 0)
  const [hh, ha, aa] = [sum(s => s.heartbeats ** 2), sum(s => s.heartbeats * s.audits), sum(s => s.audits ** 2)]
  const [hc, ac] = [sum(s => s.heartbeats * s.cpu), sum(s => s.audits * s.cpu)]
  const determinant = hh * aa - ha * ha
  if (determinant < 1e-6 * hh * aa || hh === 0 || aa === 0) {
    // They always come together, or one of them never.
    const each =
      sum(s => s.cpu) /
      Math.max(
        1,
        sum(s => s.heartbeats + s.audits),
      )
    return ({ heartbeats, audits }) => each * (heartbeats + audits)
  }
  const [heartbeat, audit] = [(hc * aa - ac * ha) / determinant, (ac * hh - hc * ha) / determinant]
  return ({ heartbeats, audits }) => Math.max(0, heartbeat) * heartbeats + Math.max(0, audit) * audits
}

/** What came between two counts. */
export function between(before: Traffic, after: Traffic): Omit<Traffic, 'lastWrite'> {
  return {
    heartbeats: after.heartbeats - before.heartbeats,
    audits: after.audits - before.audits,
    others: after.others - before.others,
  }
}
