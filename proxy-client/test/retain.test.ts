/** The retained objects of resources that cannot be translated. */
import { describe, expect, it } from 'vitest'
import { createCompare, EMPTY_CONFIG, resourceOfListener, retained } from '../src/index.ts'
import { difference } from '../src/plan/diff.ts'
import { plan } from '../src/plan/plan.ts'
import { type Service, withService } from './arbitrary.ts'

const service = (name: string, port: number): Service => ({
  name,
  listener: { protocol: 'UDP', port },
  clusters: [{ spec: { protocol: 'UDP', port: 53 }, addresses: ['10.0.0.1'] }],
  track: 0,
  order: [],
})

describe('a retained resource', () => {
  it('keeps its listener with everything that it refers to', () => {
    const live = withService(withService(EMPTY_CONFIG, service('kept', 5000)), service('gone', 5001))
    const kept = resources(live).filter(name => name.includes('kept'))
    const desired = retained(EMPTY_CONFIG, live, new Set(kept))
    const { steps } = plan({ ...difference(live, desired, createCompare()), live })
    expect(steps.length).toBeGreaterThan(0)
    expect(JSON.stringify(steps)).toContain('gone')
    expect(JSON.stringify(steps)).not.toContain('kept')
  })

  it('loses its listener if the desired config uses its socket', () => {
    const live = withService(EMPTY_CONFIG, service('kept', 5000))
    const desired = withService(EMPTY_CONFIG, service('new', 5000))
    expect(retained(desired, live, new Set(resources(live)))).toBe(desired)
  })

  it('does not change the config if there is none', () => {
    const live = withService(EMPTY_CONFIG, service('kept', 5000))
    expect(retained(EMPTY_CONFIG, live, new Set())).toBe(EMPTY_CONFIG)
  })
})

function resources({ listeners }: typeof EMPTY_CONFIG): readonly string[] {
  return [...listeners.keys()].flatMap(name => resourceOfListener(name) ?? [])
}
