/**
 * The plan that removes everything l7mesh created from a proxy. Listeners go first, so that no new session begins;
 * nothing goes while something refers to it; sessions continue. The marker goes last. Pure.
 */
import { type Config, EMPTY_CONFIG } from '../model.ts'
import { MARKER } from '../names.ts'
import type { Plan } from './call.ts'
import type { Compare } from './compare.ts'
import { difference } from './diff.ts'
import { plan } from './plan.ts'

export function removalPlan(live: Config, compare: Compare): Plan {
  const { steps } = plan({ ...difference(live, EMPTY_CONFIG, compare), live })
  if (!live.rulelists.has(MARKER)) return { steps }
  const call = { op: 'delete', kind: 'rulelist', name: MARKER } as const
  return { steps: [...steps, { id: steps.length, call, needs: steps.map(({ id }) => id) }] }
}
