import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DesiredPod, desiredPods } from '../../src/local/manifests/desired-pods.ts'
import { chooseNodes } from '../../src/local/manifests/nodes.ts'
import { type RunningPod, rolloutStep } from '../../src/local/rollout.ts'
import { pod, SLEEPER, workload, workloadsOf } from './support/documents.ts'

const desired = (...documents: readonly object[]) =>
  desiredPods(workloadsOf(...documents), chooseNodes([], 3, true).nodes).pods
const web = (version: string, spec: object) => desired(workload('Deployment', 'web', { spec, labels: { version } }))
const running = (pods: readonly DesiredPod[], state: Partial<RunningPod> = {}): readonly RunningPod[] =>
  pods.map(pod => ({ desired: pod, ready: true, ending: false, ...state }))

/** The step, as how many pods of each version start and end. */
function step(pods: readonly DesiredPod[], now: readonly RunningPod[]) {
  const { start, end } = rolloutStep(pods, now)
  return { start: start.map(({ labels }) => labels.version), end: end.map(({ desired }) => desired.labels.version) }
}

describe('rolloutStep', () => {
  it('starts missing pods and keeps running ones', () => {
    const pods = web('1', { replicas: 3 })
    expect(step(pods, [])).toEqual({ start: ['1', '1', '1'], end: [] })
    expect(step(pods, running(pods.slice(1)))).toEqual({ start: ['1'], end: [] })
    expect(step(pods, running(pods))).toEqual({ start: [], end: [] })
  })

  it('stops orphaned pods, once', () => {
    const pods = web('1', { replicas: 2 })
    expect(step([], running(pods))).toEqual({ start: [], end: ['1', '1'] })
    expect(step([], running(pods, { ending: true }))).toEqual({ start: [], end: [] })
    expect(step(web('1', { replicas: 1 }), running(pods))).toEqual({ start: [], end: ['1'] })
  })

  it('replaces the pods of a Deployment with a surge of one, each old pod after the new one is ready', () => {
    const before = web('1', { replicas: 1 })
    const after = web('2', { replicas: 1 })
    expect(step(after, running(before))).toEqual({ start: ['2'], end: [] })
    const both = (ready: boolean) => [...running(before), ...running(after, { ready })]
    expect(step(after, both(false))).toEqual({ start: [], end: [] })
    expect(step(after, both(true))).toEqual({ start: [], end: ['1'] })
  })

  it('stops old pods that are not ready immediately', () => {
    const after = web('2', { replicas: 1 })
    expect(step(after, running(web('1', { replicas: 1 }), { ready: false }))).toEqual({ start: ['2'], end: ['1'] })
  })

  it('starts no pod above the desired number if maxSurge is 0', () => {
    const spec = { replicas: 2, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }
    expect(step(web('2', spec), running(web('1', spec)))).toEqual({ start: [], end: ['1'] })
  })

  it('recreates only after all old pods have terminated', () => {
    const spec = { replicas: 2, strategy: { type: 'Recreate' } }
    const before = web('1', spec)
    const after = web('2', spec)
    expect(step(after, running(before))).toEqual({ start: [], end: ['1', '1'] })
    expect(step(after, running(before, { ending: true }))).toEqual({ start: [], end: [] })
    expect(step(after, [])).toEqual({ start: ['2', '2'], end: [] })
  })

  it('replaces the pods of a DaemonSet one by one, because the new one has the name of the old', () => {
    const before = desired(workload('DaemonSet', 'ds', { labels: { version: '1' } }))
    const after = desired(workload('DaemonSet', 'ds', { labels: { version: '2' } }))
    const [first, ...others] = before
    const one = first === undefined ? [] : [first]
    expect(step(after, running(before))).toEqual({ start: [], end: ['1'] })
    expect(step(after, [...running(one, { ending: true }), ...running(others)])).toEqual({ start: [], end: [] })
    expect(step(after, running(others))).toEqual({ start: ['2'], end: [] })
  })

  it('replaces a Pod whose spec changed', () => {
    const before = desired(pod('p', SLEEPER, { labels: { version: '1' } }))
    const after = desired(pod('p', SLEEPER, { labels: { version: '2' } }))
    expect(step(after, running(before))).toEqual({ start: [], end: ['1'] })
    expect(step(after, running(before, { ending: true }))).toEqual({ start: [], end: [] })
    expect(step(after, [])).toEqual({ start: ['2'], end: [] })
  })
})

/** Simulates a rollout: in each step, an arbitrary pod becomes ready or is deleted. Returns all states. */
function play(before: readonly RunningPod[], after: readonly DesiredPod[], pick: () => number) {
  const states: (readonly RunningPod[])[] = []
  for (let now = before; states.length < 200; ) {
    const { start, end } = rolloutStep(after, now)
    now = [...now.map(pod => (end.includes(pod) ? { ...pod, ending: true } : pod)), ...running(start, { ready: false })]
    states.push(now)
    const moving = now.filter(pod => pod.ending || !pod.ready)
    if (moving.length === 0) return states
    now = moved(now, moving[pick() % moving.length])
  }
  throw new Error('the rollout does not end')
}

const moved = (pods: readonly RunningPod[], one: RunningPod | undefined) =>
  one?.ending ? pods.filter(pod => pod !== one) : pods.map(pod => (pod === one ? { ...pod, ready: true } : pod))

describe('a whole rollout', () => {
  const counts = fc.integer({ min: 1, max: 6 })
  const kinds = fc.constantFrom('Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet')
  const percent = fc.integer({ min: 0, max: 100 }).map(part => `${part}%`)
  const shares = fc.oneof(fc.integer({ min: 0, max: 3 }), percent)
  const picks = fc.infiniteStream(fc.nat()).map(stream => () => stream.next().value ?? 0)

  it('ends with exactly the new pods, and never has two of the same name', () => {
    fc.assert(
      fc.property(kinds, counts, counts, shares, shares, picks, (kind, few, many, maxSurge, maxUnavailable, pick) => {
        const pods = (version: string, replicas: number) => {
          const strategy = { rollingUpdate: { maxSurge, maxUnavailable } }
          return desired(workload(kind, 'web', { spec: { replicas, strategy }, labels: { version } }))
        }
        const after = pods('2', many)
        const states = play(running(pods('1', few)), after, pick)
        for (const state of states) expect(new Set(state.map(pod => pod.desired.key)).size).toBe(state.length)
        const last = states.at(-1) ?? []
        const named = (pod: DesiredPod) => `${pod.key} ${pod.hash}`
        expect(last.map(pod => named(pod.desired)).toSorted()).toEqual(after.map(named).toSorted())
      }),
    )
  })

  it('keeps at least 75% of a Deployment ready and surges by at most 25% by default', () => {
    fc.assert(
      fc.property(counts, picks, (replicas, pick) => {
        for (const state of play(running(web('1', { replicas })), web('2', { replicas }), pick)) {
          const living = state.filter(pod => !pod.ending)
          expect(living.filter(pod => pod.ready).length).toBeGreaterThanOrEqual(Math.ceil(replicas * 0.75))
          expect(living.length).toBeLessThanOrEqual(replicas + Math.ceil(replicas * 0.25))
        }
      }),
    )
  })
})
