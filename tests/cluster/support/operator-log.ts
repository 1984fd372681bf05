/** The logs of the operators of a cluster. */
import type { Cluster } from '../cluster.ts'
import type { Pod } from './objects.ts'

export type LogEntry = { readonly level: string; readonly msg: string; readonly reason?: string }

/** Of all running operator pods, in chronological order for each pod. */
export async function operatorLog(cluster: Cluster, namespace: string): Promise<readonly LogEntry[]> {
  const query = { labelSelector: 'app.kubernetes.io/name=l7mp-operator' }
  const path = `/api/v1/namespaces/${namespace}/pods`
  const { items } = (await cluster.client.request({ path, query })) as { items: Pod[] }
  const logs = await Promise.all(items.map(({ metadata }) => cluster.log(`${namespace}/${metadata.name}`, 'operator')))
  return logs.flatMap(log => log.trim().split('\n')).map(line => JSON.parse(line))
}
