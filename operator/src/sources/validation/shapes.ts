/**
 * Validates Kubernetes kinds at the border, so that the rest of the operator can rely on their shape. Pure. Objects
 * from files are validated like an API server would; objects of an API server have passed its own validation, possibly
 * of another version, so only unreadable fields count. The kinds of l7mesh are validated against their CRDs instead.
 */
import { checkValue, type Finding, METADATA, metadataFindings, type Schema } from '@l7mesh/crds'
import type { Manifest } from '../manifest.ts'
import { CORE_RULES } from './core-rules.ts'
import { CORE_SCHEMAS, type CoreKind, isCoreKind } from './core-schemas.ts'
import { withoutNulls } from './nulls.ts'

/** Returns the object without nulls that count as missing fields. */
export function withoutNullFields<T extends object>(groupKind: string, object: T): T {
  // Only optional fields are removed.
  return withoutNulls(schemaOf(groupKind), object) as T
}

/** The findings for which an API server would reject an object of any kind except those of l7mesh. */
export function shapeFindings(groupKind: string, manifest: Manifest): readonly Finding[] {
  const rules = isCoreKind(groupKind) ? CORE_RULES[groupKind] : undefined
  return [
    ...checkValue(schemaOf(groupKind), manifest, ''),
    // The syntax of names depends on the kind: identity.ts.
    ...metadataFindings(manifest.metadata).filter(({ path }) => path !== 'metadata.name'),
    ...(rules?.(manifest) ?? []),
  ]
}

/** The findings on fields of an API server's object whose type differs from that in every version of the kind. */
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
