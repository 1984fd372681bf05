/** Stubs: VirtualServices without rules, which only describe a destination. */
import type { VirtualService } from '@l7mesh/crds'

/** True if it has no listener, and only provides a protocol, a port and pods to Targets. */
export function isStub(service: VirtualService): boolean {
  const { rules, rulesRef } = service.spec?.listener ?? {}
  return rules === undefined && rulesRef === undefined
}
