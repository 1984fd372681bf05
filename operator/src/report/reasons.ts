/**
 * All reasons of conditions, with their meanings. Reasons are stable: people match on them. docs/troubleshooting.md has a
 * section for each, with its resolution.
 */
import type { ProblemReason } from '../translate/desired.ts'

export const REASONS = {
  Accepted: 'The resource is valid.',
  Invalid: 'A field is missing, unknown, of the wrong type or out of range.',
  InvalidMatch: 'The proxy cannot evaluate a match, or cannot do so safely.',
  InvalidSelector: 'A selector contradicts itself or cannot be evaluated.',
  PortConflict: 'A VirtualService with precedence, the proxy itself or another proxy at its address uses the port.',
  Forbidden: 'The destination exposes more than the operator allows.',
  Unsupported: 'The proxy does not support this.',
  ApplyCycle: 'Rulelists apply each other in a cycle.',
  RouteCycle: 'Routes form a loop, in which sessions would be forwarded forever.',
  ResolvedRefs: 'All references of the resource are resolved.',
  RefNotFound: 'A referenced object does not exist.',
  RefAmbiguous: 'A reference is ambiguous.',
  InvalidRef: 'A reference has an unknown form.',
  Programmed: 'Every selected proxy holds it, as verified by reading it back.',
  SessionsEnded:
    'Every selected proxy holds it, but replacing its listener ended its sessions (WebSocket, or a UDP singleton).',
  SessionsStranded: 'Every selected proxy holds it, but UDP sessions remain on removed pods.',
  EndpointsReady: 'Every destination has endpoints that sessions can be sent to, or needs none.',
  NoEndpoints: 'A destination has no endpoint that sessions can be sent to.',
  EndpointsUnreachable: 'The endpoints of a destination have no address that the proxy reaches by its protocol.',
  AddressNotResolved: 'The address of an endpoint is a domain name that does not resolve.',
  Pending: 'Calls to a proxy are pending.',
  NotAccepted: 'No proxy holds it, because of the mistake that Accepted reports.',
  NoProxy: 'No proxy is selected, or no resource refers to it.',
  ProxyUnreachable: 'A selected proxy does not respond.',
  ProxyLockedOut: 'A selected proxy denies access to the operator.',
  PortBusy: 'Another process uses the port on the host of a selected proxy.',
  Refused: 'A selected proxy refused one of its objects.',
  NoEffect: 'A selected proxy reported success, but did not apply the call.',
  ProxyDies: 'A selected proxy crashed twice while applying one of its objects.',
} as const satisfies { readonly [reason in ProblemReason]: string } & { readonly [reason: string]: string }

export type ConditionReason = keyof typeof REASONS
