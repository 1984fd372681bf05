import { expect, it } from 'vitest'
import type { Pod } from '../../src/kinds/core-types.ts'
import { overlay } from '../../src/sources/overlay.ts'
import { EMPTY_SNAPSHOT } from '../../src/sources/snapshot.ts'

const pod = (name: string, podIP?: string): Pod => ({
  metadata: { name, namespace: 'default' },
  spec: { containers: [] },
  ...(podIP && { status: { podIP } }),
})

it('replaces written pods by running ones, and keeps everything else', () => {
  const [written, other, running] = [pod('a'), pod('b'), pod('a', '127.0.0.2')]
  const below = { ...EMPTY_SNAPSHOT, pods: new Map(Object.entries({ 'default/a': written, 'default/b': other })) }
  const both = overlay(below, { pods: new Map([['default/a', running]]), endpointSlices: new Map() })
  expect([both.pods.get('default/a') === running, both.pods.get('default/b') === other]).toEqual([true, true])
  expect(both.targets).toBe(below.targets)
  expect(below.pods.get('default/a')).toBe(written)
})

it('returns the same snapshot if there is nothing to add', () => {
  expect(overlay(EMPTY_SNAPSHOT, { pods: new Map(), endpointSlices: new Map() })).toBe(EMPTY_SNAPSHOT)
})
