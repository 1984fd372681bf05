/** `l7mesh config PROXY`: what one proxy should hold, what it does hold, or both. */
import { isDeepStrictEqual } from 'node:util'
import { type Config, isOurs, KINDS, type Kind } from '@l7mesh/proxy-client'
import { Argument, Command, Option } from 'commander'
import { parseAddress, proxyAt } from './address.ts'
import { proxyNamed, proxyReachedAt } from './choose.ts'
import type { Cli } from './command.ts'
import type { ExitCode } from './exit.ts'
import { lookAt } from './folder.ts'
import { type Format, formatOption, show } from './format.ts'
import { readLiveOrFail } from './inspect.ts'
import { cut } from './screen.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'
import { addTranslationOptions, type TranslationOptions } from './translation.ts'
import { short } from './words.ts'
import type { World } from './world.ts'

type ConfigOptions = TranslationOptions & {
  readonly output: Format
  readonly desired?: boolean
  readonly live?: boolean
  readonly all?: boolean
}

export function configCommand({ world, exit }: Cli): Command {
  const command = new Command('config')
    .summary('Show the config of one proxy, desired or live.')
    .description(
      'Show the config of one proxy: the desired one, the live one, or both side by side. ' +
        'Exit code 0: shown, and both are the same where both are shown; 1: they differ.',
    )
    .addArgument(new Argument('<proxy>', 'NAMESPACE/POD, or HOST:PORT of its REST API'))
    .argument('[dir]', 'the folder of manifests', '.')
    .addOption(new Option('--desired', 'what it should hold, by the folder').conflicts('live'))
    .addOption(new Option('--live', 'what it does hold; with HOST:PORT no folder is needed'))
    .option('--all', 'also objects that are not of l7mesh')
    .addOption(formatOption())
  return addTranslationOptions(command).action(async (proxy: string, dir: string, options: ConfigOptions) => {
    exit(await config(proxy, dir, options, world))
  })
}

async function config(proxy: string, dir: string, options: ConfigOptions, world: World): Promise<ExitCode> {
  const filter = options.all ? () => true : isOurs
  if (options.desired) {
    const { config: desired } = await desiredOf(proxy, dir, options, world)
    const objects = objectsOf(desired, filter)
    show(world, options.output, plain(objects), style => fitted(oneSide(objects, style), world))
    return 0
  }
  const wanted = options.live && !proxy.includes('/') ? undefined : await desiredOf(proxy, dir, options, world)
  const reach = proxy.includes('/') && wanted ? wanted.proxy : proxyAt(parseAddress(proxy))
  const live = objectsOf(await readLiveOrFail(reach, world), filter)
  if (options.live || !wanted) {
    show(world, options.output, plain(live), style => fitted(oneSide(live, style), world))
    return 0
  }
  const desired = objectsOf(wanted.config, filter)
  show(world, options.output, { desired: plain(desired), live: plain(live) }, style =>
    fitted(bothSides(desired, live, style), world),
  )
  return isDeepStrictEqual(desired, live) ? 0 : 1
}

async function desiredOf(proxy: string, dir: string, options: ConfigOptions, world: World) {
  const { fleet } = await lookAt(dir, options, world, 'imagine')
  return proxy.includes('/') ? proxyNamed(fleet, proxy) : proxyReachedAt(fleet, parseAddress(proxy))
}

/** All objects of a config, in the order in which they are built on each other and then by name. */
type Objects = ReadonlyMap<string, Placed>
type Placed = { readonly kind: Kind; readonly name: string; readonly object: object }

function objectsOf(config: Config, filter: (name: string) => boolean): Objects {
  const found = KINDS.flatMap(kind =>
    listOf(config, kind)
      .filter(({ name }) => filter(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(object => [`${kind} ${object.name}`, { kind, name: object.name, object }] as const),
  )
  return new Map(found)
}

function listOf(config: Config, kind: Kind): { readonly name: string }[] {
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

function plain(objects: Objects): object {
  const lists = KINDS.map(kind => [
    `${kind}s`,
    [...objects.values()].filter(found => found.kind === kind).map(({ object }) => object),
  ])
  return Object.fromEntries(lists)
}

function oneSide(objects: Objects, style: Style): readonly string[] {
  if (objects.size === 0) return ['It holds no objects of l7mesh.']
  const rows = [...objects.values()].map(({ kind, name, object }) => [kind, short(name), style.quiet(content(object))])
  return table(['KIND', 'NAME', 'CONTENT'], rows, style)
}

/** One row for an object that is the same on both sides, two for one that is not. */
function bothSides(desired: Objects, live: Objects, style: Style): readonly string[] {
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
