/** Properties of the validator that hold for any document. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CRDS, createValidator, FINDING_KINDS, MAX_FINDINGS } from '../src/index.ts'
import { acceptedDocument, damaged } from './arbitrary.ts'

const kinds = Object.values(CRDS)
const { validate } = createValidator()

describe('a document', () => {
  it.each(kinds.map(crd => [crd.spec.names.kind, crd] as const))(
    'generated from the CRD of %s is accepted',
    (_, crd) => {
      fc.assert(
        fc.property(acceptedDocument(crd), document => {
          expect(validate(document)).toMatchObject({ accepted: true, findings: [] })
        }),
      )
    },
  )

  it('that was accepted and stored is accepted again without changes', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...kinds)
          .chain(acceptedDocument)
          .chain(damaged),
        document => {
          const verdict = validate(document)
          if (!verdict.accepted) return
          expect(validate(verdict.resource)).toEqual({ accepted: true, findings: [], resource: verdict.resource })
        },
      ),
    )
  })

  it('gets findings with a message and a correction', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...kinds)
          .chain(acceptedDocument)
          .chain(damaged),
        document => {
          const verdict = validate(document)
          if (!verdict.accepted) expect(verdict.findings).not.toEqual([])
          for (const { kind, message, help } of verdict.findings) {
            expect(Object.keys(FINDING_KINDS)).toContain(kind)
            expect(`${message}; ${help}`).not.toMatch(/undefined|\[object|\.$/)
          }
        },
      ),
    )
  })

  it('never causes an exception', () => {
    const header = fc.record({
      apiVersion: fc.constant('l7mp.io/v1'),
      kind: fc.constantFrom(...kinds.map(crd => crd.spec.names.kind)),
    })
    const body = fc.dictionary(
      fc.constantFrom('metadata', 'spec', 'status', '__proto__', 'constructor'),
      fc.jsonValue(),
    )
    const document = fc.oneof(
      fc.jsonValue(),
      fc.tuple(header, body).map(([a, b]) => ({ ...b, ...a })),
    )
    fc.assert(
      fc.property(document, json => {
        expect(() => validate(json)).not.toThrow()
      }),
    )
  })
})

describe('a malicious document', () => {
  const target = (spec: string) =>
    JSON.parse(`{"apiVersion":"l7mp.io/v1","kind":"Target","metadata":{"name":"a"},"spec":${spec}}`)

  it('cannot pollute prototypes', () => {
    const verdict = validate(
      target('{"linkedVirtualService":"a","__proto__":{"cluster":1},"constructor":{"prototype":{"polluted":1}}}'),
    )
    expect(verdict.findings.map(finding => finding.path)).toEqual(['spec.__proto__', 'spec.constructor'])
    expect({}).not.toHaveProperty('polluted')
  })

  it('keeps a key like __proto__ in a free-form object', () => {
    const verdict = validate(target('{"cluster":{"spec":{"Echo":{}},"options":{"__proto__":{"a":1}}}}'))
    expect(JSON.stringify(verdict)).toContain('{"__proto__":{"a":1}}')
  })

  it('may have any depth in a free-form object', () => {
    const depth = 4000
    expect(
      validate(target(`{"cluster":{"spec":{"Echo":{}},"options":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}}`))
        .accepted,
    ).toBe(true)
  })

  it('gets a limited number of findings, however many mistakes it has', () => {
    const nulls = Array.from({ length: 50_000 }, () => 'null').join()
    const { findings } = validate(target(`{"selector":{"matchExpressions":[${nulls}]},"linkedVirtualService":"a"}`))
    expect(findings).toHaveLength(MAX_FINDINGS)
  })

  it('with a very long name or key is rejected quickly', () => {
    const long = 'a-'.repeat(500_000)
    const document = target('{"linkedVirtualService":"a"}')
    const verdict = validate({
      ...document,
      metadata: { name: long, labels: { [long]: long }, annotations: { [long]: long } },
    })
    expect(verdict.findings.map(finding => finding.kind)).toEqual(['Name', 'Name', 'Name', 'Name', 'TooMany'])
  })
})
