/**
 * Every reason that a condition can have. They are stable: people match on them. The text says what it means; what to do
 * is in docs/troubleshooting.md, which has a section for each.
 */
import type { ProblemReason } from '../translate/desired.ts'

export const REASONS = {
  Accepted: 'The resource makes sense.',
  Invalid: 'A field is missing, unknown, of the wrong type or out of range.',
  InvalidMatch: 'The proxy cannot evaluate a match, or cannot do so safely.',
  InvalidSelector: 'A selector contradicts itself or cannot be evaluated.',
  PortConflict: 'An older VirtualService, the proxy itself or another at its address has the port.',
  Forbidden: 'The destination would give more away than the operator allows.',
  Unsupported: 'The proxy cannot do this.',
  ApplyCycle: 'Rulelists apply each other in a circle.',
  RouteCycle: 'Routes form a loop, in which sessions would go round for ever.',
  ResolvedRefs: 'Everything that it refers to exists.',
  RefNotFound: 'Something that it refers to does not exist.',
  RefAmbiguous: 'A reference can mean more than one thing.',
  InvalidRef: 'A reference is not written in any form that is known.',
  Programmed: 'Every selected proxy, read back, holds it.',
  SessionsEnded:
    'Every selected proxy holds it, and replacing its listener ended the sessions there: WebSocket, or a UDP singleton.',
  SessionsStranded: 'Every selected proxy holds it, and UDP sessions stay on pods that are gone.',
  EndpointsReady: 'Every destination has endpoints that sessions can be sent to, or needs none.',
  NoEndpoints: 'A destination has no endpoint that sessions can be sent to.',
  EndpointsUnreachable: 'The endpoints of a destination have no address that the proxy reaches by its protocol.',
  AddressNotResolved: 'The address of an endpoint is a domain name that does not resolve.',
  Pending: 'Calls to a proxy are still to be made.',
  NotAccepted: 'No proxy is given it before it is accepted.',
  NoProxy: 'No proxy is selected, or nothing refers to it.',
  ProxyUnreachable: 'A selected proxy does not answer.',
  ProxyLockedOut: 'A selected proxy does not let the operator in.',
  PortBusy: 'Another process has the port on the host of a selected proxy.',
  Refused: 'A selected proxy refused one of its objects.',
  NoEffect: 'A selected proxy said that it did what it was asked, and did not.',
  ProxyDies: 'A selected proxy died, twice, of one of its objects.',
} as const satisfies { readonly [reason in ProblemReason]: string } & { readonly [reason: string]: string }

export type ConditionReason = keyof typeof REASONS
