/** `l7mesh config PROXY`: what one proxy should hold, what it does hold, or both. */
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { type Config, createCompare, isOurs, keepListeners, OBJECT_KINDS, type ObjectKind } from '@l7mesh/proxy-client'
import { Argument, Command, Option } from 'commander'
import type { Style } from '../../report/text/style.ts'
import { table } from '../../report/text/table.ts'
import { short } from '../../report/words.ts'
import type { Snapshot } from '../../sources/snapshot.ts'
import type { DesiredFleet, DesiredProxy } from '../../translate/desired.ts'
import { proxyOf } from '../../translate/lookup/pods.ts'
import {
  addClusterOptions,
  addNamespaceOptions,
  type ClusterAccessOptions,
  type NamespaceOptions,
  refuseClusterOptions,
  withCluster,
} from '../cluster/cluster-access.ts'
import { observeCluster, observeWholeCluster } from '../cluster/observe-cluster.ts'
import { observeFolder } from '../folder/observe-folder.ts'
import { parseAddress, proxyAt } from '../options/address.ts'
import { type Format, formatOption, show } from '../options/format.ts'
import { addTranslationOptions, type TranslationOptions } from '../options/translation.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { World } from '../process/process-io.ts'
import { cut } from '../process/screen.ts'
import { proxyNamed, proxyReachedAt } from './choose.ts'
import { type ProxyReach, readLiveOrFail } from './inspect-proxies.ts'

type ConfigOptions = TranslationOptions &
  ClusterAccessOptions &
  NamespaceOptions & {
    readonly output: Format
    readonly desired?: boolean
    readonly live?: boolean
    readonly all?: boolean
  }

export function configCommand({ world, exit }: Cli): Command {
  const command = new Command('config')
    .summary('Show the config of one proxy, desired or live.')
    .description(
      'Show the config of one proxy of a cluster, or of a folder: the desired one, the live one, or both side by side. ' +
        'Exit code 0: shown, and both are the same where both are shown; 1: they differ.',
    )
    .addArgument(new Argument('<proxy>', 'POD, NAMESPACE/POD, or HOST:PORT of its REST API'))
    .argument('[dir]', 'a folder of manifests; without it, a cluster is looked at')
    .addOption(new Option('--desired', 'what it should hold, by the resources').conflicts('live'))
    .addOption(new Option('--live', 'what it does hold; with HOST:PORT nothing else is looked at'))
    .option('--all', 'also objects that are not of l7mesh')
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
  addNamespaceOptions(addClusterOptions(addTranslationOptions(command)))
  return command.action(async (proxy: string, dir: string | undefined, options: ConfigOptions) => {
    exit(await config(proxy, dir, options, world))
  })
}

const EXAMPLES = `
Examples:
  l7mesh config -n l7mp l7mp-ingress-x7k2p     # both sides, where they differ
  l7mesh config 10.0.0.7:1234 --live -o yaml   # no cluster and no folder is needed`

async function config(proxy: string, dir: string | undefined, options: ConfigOptions, world: World): Promise<ExitCode> {
  if (dir !== undefined) refuseClusterOptions(dir, options)
  if (options.live && isAddress(proxy)) {
    const live = await readLiveOrFail(proxyAt(parseAddress(proxy)), world)
    return shown({ desired: undefined, live }, options, world)
  }
  if (dir !== undefined) {
    const { fleet } = await observeFolder(dir, options, world, 'imagine')
    return shown(await sidesOf(chosen(fleet, proxy, undefined), proxy, options, world), options, world)
  }
  return withCluster(options, world, async cluster => {
    const observe = options.live ? observeCluster : observeWholeCluster
    const { fleet, snapshot, cluster: seen } = await observe(cluster, options, world)
    const desired = chosen(withUnready(fleet, snapshot), proxy, cluster.namespace)
    return shown(await sidesOf(desired, proxy, options, { connect: seen.connect }), options, world)
  })
}

function isAddress(proxy: string): boolean {
  return !proxy.includes('/') && (proxy.includes(':') || isIP(proxy) > 0)
}

/** By its name; within a namespace by the name of its pod alone; by its address. */
function chosen(fleet: DesiredFleet, proxy: string, namespace: string | undefined): DesiredProxy {
  if (isAddress(proxy)) return proxyReachedAt(fleet, parseAddress(proxy))
  return fleet.proxies.get(`${namespace}/${proxy}`) ?? proxyNamed(fleet, proxy)
}

/** Also proxies that are not ready, which should hold nothing as long as they are not. */
function withUnready(fleet: DesiredFleet, { pods }: Snapshot): DesiredFleet {
  const proxies = new Map(fleet.proxies)
  for (const [key, pod] of pods) {
    const proxy = proxies.has(key) ? undefined : proxyOf(key, pod)
    if (proxy) proxies.set(key, { proxy, config: NOTHING, parts: new Map() })
  }
  return { ...fleet, proxies }
}

