/**
 * Every code that `validate` can give. Codes are for ever: one that is no longer used is not given to something else.
 * The first two digits say which stage found it. docs/reference/codes.md is this table. Pure.
 */
import type { FindingKind } from '@l7mesh/crds'
import type { ProblemReason } from '../../translate/desired.ts'

export type Severity = 'error' | 'warning'

export const CODES = {
  L7M0001: { severity: 'error', meaning: 'The file cannot be read.' },
  L7M0002: { severity: 'error', meaning: 'The file, or a document of it, is not YAML, or not JSON.' },
  L7M0003: {
    severity: 'error',
    meaning: 'The document is not a Kubernetes object, or its kind or version does not exist.',
  },
  L7M0004: { severity: 'error', meaning: 'The object is defined twice; the first valid definition counts.' },
  L7M0005: {
    severity: 'error',
    meaning: 'A Kubernetes object lacks what the mesh needs of it, or has it in another form.',
  },
  L7M0006: { severity: 'warning', meaning: 'The workload cannot run with `l7mesh up`.' },
  L7M0007: { severity: 'warning', meaning: 'The file belongs to another tool, or is a template, and is skipped.' },
  L7M0101: { severity: 'error', meaning: 'A field is missing.' },
  L7M0102: { severity: 'error', meaning: 'A value has another type than the field.' },
  L7M0103: { severity: 'error', meaning: 'A number is too small or too large.' },
  L7M0104: { severity: 'error', meaning: 'A value is not one of those that the field can have.' },
  L7M0105: { severity: 'error', meaning: 'A list is too long.' },
  L7M0106: { severity: 'error', meaning: 'Fields do not go together.' },
  L7M0107: { severity: 'error', meaning: 'A name, label or annotation is not spelled as Kubernetes wants it.' },
  L7M0108: {
    severity: 'warning',
    meaning: 'There is no such field outside of `spec`; an API server drops it, and kubectl refuses the document.',
  },
  L7M0109: { severity: 'error', meaning: 'The document is not an object of a kind of l7mesh.' },
  L7M0110: { severity: 'error', meaning: 'There is no such field in `spec`.' },
  L7M0111: {
    severity: 'error',
    meaning: 'The fields of a selector are empty, so that every pod would be selected.',
  },
  L7M0201: { severity: 'error', meaning: 'The resource contradicts itself, or asks for what cannot be.' },
  L7M0202: { severity: 'error', meaning: 'The proxy cannot evaluate a match, or cannot do so safely.' },
  L7M0203: { severity: 'error', meaning: 'A selector contradicts itself or cannot be evaluated.' },
  L7M0204: {
    severity: 'error',
    meaning: 'An older VirtualService, the proxy itself or another at its address has the port.',
  },
  L7M0205: { severity: 'error', meaning: 'The destination gives more away than is allowed.' },
  L7M0206: { severity: 'error', meaning: 'The proxy cannot do this.' },
  L7M0207: { severity: 'error', meaning: 'Rulelists apply each other in a circle.' },
  L7M0208: {
    severity: 'warning',
    meaning: 'A field is accepted, and has no effect or not the one that might be expected.',
  },
  L7M0209: { severity: 'error', meaning: 'Routes form a loop, in which sessions would go round for ever.' },
  L7M0301: {
    severity: 'warning',
    meaning: 'Nothing that was given has the name that is referred to; it may be elsewhere.',
  },
  L7M0302: { severity: 'error', meaning: 'A reference can mean more than one thing.' },
  L7M0303: { severity: 'error', meaning: 'A reference is not written in any form that is known.' },
} as const satisfies Readonly<Record<string, { readonly severity: Severity; readonly meaning: string }>>

export type Code = keyof typeof CODES

/** What the schema and the rules of the CRDs find. */
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

/** What translation finds. */
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
