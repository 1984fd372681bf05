/**
 * The offline validator: returns the verdict that an API server with these CRDs and their policy would return.
 *
 * It has three steps, each in its own file: `conform` (nulls, defaults, unknown fields), `schema` and `metadata`
 * (types, bounds, names), and `cel-rules` (CEL). An API server skips the rules if a value has the wrong type, and
 * reports that; here the rules are evaluated as far as possible, which affects the findings but never the verdict.
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

/** The maximum number of findings per document; the rest is omitted. */
export const MAX_FINDINGS = 100

export type Verdict =
  | {
      readonly accepted: true
      /**
       * The document as an API server would store it: with defaults, without unknown fields, nulls and status. With
       * `generateName`, the name is missing, because an API server would generate it.
       */
      readonly resource: Resource
      /** Only unknown fields outside `spec`. kubectl rejects a document with any; an API server drops them. */
      readonly findings: readonly Finding[]
    }
  | { readonly accepted: false; readonly findings: readonly Finding[] }

export type Validator = {
  /** Never throws for a value that can be serialized as JSON. Does not retain the document. */
  validate(document: unknown): Verdict
}

/** Creates a validator, which parses each CEL rule on first use. */
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
      return { accepted: false, findings: [...findings, ...dropped.filter(isRelevant)].slice(0, MAX_FINDINGS) }
    }
    const unknown = dropped.filter(finding => finding.kind === 'DroppedField').slice(0, MAX_FINDINGS)
    // The only place where a document becomes a resource: its schema has just been checked.
    return { accepted: true, resource: stored as unknown as Resource, findings: unknown }
  }
  return { validate }
}

/** The findings of the first step that are errors. */
const ERRORS: ReadonlySet<FindingKind> = new Set(['UnknownField', 'Empty'])

/**
 * A field without a value may explain why others contradict each other. Tools write `creationTimestamp: null` on
 * purpose.
 */
const isRelevant = ({ kind, path }: Finding): boolean =>
  kind === 'DroppedField' || (kind === 'Required' && !path.startsWith('metadata.'))

/** The schema of a CRD, with the fields that Kubernetes adds to each object. */
function objectSchema(crd: CustomResourceDefinition): Schema {
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema
  return {
    type: 'object',
    required: ['metadata', ...(schema?.required ?? [])],
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA, ...schema?.properties },
  }
}

/** With a status subresource, the status of a manifest is dropped before validation. */
function withoutStatus(stored: unknown): JsonRecord {
  const { status: _, ...rest } = isRecord(stored) ? stored : {}
  return rest
}

const SCHEMAS: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(CRDS).map(([kind, crd]) => [kind, objectSchema(crd)]),
)

type Definition = { readonly schema: Schema; readonly document: JsonRecord } | { readonly finding: Finding }

function definitionOf(document: unknown): Definition {
  if (!isRecord(document))
    return notAResource('', 'the document is not an object', 'write apiVersion, kind, metadata and spec')
  const { apiVersion, kind } = document
  if (apiVersion !== 'l7mp.io/v1') return notAResource('apiVersion', 'unknown apiVersion', 'use l7mp.io/v1')
  const schema = typeof kind === 'string' ? own(SCHEMAS, kind) : undefined
  if (schema !== undefined) return { schema, document }
  const meant = typeof kind === 'string' ? nearest(kind, Object.keys(CRDS)) : undefined
  const help = `the kinds are ${Object.keys(CRDS).join(', ')}`
  return notAResource('kind', 'unknown kind', meant === undefined ? help : `did you mean ${meant}? ${help}`)
}

const notAResource = (path: string, message: string, help: string): Definition => ({
  finding: { kind: 'NotAResource', path, message, help },
})
