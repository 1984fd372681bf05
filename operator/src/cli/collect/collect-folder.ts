/** What `l7mesh collect DIR` reads: the manifests of a folder, and its proxies where they run. */
import { KINDS, RESOURCE_FIELDS } from '../../kinds.ts'
import { overviewOf } from '../../report/overview.ts'
import { statuses } from '../../report/status.ts'
import { lookAt } from '../folder/observe-folder.ts'
import { inspectFleet } from '../inspect/inspect-proxies.ts'
import type { World } from '../process/process-io.ts'
import type { Collection } from './archive.ts'
import { addObjects, addProxies, addSurroundings, addVersions } from './mesh.ts'

export async function collectFolder(dir: string, collection: Collection, world: World): Promise<void> {
  addVersions(collection, undefined)
  const look = await lookAt(dir, {}, world)
  const { snapshot, problems } = look
  for (const { where, message } of problems) collection.miss(where, message)
  const proxies = await inspectFleet(look.fleet, world)
  const overview = overviewOf({ ...look, proxies, pods: snapshot.pods, statuses: statuses({ ...look, proxies }) })
  collection.addValue('status.yaml', overview)
  for (const field of RESOURCE_FIELDS) addObjects(collection, KINDS[field].plural, [...snapshot[field].values()])
  addSurroundings(collection, snapshot)
  addProxies(collection, proxies)
}
