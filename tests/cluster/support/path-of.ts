/** The API path of an object. */
import type { Document } from './objects.ts'

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  Pod: 'pods',
  Secret: 'secrets',
  Deployment: 'deployments',
  VirtualService: 'virtualservices',
  Target: 'targets',
  Rule: 'rules',
  Route: 'routes',
  Lease: 'leases',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ServiceAccount: 'serviceaccounts',
}

export function pathOf({ apiVersion, kind, metadata }: Document): string {
  const { name, namespace } = metadata as { name: string; namespace?: string }
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const within = kind === 'Namespace' || namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${group}${within}/${PLURALS[`${kind}`]}/${name}`
}
