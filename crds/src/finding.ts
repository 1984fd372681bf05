/** Findings: the mistakes in a document, as values. */

/** Every kind of finding. All but DroppedField are errors. */
export const FINDING_KINDS = {
  NotAResource: 'the document is not a resource of l7mesh',
  Required: 'a field is missing, or has no value',
  WrongType: 'a value has the wrong type',
  OutOfRange: 'a number is too small or too large',
  NotOneOf: 'a value is not one of the allowed values',
  TooMany: 'a list is too long',
  Rule: 'fields contradict each other, such as mutually exclusive ones',
  Name: 'a name, label or annotation is not valid in Kubernetes',
  UnknownField: 'unknown field in spec',
  Empty: 'the fields of a selector are empty, so every pod would be selected',
  DroppedField: 'unknown field outside spec: an API server drops it, and kubectl rejects the document',
} as const
export type FindingKind = keyof typeof FINDING_KINDS

export type Finding = {
  readonly kind: FindingKind
  /** The field path, like `spec.listener.rules[0].action`; empty for the document itself. */
  readonly path: string
  /** The mistake, as a clause without a period. */
  readonly message: string
  /** How to correct it, as a clause without a period. */
  readonly help: string
}
