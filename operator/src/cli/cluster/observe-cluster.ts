/**
 * Observes a cluster: reads it once, and translates it with the settings of its operators. The first step of `diff`,
 * `status`, `config` and `validate` for a cluster.
 */
import { type Config, isOurs, RESOURCE_PREFIX } from '@l7mesh/proxy-client'
import { retaining, unknownVersions } from '../../converge/unknown-versions.ts'
import type { Rejections } from '../../report/status.ts'
import { styleFor } from '../../report/text/style.ts'
import type { RunSettings } from '../../settings/settings-table.ts'
import type { Snapshot, SourceProblem } from '../../sources/snapshot.ts'
import type { DesiredFleet } from '../../translate/desired.ts'
import { UserError } from '../../user-error.ts'
import { type TranslationOptions, translator } from '../options/translation.ts'
import type { ProcessIO } from '../process/process-io.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { type OperatorPod, operatorsAmong } from './operators.ts'
import { type ReadObjects, readCluster, type Understood, understand, within } from './read.ts'

export type ObservedCluster = {
  readonly cluster: ClusterAccess
  readonly objects: ReadObjects
  readonly snapshot: Snapshot
  readonly resources: Understood['resources']
  readonly fleet: DesiredFleet
  readonly rejected: Rejections
  /** Kinds that could not be read, and minor problems in those that were. */
  readonly problems: readonly SourceProblem[]
  readonly operators: readonly OperatorPod[]
}

/** What cannot be read is reported as a problem, and treated as empty. */
export async function observeCluster(
  cluster: ClusterAccess,
  options: TranslationOptions,
  io: ProcessIO,
): Promise<ObservedCluster & { readonly unread: readonly SourceProblem[] }> {
  const reading = await readCluster(cluster.client, cluster.namespace, NEVER)
  const { onlyNamespace } = reading
  if (onlyNamespace !== undefined) warnOfSingleNamespace(onlyNamespace, io)
  const operators = operatorsAmong(reading.objects.pods)
  const settings = operators.find(operator => operator.settings !== undefined)?.settings
  const objects = within(reading.objects, settings?.namespace)
  const { snapshot, rejected, resources } = understand(objects)
  return {
    cluster:
      onlyNamespace === undefined ? cluster : { ...cluster, connect: seeingOnly(onlyNamespace, cluster.connect) },
    objects,
    snapshot,
    resources,
    fleet: retaining(translator(withSettings(options, settings))(snapshot), unknownVersions(snapshot, rejected)),
    rejected,
    problems: reading.unread,
    unread: reading.unread,
    operators,
  }
}

/** For commands that draw conclusions from missing objects: throws a UserError if something cannot be read. */
export async function observeWholeCluster(
  cluster: ClusterAccess,
  options: TranslationOptions,
  io: ProcessIO,
): Promise<ObservedCluster> {
  const { unread, ...observed } = await observeCluster(cluster, options, io)
  const [first] = unread
  if (first) throw new UserError(`${first.where}: ${first.message}`, { help: first.help })
  return observed
}

const NEVER = new AbortController().signal

function withSettings(options: TranslationOptions, settings: RunSettings | undefined): TranslationOptions {
  const { selectorScope, allowControllerDestination, allowLogFiles } = settings ?? {}
  return {
    ...(selectorScope !== undefined && { selectorScope }),
    ...(allowControllerDestination !== undefined && { allowControllerDestination }),
    ...(allowLogFiles !== undefined && { allowLogFiles }),
    ...options,
  }
}

function warnOfSingleNamespace(namespace: string, io: ProcessIO): void {
  const style = styleFor(io, io.stderr)
  const text = `only namespace ${namespace} may be read: objects of proxies for other namespaces are ignored`
  io.stderr.write(`${style.warn('warning:')} ${text}\n`)
}

/** The proxies of a namespace: those in it, and those that its resources select. undefined: all. */
export function proxiesFor({ fleet }: ObservedCluster, namespace: string | undefined): DesiredFleet {
  if (namespace === undefined) return fleet
  const proxies = [...fleet.proxies].filter(
    ([key, { parts }]) =>
      key.startsWith(`${namespace}/`) || [...parts.keys()].some(resource => resource.split('/')[1] === namespace),
  )
  return { ...fleet, proxies: new Map(proxies) }
}

/** Hides objects of namespaces that may not be read, because their desired config is unknown. */
function seeingOnly(namespace: string, connect: ProcessIO['connect']): ProcessIO['connect'] {
  const isSeen = ({ name }: { readonly name: string }) =>
    !isOurs(name) || name.startsWith(`${RESOURCE_PREFIX}${namespace}/`)
  return (proxy, options) => {
    const driver = connect(proxy, options)
    return { ...driver, read: async how => filtered(await driver.read(how), isSeen) }
  }
}

function filtered(config: Config, isSeen: (object: { readonly name: string }) => boolean): Config {
  const seen = <T extends { readonly name: string }>(objects: ReadonlyMap<string, T>) =>
    new Map([...objects].filter(([, object]) => isSeen(object)))
  return {
    clusters: seen(config.clusters),
    routes: seen(config.routes),
    rules: seen(config.rules),
    rulelists: seen(config.rulelists),
    listeners: seen(config.listeners),
  }
}
