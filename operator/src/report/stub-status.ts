/** VirtualServices without a listener: they are programmed without being on any proxy. Pure. */
import type { Resource } from '../sources/snapshot.ts'
import { isStub } from '../translate/lookup/stubs.ts'
import type { ResourceCondition } from './status.ts'

export function isStubResource(resource: Resource): boolean {
  return resource.kind === 'VirtualService' && isStub(resource)
}

/** Nothing of it can be missing on a proxy. */
export const STUB_IN_FORCE: ResourceCondition = {
  type: 'Programmed',
  status: 'True',
  reason: 'Programmed',
  message: 'it has no rules, so it makes no listener, and no proxy needs anything of it',
}
