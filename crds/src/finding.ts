/** What is wrong with a document, as values. */

/** Every kind of finding. All but DroppedField are errors. */
export const FINDING_KINDS = {
  NotAResource: 'the document is not an object of a kind of l7mesh',
  Required: 'a field is missing, or has no value',
  WrongType: 'a value has another type',
  OutOfRange: 'a number is too small or too large',
  NotOneOf: 'a value is not one of those that the field can have',
  TooMany: 'a list is too long',
  Rule: 'fields do not go together',
  Name: 'a name, label or annotation is not spelled as Kubernetes wants it',
  UnknownField: 'there is no such field',
  Empty: 'the fields of a selector are empty, so that every pod would be selected',
  DroppedField: 'there is no such field outside of spec: an API server drops it, and kubectl refuses the document',
} as const
export type FindingKind = keyof typeof FINDING_KINDS

export type Finding = {
  readonly kind: FindingKind
  /** Where in the document, like `spec.listener.rules[0].action`; empty for the document itself. */
  readonly path: string
  /** What is wrong, as a clause without a full stop. */
  readonly message: string
  /** What would be right, as a clause without a full stop. */
  readonly help: string
}
