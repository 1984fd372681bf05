/** The good one among the bad: a VirtualService that must stay in force, and whose packets must go through. */
import { openSession } from '../support/client.ts'
import type { FolderMesh, Manifest } from '../support/folder-mesh.ts'
import { until } from '../support/until.ts'

export type Good = { readonly port: number; readonly backendPort: number }

/** The oldest of all, so that nobody takes its port from it. */
export function goodService({ port, backendPort }: Good, version: number): Manifest {
  const match = { op: 'in', path: '/IP/src_addr', value: ['127.0.0.1', `10.0.0.${version}`] }
  const destination = { spec: { UDP: { port: backendPort } }, endpoints: [{ spec: { address: '127.0.0.1' } }] }
  return {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'good', creationTimestamp: '2000-01-01T00:00:00Z', annotations: { version: `${version}` } },
    spec: {
      selector: {},
      listener: { spec: { UDP: { port } }, rules: [{ match, action: { route: { destination } } }] },
    },
  }
}

/** Waits until this version of the good one is in force. */
export async function isInForce(mesh: FolderMesh, version: number): Promise<void> {
  await mesh.until(`batch ${version}: the good resource is in its newest version`, report => {
    const status = report.statuses().get('VirtualService/default/good')
    const current = report.snapshot?.virtualServices.get('default/good')?.metadata.annotations?.version
    return current === `${version}` && status?.conditions.every(({ status: holds }) => holds === 'True') === true
  })
}

/** Waits for an answer through the proxy. */
export async function answers({ port }: Good, batch: number): Promise<void> {
  await until(`batch ${batch}: an answer through the proxy`, () => isAnswered(port))
}

async function isAnswered(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), 500)
  const session = openSession('UDP', port, {
    message: text => resolve(text === 'backend hello'),
    ended: () => resolve(false),
  })
  await session.open
  session.send('hello')
  const answer = await promise
  clearTimeout(timer)
  session.close()
  return answer
}
