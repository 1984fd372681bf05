import { createValidator, type VirtualService } from '@l7mesh/crds'
import { describe, expect, it } from 'vitest'
import { resourceValidator } from '../../../src/sources/kubernetes/validated-resource.ts'

const validated = resourceValidator<VirtualService>('VirtualService', createValidator().validate)

/** The resource that an API server stores when kubectl applies `written`: without nulls. */
function applied(selector: object, written: object, generation = 1) {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: spec(written) }) }
  return {
    metadata: { name: 'a', namespace: 'a', uid: 'a', resourceVersion: '1', generation, annotations },
    spec: spec(selector),
  }
}

const spec = (selector: object) => ({
  selector,
  listener: {
    spec: { UDP: { port: 1 } },
    rules: [
      {
        action: {
          route: {
            destination: { spec: { UDP: { port: 1 } }, endpoints: [{ selector: { matchLabels: { a: 'b' } } }] },
          },
        },
      },
    ],
  },
})

const valid = applied({ matchLabels: { a: 'b' } }, { matchLabels: { a: 'b' } })

describe('a field without a value that kubectl apply removes from a selector', () => {
  it.each([
    ['a field without a value', {}, { matchLabels: null }, 'spec.selector'],
    ['several', {}, { matchLabels: null, matchFields: null }, 'spec.selector'],
    ['a label without a value', { matchLabels: { a: 'b' } }, { matchLabels: { a: 'b', c: null } }, 'matchLabels.c'],
  ])('is found: %s', (_, left, written, path) => {
    const result = validated(applied(left, written, 2), validated(valid, undefined))
    expect(result.findings).toMatchObject([{ kind: 'Empty', path: expect.stringContaining(path) }])
    expect(result.lastValid?.spec.selector).toEqual({ matchLabels: { a: 'b' } })
    expect(validated(valid, result).findings).toEqual([])
  })

  it.each([
    ['an empty selector that was written on purpose', {}, {}],
    ['a null next to a restriction', { matchLabels: { a: 'b' } }, { matchLabels: { a: 'b' }, matchFields: null }],
    ['a selector that another client has changed since', { matchLabels: { d: 'e' } }, { matchLabels: null }],
  ])('is not a mistake: %s', (_, left, written) => {
    const result = validated(applied(left, written), undefined)
    expect([result.findings, result.lastValid?.spec.selector]).toEqual([[], left])
  })

  it('is found even if nothing else has changed', () => {
    const invalid = validated(
      applied({ matchLabels: { a: 'b' } }, { matchLabels: { a: 'b', c: null } }),
      validated(valid, undefined),
    )
    expect(invalid.findings).toHaveLength(1)
    expect(validated(valid, invalid).findings).toEqual([])
  })
})
