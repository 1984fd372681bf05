/**
 * All reasons of events. Reasons are stable: people and alerts match on them. docs/reference/events.md is generated from
 * this table.
 */

export type EventReason = keyof typeof EVENT_REASONS

type EventKind = {
  readonly type: 'Normal' | 'Warning'
  /** The kind of object that the event is about. */
  readonly about: 'resource' | 'proxy'
  /** What l7mesh did or tried to do. */
  readonly action: string
  readonly meaning: string
}

export const EVENT_REASONS = {
  PortConflict: {
    type: 'Warning',
    about: 'resource',
    action: 'Accept',
    meaning: 'A VirtualService with precedence, the proxy itself or another proxy at its address uses the port.',
  },
  PortBusy: {
    type: 'Warning',
    about: 'resource',
    action: 'Program',
    meaning: 'Another process uses the port on the host of a proxy.',
  },
  Refused: { type: 'Warning', about: 'resource', action: 'Program', meaning: 'A proxy refused a call.' },
  NoEffect: {
    type: 'Warning',
    about: 'resource',
    action: 'Program',
    meaning: 'A proxy reported success, but did not apply the call.',
  },
  ProxyDies: {
    type: 'Warning',
    about: 'resource',
    action: 'Program',
    meaning: 'A proxy crashed twice while applying an object.',
  },
  SessionsEnded: {
    type: 'Normal',
    about: 'resource',
    action: 'Program',
    meaning: 'A listener was replaced, which ended the sessions on it.',
  },
  SessionsStranded: {
    type: 'Warning',
    about: 'resource',
    action: 'Program',
    meaning: 'UDP sessions remain on removed pods, because their route does not reconnect.',
  },
  NoEndpoints: {
    type: 'Warning',
    about: 'resource',
    action: 'Resolve',
    meaning: 'A destination has no endpoint that sessions can be sent to.',
  },
  EndpointsUnreachable: {
    type: 'Warning',
    about: 'resource',
    action: 'Resolve',
    meaning: 'The endpoints of a destination have no address that the proxy reaches by its protocol.',
  },
  AddressNotResolved: {
    type: 'Warning',
    about: 'resource',
    action: 'Resolve',
    meaning: 'The address of an endpoint is a domain name that does not resolve.',
  },
  EndpointsReady: {
    type: 'Normal',
    about: 'resource',
    action: 'Resolve',
    meaning: 'Every destination has endpoints again.',
  },
  ProxyRefilled: {
    type: 'Warning',
    about: 'proxy',
    action: 'Refill',
    meaning: 'The proxy restarted empty, and all its objects were created again.',
  },
  DriftRepaired: {
    type: 'Warning',
    about: 'proxy',
    action: 'Repair',
    meaning: 'Drift was detected and repaired: others had changed objects of l7mesh on the proxy.',
  },
  ProxyUnreachable: { type: 'Warning', about: 'proxy', action: 'Read', meaning: 'The proxy does not respond.' },
  ProxyLockedOut: {
    type: 'Warning',
    about: 'proxy',
    action: 'Read',
    meaning: 'The proxy denies access to the operator.',
  },
} as const satisfies Readonly<Record<string, EventKind>>
