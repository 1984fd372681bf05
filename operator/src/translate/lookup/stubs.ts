/** VirtualServices without rules, which only describe a destination. */
import type { VirtualService } from '@l7mesh/crds'

/** True where it makes no listener, and only gives Targets a protocol, a port and pods. */
export function isStub(service: VirtualService): boolean {
  const { rules, rulesRef } = service.spec?.listener ?? {}
  return rules === undefined && rulesRef === undefined
}
