/** The valid VirtualService among invalid ones, which must stay programmed and keep forwarding packets. */
import { openSession } from '../support/client.ts'
import type { FolderMesh, Manifest } from '../support/folder-mesh.ts'
import { until } from '../support/until.ts'

export type ServicePorts = { readonly port: number; readonly backendPort: number }

/** The oldest resource, so that no other can take its port. */
export function validService({ port, backendPort }: ServicePorts, version: number): Manifest {
  const match = { op: 'in', path: '/IP/src_addr', value: ['127.0.0.1', `10.0.0.${version}`] }
  const destination = { spec: { UDP: { port: backendPort } }, endpoints: [{ spec: { address: '127.0.0.1' } }] }
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'valid', creationTimestamp: '2000-01-01T00:00:00Z', annotations: { version: `${version}` } },
    spec: {
      selector: {},
      listener: { spec: { UDP: { port } }, rules: [{ match, action: { route: { destination } } }] },
    },
  }
}

/** Waits until this version of the valid service is programmed. */
export async function untilProgrammed(mesh: FolderMesh, version: number): Promise<void> {
  await mesh.until(`batch ${version}: the latest version of the valid resource`, report => {
    const status = report.statuses().get('VirtualService/default/valid')
    const current = report.snapshot?.virtualServices.get('default/valid')?.metadata.annotations?.version
    return current === `${version}` && status?.conditions.every(({ status: holds }) => holds === 'True') === true
  })
}

/** Waits for a response through the proxy. */
export async function untilResponding({ port }: ServicePorts, batch: number): Promise<void> {
  await until(`batch ${batch}: a response through the proxy`, () => isResponding(port))
}

async function isResponding(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), 500)
  const session = openSession('UDP', port, {
    message: text => resolve(text === 'backend hello'),
    ended: () => resolve(false),
  })
  await session.open
  session.send('hello')
  const response = await promise
  clearTimeout(timer)
  session.close()
  return response
}
