/** The resources of l7mesh: their types, their CRDs, and an offline validator. */

export { isRecord } from './conform.ts'
export type { CustomResourceDefinition, Schema } from './crd.ts'
export { FINDING_KINDS, type Finding, type FindingKind } from './finding.ts'
export { METADATA, metadataFindings } from './metadata.ts'
export { nearest } from './nearest.ts'
export { check as checkValue } from './schema.ts'
export { CRDS } from './schemas.gen.ts'
export type * from './types.gen.ts'
export { createValidator, MAX_FINDINGS, type Validator, type Verdict } from './validate.ts'
