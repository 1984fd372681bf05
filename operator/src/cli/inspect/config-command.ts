/** `l7mesh config PROXY`: the desired config of a proxy, its live config, or both. */
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { type Config, createCompare, isOurs, keepListeners, OBJECT_KINDS, type ObjectKind } from '@l7mesh/proxy-client'
import { Argument, Command, Option } from 'commander'
import { short } from '../../report/formatting.ts'
import type { Style } from '../../report/text/style.ts'
import { table } from '../../report/text/table.ts'
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
import type { ProcessIO } from '../process/process-io.ts'
import { cut } from '../process/screen.ts'
import { proxyByAddress, proxyByName } from './choose.ts'
import { type ProxyReach, readLiveOrFail } from './inspect-proxies.ts'

type ConfigOptions = TranslationOptions &
  ClusterAccessOptions &
  NamespaceOptions & {
    readonly output: Format
    readonly desired?: boolean
    readonly live?: boolean
    readonly all?: boolean
  }

export function configCommand({ io, exit }: Cli): Command {
  const command = new Command('config')
    .summary('Show the config of one proxy, desired or live.')
    .description(
      'Show the config of a proxy of a cluster or a folder: desired, live, or both side by side. ' +
        'Exit code 0: success, and if both are shown, they are equal; 1: they differ.',
    )
    .addArgument(new Argument('<proxy>', 'POD, NAMESPACE/POD, or HOST:PORT of its REST API'))
    .argument('[dir]', 'a folder of manifests; defaults to a cluster')
    .addOption(new Option('--desired', 'the desired config').conflicts('live'))
    .addOption(new Option('--live', 'the live config; with HOST:PORT, no resources are read'))
    .option('--all', 'include objects of others')
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
  addNamespaceOptions(addClusterOptions(addTranslationOptions(command)))
  return command.action(async (proxy: string, dir: string | undefined, options: ConfigOptions) => {
    exit(await config(proxy, dir, options, io))
  })
}

const EXAMPLES = `
Examples:
  l7mesh config -n l7mp l7mp-ingress-x7k2p     # both configs, and where they differ
  l7mesh config 10.0.0.7:1234 --live -o yaml   # needs no cluster and no folder`

async function config(
  proxy: string,
  dir: string | undefined,
  options: ConfigOptions,
  io: ProcessIO,
): Promise<ExitCode> {
  if (dir !== undefined) refuseClusterOptions(dir, options)
  if (options.live && isAddress(proxy)) {
    const live = await readLiveOrFail(proxyAt(parseAddress(proxy)), io)
    return shown({ desired: undefined, live }, options, io)
  }
  if (dir !== undefined) {
    const { fleet } = await observeFolder(dir, options, io, 'simulate')
    return shown(await sidesOf(chosen(fleet, proxy, undefined), proxy, options, io), options, io)
  }
  return withCluster(options, io, async cluster => {
    const observe = options.live ? observeCluster : observeWholeCluster
    const { fleet, snapshot, cluster: seen } = await observe(cluster, options, io)
    const desired = chosen(withUnready(fleet, snapshot), proxy, cluster.namespace)
    return shown(await sidesOf(desired, proxy, options, { connect: seen.connect }), options, io)
  })
}

function isAddress(proxy: string): boolean {
  return !proxy.includes('/') && (proxy.includes(':') || isIP(proxy) > 0)
}

/** By its name; within a namespace, by the name of its pod only; by its address. */
function chosen(fleet: DesiredFleet, proxy: string, namespace: string | undefined): DesiredProxy {
  if (isAddress(proxy)) return proxyByAddress(fleet, parseAddress(proxy))
  return fleet.proxies.get(`${namespace}/${proxy}`) ?? proxyByName(fleet, proxy)
}

/** Adds proxies that are not ready, whose desired config is empty. */
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

/** The configs to show; undefined for one that was not requested. */
type Sides = { readonly desired: Config | undefined; readonly live: Config | undefined }

async function sidesOf(
  { proxy, config: desired }: DesiredProxy,
  said: string,
  options: ConfigOptions,
  reach: ProxyReach,
): Promise<Sides> {
  if (options.desired) return { desired, live: undefined }
  const live = await readLiveOrFail(isAddress(said) ? proxyAt(parseAddress(said)) : proxy, reach)
  // A listener that is kept because of its sessions is not a difference.
  return { desired: options.live ? undefined : keepListeners(desired, live, createCompare()), live }
}

function shown(sides: Sides, options: ConfigOptions, io: ProcessIO): ExitCode {
  const filter = options.all ? () => true : isOurs
  const desired = sides.desired && objectsOf(sides.desired, filter)
  const live = sides.live && objectsOf(sides.live, filter)
  if (desired && live) {
    show(io, options.output, { desired: plain(desired), live: plain(live) }, style =>
      fitted(bothSides(desired, live, style), io),
    )
    return isDeepStrictEqual(desired, live) ? 0 : 1
  }
  const one = desired ?? live ?? new Map()
  show(io, options.output, plain(one), style => fitted(oneSide(one, style), io))
  return 0
}

/** All objects of a config, by dependency order and then by name. */
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

/** As plain lists, of the objects whose names the filter accepts. */
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
  if (objects.size === 0) return ['No objects of l7mesh.']
  const rows = [...objects.values()].map(({ kind, name, object }) => [kind, short(name), style.quiet(content(object))])
  return table(['KIND', 'NAME', 'CONTENT'], rows, style)
}

/** One row for an object that is equal in both configs, two for one that differs. */
function bothSides(desired: PlacedObjects, live: PlacedObjects, style: Style): readonly string[] {
  const keys = [...new Set([...desired.keys(), ...live.keys()])]
  if (keys.length === 0) return ['No objects of l7mesh, neither desired nor live.']
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

/** On a terminal, each object is truncated to one line; `-o yaml` shows all of it. */
function fitted(lines: readonly string[], { stdout }: ProcessIO): readonly string[] {
  const columns = stdout.size()?.columns
  return columns === undefined ? lines : lines.map(line => cut(line, columns))
}

/** The content of an object without its name, in one line. */
function content(object: object): string {
  const { name: _, ...rest } = Object.assign({ name: '' }, object)
  return short(JSON.stringify(rest))
}
