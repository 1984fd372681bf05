/** What `l7mesh collect DIR` reads: the manifests of a folder, and its proxies if they are running. */
import { KINDS, RESOURCE_FIELDS } from '../../kinds/kinds.ts'
import { overviewOf } from '../../report/overview.ts'
import { statuses } from '../../report/status.ts'
import { observeFolder } from '../folder/observe-folder.ts'
import { inspectFleetOnce } from '../inspect/inspect-proxies.ts'
import type { ProcessIO } from '../process/process-io.ts'
import type { CollectedFiles } from './archive.ts'
import { addKubernetesObjects, addObjects, addProxies, addVersions } from './mesh.ts'

export async function collectFolder(dir: string, collection: CollectedFiles, io: ProcessIO): Promise<void> {
  addVersions(collection, undefined)
  const observed = await observeFolder(dir, {}, io)
  const { snapshot, problems } = observed
  for (const { where, message } of problems) collection.miss(where, message)
  const proxies = await inspectFleetOnce(observed.fleet, io)
  const overview = overviewOf({
    ...observed,
    proxies,
    pods: snapshot.pods,
    statuses: statuses({ ...observed, proxies }),
  })
  collection.addValue('status.yaml', overview)
  for (const field of RESOURCE_FIELDS) addObjects(collection, KINDS[field].plural, [...snapshot[field].values()])
  addKubernetesObjects(collection, snapshot)
  addProxies(collection, proxies)
}
