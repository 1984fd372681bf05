/**
 * Kubernetes' own kinds, checked where they enter: what the rest of the operator reads of them has the form that it relies
 * on. Pure. From files they are checked as an API server would before it stores them; one that an API server gives has been
 * checked by it, in its version, so that only what cannot be read counts. The kinds of l7mesh are checked against their
 * CRDs instead.
 */
import { checkValue, type Finding, METADATA, metadataFindings, type Schema } from '@l7mesh/crds'
import type { Manifest } from '../manifest.ts'
import { CORE_RULES } from './core-rules.ts'
import { CORE_SCHEMAS, type CoreKind, isCoreKind } from './core-schemas.ts'
import { withoutNulls } from './nulls.ts'

/** The object without the nulls that say that a field is left out. */
export function withoutNullFields<T extends object>(groupKind: string, object: T): T {
  // Only fields that may be left out are taken out.
  return withoutNulls(schemaOf(groupKind), object) as T
}

/** What an API server would refuse in an object of any kind but those of l7mesh. */
export function shapeFindings(groupKind: string, manifest: Manifest): readonly Finding[] {
  const rules = isCoreKind(groupKind) ? CORE_RULES[groupKind] : undefined
  return [
    ...checkValue(schemaOf(groupKind), manifest, ''),
    // How names are spelled differs from kind to kind: identity.ts.
    ...metadataFindings(manifest.metadata).filter(({ path }) => path !== 'metadata.name'),
    ...(rules?.(manifest) ?? []),
  ]
}

/** What in an object of an API server is not of the type that every version of it has had there. */
export function typeFindings(kind: CoreKind, object: unknown): readonly Finding[] {
  return checkValue(schemaOf(kind), object, '').filter(({ kind }) => kind === 'WrongType' || kind === 'Required')
}

function schemaOf(groupKind: string): Schema {
  return isCoreKind(groupKind) ? CORE[groupKind] : ANY
}

const ANY = withMetadata({ type: 'object' })
const CORE = Object.fromEntries(
  Object.entries(CORE_SCHEMAS).map(([groupKind, schema]) => [groupKind, withMetadata(schema)]),
) as Readonly<Record<CoreKind, Schema>>

function withMetadata({ properties, ...schema }: Schema): Schema {
  return { ...schema, properties: { metadata: METADATA, ...properties } }
}
