/** The condition `Programmed` of VirtualServices without a listener. Pure. */
import type { Resource } from '../sources/snapshot.ts'
import { isStub } from '../translate/lookup/stubs.ts'
import type { ResourceCondition } from './status.ts'

export function isStubResource(resource: Resource): boolean {
  return resource.kind === 'VirtualService' && isStub(resource)
}

/** Always True: it has no objects on proxies. */
export const STUB_PROGRAMMED: ResourceCondition = {
  type: 'Programmed',
  status: 'True',
  reason: 'Programmed',
  message: 'it has no rules, and therefore no listener to program',
}
