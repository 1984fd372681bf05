/**
 * All codes of `validate`. Codes are permanent: an unused code is never reassigned. The first two digits identify the
 * check. docs/reference/codes.md is this table. Pure.
 */
import type { FindingKind } from '@l7mesh/crds'
import type { ProblemReason } from '../../translate/desired.ts'

export type Severity = 'error' | 'warning'

export const CODES = {
  L7M0001: { severity: 'error', meaning: 'The file cannot be read.' },
  L7M0002: { severity: 'error', meaning: 'The file, or a document in it, is not valid YAML or JSON.' },
  L7M0003: {
    severity: 'error',
    meaning: 'The document is not a Kubernetes object, or its kind or apiVersion is unknown.',
  },
  L7M0004: { severity: 'error', meaning: 'The object is defined twice; the first valid definition is used.' },
  L7M0005: {
    severity: 'error',
    meaning: 'A Kubernetes object lacks a required field, or a field is malformed.',
  },
  L7M0006: { severity: 'warning', meaning: 'The workload cannot run with `l7mesh up`.' },
  L7M0007: { severity: 'warning', meaning: 'The file belongs to another tool, or is a template, and is skipped.' },
  L7M0101: { severity: 'error', meaning: 'A field is missing.' },
  L7M0102: { severity: 'error', meaning: 'A value has the wrong type.' },
  L7M0103: { severity: 'error', meaning: 'A number is too small or too large.' },
  L7M0104: { severity: 'error', meaning: 'A value is not one of the allowed values.' },
  L7M0105: { severity: 'error', meaning: 'A list is too long.' },
  L7M0106: { severity: 'error', meaning: 'Mutually exclusive fields are set, or a rule of the CRD is violated.' },
  L7M0107: { severity: 'error', meaning: 'A name, label or annotation is not valid in Kubernetes.' },
  L7M0108: {
    severity: 'warning',
    meaning: 'Unknown field outside `spec`; an API server drops it, and kubectl rejects the document.',
  },
  L7M0109: { severity: 'error', meaning: 'The document is not a resource of l7mesh.' },
  L7M0110: { severity: 'error', meaning: 'Unknown field in `spec`.' },
  L7M0111: {
    severity: 'error',
    meaning: 'The fields of a selector are empty, so that it would select every pod.',
  },
  L7M0201: { severity: 'error', meaning: 'The resource is contradictory, or requests something impossible.' },
  L7M0202: { severity: 'error', meaning: 'The proxy cannot evaluate a match, or cannot do so safely.' },
  L7M0203: { severity: 'error', meaning: 'A selector is contradictory or cannot be evaluated.' },
  L7M0204: {
    severity: 'error',
    meaning: 'A VirtualService with precedence, the proxy itself or another proxy at the same address uses the port.',
  },
  L7M0205: { severity: 'error', meaning: 'The destination would give access to something that is not allowed.' },
  L7M0206: { severity: 'error', meaning: 'The proxy does not support this.' },
  L7M0207: { severity: 'error', meaning: 'Rulelists apply each other in a cycle.' },
  L7M0208: {
    severity: 'warning',
    meaning: 'A field is accepted, but has no effect or an unexpected one.',
  },
  L7M0209: { severity: 'error', meaning: 'Routes form a loop, in which sessions would be forwarded forever.' },
  L7M0301: {
    severity: 'warning',
    meaning: 'The input contains no object of the referenced name; it may exist elsewhere.',
  },
  L7M0302: { severity: 'error', meaning: 'A reference is ambiguous.' },
  L7M0303: { severity: 'error', meaning: 'A reference has an unknown form.' },
} as const satisfies Readonly<Record<string, { readonly severity: Severity; readonly meaning: string }>>

export type Code = keyof typeof CODES

/** The codes of findings of the schemas and rules of the CRDs. */
export const FINDING_CODES = {
  NotAResource: 'L7M0109',
  Required: 'L7M0101',
  WrongType: 'L7M0102',
  OutOfRange: 'L7M0103',
  NotOneOf: 'L7M0104',
  TooMany: 'L7M0105',
  Rule: 'L7M0106',
  Name: 'L7M0107',
  UnknownField: 'L7M0110',
  Empty: 'L7M0111',
  DroppedField: 'L7M0108',
} as const satisfies Readonly<Record<FindingKind, Code>>

/** The codes of problems of translation. */
export const PROBLEM_CODES = {
  Invalid: 'L7M0201',
  InvalidMatch: 'L7M0202',
  InvalidSelector: 'L7M0203',
  PortConflict: 'L7M0204',
  Forbidden: 'L7M0205',
  Unsupported: 'L7M0206',
  ApplyCycle: 'L7M0207',
  RouteCycle: 'L7M0209',
  RefNotFound: 'L7M0301',
  RefAmbiguous: 'L7M0302',
  InvalidRef: 'L7M0303',
} as const satisfies Readonly<Record<ProblemReason, Code>>
