/** The resources of l7mesh: their types and definitions. */

export type { CustomResourceDefinition } from './crd.ts'
export { CRDS } from './schemas.gen.ts'
export type * from './types.gen.ts'