const NOTHING: Config = {
  clusters: new Map(),
  routes: new Map(),
  rules: new Map(),
  rulelists: new Map(),
  listeners: new Map(),
}

/** What there is to show; undefined for a side that is not asked for. */
type Sides = { readonly desired: Config | undefined; readonly live: Config | undefined }

async function sidesOf(
  { proxy, config: desired }: DesiredProxy,
  said: string,
  options: ConfigOptions,
  reach: ProxyReach,
): Promise<Sides> {
  if (options.desired) return { desired, live: undefined }
  const live = await readLiveOrFail(isAddress(said) ? proxyAt(parseAddress(said)) : proxy, reach)
  // A listener that stays for the sake of its sessions is no difference.
  return { desired: options.live ? undefined : keepListeners(desired, live, createCompare()), live }
}

function shown(sides: Sides, options: ConfigOptions, world: World): ExitCode {
  const filter = options.all ? () => true : isOurs
  const desired = sides.desired && objectsOf(sides.desired, filter)
  const live = sides.live && objectsOf(sides.live, filter)
  if (desired && live) {
    show(world, options.output, { desired: plain(desired), live: plain(live) }, style =>
      fitted(bothSides(desired, live, style), world),
    )
    return isDeepStrictEqual(desired, live) ? 0 : 1
  }
  const one = desired ?? live ?? new Map()
  show(world, options.output, plain(one), style => fitted(oneSide(one, style), world))
  return 0
}

/** All objects of a config, in the order in which they are built on each other and then by name. */
type PlacedObjects = ReadonlyMap<string, Placed>
type Placed = { readonly kind: ObjectKind; readonly name: string; readonly object: object }

function objectsOf(config: Config, filter: (name: string) => boolean): PlacedObjects {
  const found = OBJECT_KINDS.flatMap(kind =>
    listOf(config, kind)
      .filter(({ name }) => filter(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(object => [`${kind} ${object.name}`, { kind, name: object.name, object }] as const),
  )
  return new Map(found)
}

function listOf(config: Config, kind: ObjectKind): { readonly name: string }[] {
  switch (kind) {
    case 'cluster':
      return [...config.clusters.values()].map(({ endpoints: _, ...cluster }) => cluster)
    case 'endpoint':
      return [...config.clusters.values()].flatMap(({ name: cluster, endpoints }) =>
        endpoints.map(endpoint => ({ ...endpoint, cluster })),
      )
    case 'route':
      return [...config.routes.values()]
    case 'rule':
      return [...config.rules.values()]
    case 'rulelist':
      return [...config.rulelists.values()]
    case 'listener':
      return [...config.listeners.values()]
  }
}

/** As plain lists, of the objects whose names the filter takes. */
export function plainConfig(config: Config, filter: (name: string) => boolean): object {
  return plain(objectsOf(config, filter))
}

function plain(objects: PlacedObjects): object {
  const lists = OBJECT_KINDS.map(kind => [
    `${kind}s`,
    [...objects.values()].filter(found => found.kind === kind).map(({ object }) => object),
  ])
  return Object.fromEntries(lists)
}

function oneSide(objects: PlacedObjects, style: Style): readonly string[] {
  if (objects.size === 0) return ['It holds no objects of l7mesh.']
  const rows = [...objects.values()].map(({ kind, name, object }) => [kind, short(name), style.quiet(content(object))])
  return table(['KIND', 'NAME', 'CONTENT'], rows, style)
}

/** One row for an object that is the same on both sides, two for one that is not. */
function bothSides(desired: PlacedObjects, live: PlacedObjects, style: Style): readonly string[] {
  const keys = [...new Set([...desired.keys(), ...live.keys()])]
  if (keys.length === 0) return ['It should hold no objects of l7mesh, and holds none.']
  const rows = keys.flatMap(key => {
    const [want, have] = [desired.get(key), live.get(key)]
    if (want && isDeepStrictEqual(want, have)) return [row('both', want, style.quiet)]
    return [...(want ? [row('desired', want, style.good)] : []), ...(have ? [row('live', have, style.bad)] : [])]
  })
  return table(['IN', 'KIND', 'NAME', 'CONTENT'], rows, style)
}

function row(side: string, { kind, name, object }: Placed, paint: (text: string) => string): readonly string[] {
  return [paint(side), kind, short(name), paint(content(object))]
}

/** On a terminal, an object is one line; `-o yaml` shows all of it. */
function fitted(lines: readonly string[], { stdout }: World): readonly string[] {
  const columns = stdout.size()?.columns
  return columns === undefined ? lines : lines.map(line => cut(line, columns))
}

/** What an object says beside its name, in one line. */
function content(object: object): string {
  const { name: _, ...rest } = Object.assign({ name: '' }, object)
  return short(JSON.stringify(rest))
}
