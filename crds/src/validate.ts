/**
 * The offline validator: gives on a document the verdict that an API server with these CRDs and their policy would give. It
 * stands between a manifest and everything that takes it for a resource.
 *
 * Three steps, each in a file of its own: `conform` (nulls, defaults, unknown fields), `schema` and `metadata` (types, bounds,
 * spelling), `rules` (CEL). An API server skips the rules where a value has the wrong type, and says so; here the rules are
 * checked as far as they can be, which changes the findings and never the verdict.
 */
import { ruleChecker } from './cel-rules.ts'
import { conform, isRecord, type JsonRecord, own } from './conform.ts'
import type { CustomResourceDefinition, Schema } from './crd.ts'
import type { Finding, FindingKind } from './finding.ts'
import { METADATA, metadataFindings } from './metadata.ts'
import { nearest } from './nearest.ts'
import { check } from './schema.ts'
import { CRDS } from './schemas.gen.ts'
import type { Resource } from './types.gen.ts'

/** More findings than this on one document help nobody; the rest is left out. */
export const MAX_FINDINGS = 100

export type Verdict =
  | {
      readonly accepted: true
      /**
       * The document as an API server would store it: with defaults, without unknown fields, nulls and status. Only the
       * name is missing from one with `generateName`: an API server would make it up.
       */
      readonly resource: Resource
      /** Unknown fields outside of `spec` only. kubectl refuses a document that has any, an API server drops them. */
      readonly findings: readonly Finding[]
    }
  | { readonly accepted: false; readonly findings: readonly Finding[] }

export type Validator = {
  /** Never throws on a value that can be written as JSON; holds on to nothing of it. */
  validate(document: unknown): Verdict
}

/** A validator, which parses each CEL rule when it first meets it. */
export function createValidator(): Validator {
  const rules = ruleChecker()
  const validate = (document: unknown): Verdict => {
    const found = definitionOf(document)
    if ('finding' in found) return { accepted: false, findings: [found.finding] }
    const { schema } = found
    const dropped: Finding[] = []
    const stored = withoutStatus(conform(schema, found.document, '', finding => dropped.push(finding)))
    const findings = [
      ...dropped.filter(({ kind }) => ERRORS.has(kind)),
      ...check(schema, stored, ''),
      ...metadataFindings(stored.metadata),
      ...rules.check(schema, stored, ''),
    ]
    if (findings.length > 0) {
      return { accepted: false, findings: [...findings, ...dropped.filter(worthTelling)].slice(0, MAX_FINDINGS) }
    }
    const unknown = dropped.filter(finding => finding.kind === 'DroppedField').slice(0, MAX_FINDINGS)
    // The one border at which a document becomes a resource: its schema has just been checked.
    return { accepted: true, resource: stored as unknown as Resource, findings: unknown }
  }
  return { validate }
}

/** What makes a document wrong, of what the first step reports. */
const ERRORS: ReadonlySet<FindingKind> = new Set(['UnknownField', 'Empty'])

/** A field without a value may be why others do not go together. Tools write `creationTimestamp: null` and mean it. */
const worthTelling = ({ kind, path }: Finding): boolean =>
  kind === 'DroppedField' || (kind === 'Required' && !path.startsWith('metadata.'))

/** The schema of a CRD with what Kubernetes adds to each object. */
function wholeSchema(crd: CustomResourceDefinition): Schema {
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema
  return {
    type: 'object',
    required: ['metadata', ...(schema?.required ?? [])],
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA, ...schema?.properties },
  }
}

/** With a status subresource the status of a manifest is dropped before anything looks at it. */
function withoutStatus(stored: unknown): JsonRecord {
  const { status: _, ...rest } = isRecord(stored) ? stored : {}
  return rest
}

const SCHEMAS: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(CRDS).map(([kind, crd]) => [kind, wholeSchema(crd)]),
)

type Definition = { readonly schema: Schema; readonly document: JsonRecord } | { readonly finding: Finding }

function definitionOf(document: unknown): Definition {
  if (!isRecord(document))
    return notAResource('', 'the document is not an object', 'give apiVersion, kind, metadata and spec')
  const { apiVersion, kind } = document
  if (apiVersion !== 'l7mp.io/v1') return notAResource('apiVersion', 'the apiVersion is another', 'use l7mp.io/v1')
  const schema = typeof kind === 'string' ? own(SCHEMAS, kind) : undefined
  if (schema !== undefined) return { schema, document }
  const meant = typeof kind === 'string' ? nearest(kind, Object.keys(CRDS)) : undefined
  const help = `the kinds are ${Object.keys(CRDS).join(', ')}`
  return notAResource('kind', 'there is no such kind', meant === undefined ? help : `did you mean ${meant}? ${help}`)
}

const notAResource = (path: string, message: string, help: string): Definition => ({
  finding: { kind: 'NotAResource', path, message, help },
})
