/**
 * One look at a cluster: read once, and translated as its operators are set to. `diff`, `status`, `config` and `validate`
 * begin with it where no folder is named.
 */
import type { Rejections } from '../report/status.ts'
import type { RunSettings } from '../settings/table.ts'
import type { Snapshot, SourceProblem } from '../sources/snapshot.ts'
import type { DesiredFleet } from '../translate/desired.ts'
import type { Cluster } from './cluster.ts'
import { type Operator, operatorsAmong } from './cluster-operators.ts'
import { type Objects, readCluster, type Understood, understand, within } from './cluster-read.ts'
import { CommandError } from './exit.ts'
import { styleFor } from './style.ts'
import { type TranslationOptions, translator } from './translation.ts'
import type { World } from './world.ts'

export type ClusterLook = {
  readonly cluster: Cluster
  readonly objects: Objects
  readonly snapshot: Snapshot
  readonly resources: Understood['resources']
  readonly fleet: DesiredFleet
  readonly rejected: Rejections
  /** Kinds that could not be read, and what does not matter in those that were. */
  readonly problems: readonly SourceProblem[]
  readonly operators: readonly Operator[]
}

/** Whatever could not be read is a problem, and counts as empty. */
export async function lookAtCluster(
  cluster: Cluster,
  options: TranslationOptions,
  world: World,
): Promise<ClusterLook & { readonly unread: readonly SourceProblem[] }> {
  const reading = await readCluster(cluster.client, cluster.namespace, NEVER)
  if (reading.onlyNamespace !== undefined) warnOfOne(reading.onlyNamespace, world)
  const operators = operatorsAmong(reading.objects.pods)
  const settings = operators.find(operator => operator.settings !== undefined)?.settings
  const objects = within(reading.objects, settings?.namespace)
  const { snapshot, rejected, warnings, resources } = understand(objects)
  return {
    cluster,
    objects,
    snapshot,
    resources,
    fleet: translator(asSet(options, settings))(snapshot),
    rejected,
    problems: [...reading.unread, ...warnings],
    unread: reading.unread,
    operators,
  }
}

/** For who draws conclusions from what is not there: throws a CommandError where something could not be read. */
export async function lookAtWholeCluster(
  cluster: Cluster,
  options: TranslationOptions,
  world: World,
): Promise<ClusterLook> {
  const { unread, ...look } = await lookAtCluster(cluster, options, world)
  const [first] = unread
  if (first) throw new CommandError(`${first.where}: ${first.message}`, { help: first.help })
  return look
}

const NEVER = new AbortController().signal

function asSet(options: TranslationOptions, settings: RunSettings | undefined): TranslationOptions {
  const { selectorScope, allowControllerDestination, allowLogFiles } = settings ?? {}
  return {
    ...(selectorScope !== undefined && { selectorScope }),
    ...(allowControllerDestination !== undefined && { allowControllerDestination }),
    ...(allowLogFiles !== undefined && { allowLogFiles }),
    ...options,
  }
}

function warnOfOne(namespace: string, world: World): void {
  const style = styleFor(world, world.stderr)
  const text = `only namespace ${namespace} may be read: what other namespaces want of a proxy is not known here`
  world.stderr.write(`${style.warn('warning:')} ${text}\n`)
}

/** The proxies of a namespace: those in it, and those that its resources are for. undefined: all. */
export function proxiesFor({ fleet }: ClusterLook, namespace: string | undefined): DesiredFleet {
  if (namespace === undefined) return fleet
  const proxies = [...fleet.proxies].filter(
    ([key, { parts }]) =>
      key.startsWith(`${namespace}/`) || [...parts.keys()].some(resource => resource.split('/')[1] === namespace),
  )
  return { ...fleet, proxies: new Map(proxies) }
}
