/**
 * Every reason that an event can have. They are stable: people and alerts match on them. docs/reference/events.md is made
 * of this table.
 */

export type EventReason = keyof typeof EVENT_REASONS

type EventKind = {
  readonly type: 'Normal' | 'Warning'
  /** The kind of object that it is about. */
  readonly about: 'resource' | 'proxy'
  /** What l7mesh did, or tried to do. */
  readonly action: string
  readonly meaning: string
}

export const EVENT_REASONS = {
  PortConflict: {
    type: 'Warning',
    about: 'resource',
    action: 'Accept',
    meaning: 'An older VirtualService, the proxy itself or another at its address has the port.',
  },
  PortBusy: {
    type: 'Warning',
    about: 'resource',
    action: 'Program',
    meaning: 'Another process has the port on the host of a proxy.',
  },
  Refused: { type: 'Warning', about: 'resource', action: 'Program', meaning: 'A proxy refused a call.' },
  NoEffect: {
    type: 'Warning',
    about: 'resource',
    action: 'Program',
    meaning: 'A proxy said that it did what it was asked, and did not.',
  },
  ProxyDies: { type: 'Warning', about: 'resource', action: 'Program', meaning: 'A proxy died, twice, of an object.' },
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
    meaning: 'UDP sessions stay on pods that are gone, since their route does not reconnect.',
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
    meaning: 'The proxy had restarted empty, and was given all its objects again.',
  },
  DriftRepaired: {
    type: 'Warning',
    about: 'proxy',
    action: 'Repair',
    meaning: 'Somebody else had changed objects of l7mesh on the proxy, and they were put right.',
  },
  ProxyUnreachable: { type: 'Warning', about: 'proxy', action: 'Read', meaning: 'The proxy does not answer.' },
  ProxyLockedOut: {
    type: 'Warning',
    about: 'proxy',
    action: 'Read',
    meaning: 'The proxy does not let the operator in.',
  },
} as const satisfies Readonly<Record<string, EventKind>>
