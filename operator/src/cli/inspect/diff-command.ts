/** `l7mesh diff [DIR]`: the calls that would make the proxies of a cluster or a folder hold what they should, and why. */
import { type EndedSessions, explain, type Step } from '@l7mesh/proxy-client'
import { Command } from 'commander'
import { withOpenProxies } from '../../converge/proxy-access.ts'
import { type Style, styleFor } from '../../report/text/style.ts'
import { count, short } from '../../report/words.ts'
import type { DesiredFleet } from '../../translate/desired.ts'
import { UserError } from '../../user-error.ts'
import {
  addClusterOptions,
  addNamespaceOptions,
  type ClusterAccess,
  type ClusterAccessOptions,
  type NamespaceOptions,
  namespaceOf,
  refuseClusterOptions,
  withCluster,
} from '../cluster/cluster-access.ts'
import { observeWholeCluster, proxiesFor } from '../cluster/observe-cluster.ts'
import { type Observed, observeFolder } from '../folder/observe-folder.ts'
import { type Address, parseAddress, proxyAt } from '../options/address.ts'
import { type Format, formatOption, show } from '../options/format.ts'
import { addTranslationOptions, type TranslationOptions } from '../options/translation.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { World } from '../process/process-io.ts'
import { proxyNamed, proxyReachedAt } from './choose.ts'
import { type Inspection, type Inspections, inspect, inspectFleetOnce } from './inspect-proxies.ts'

type DiffOptions = TranslationOptions &
  ClusterAccessOptions &
  NamespaceOptions & {
    readonly output: Format
    readonly proxy?: Address
    readonly as?: string
  }

export function diffCommand({ world, exit }: Cli): Command {
  const command = new Command('diff')
    .summary('Show the calls that would make proxies hold what they should.')
    .description(
      'Show the calls that would make the proxies of a cluster hold what its resources say, or those of a folder what ' +
        'the folder says. None of them is made. Sessions that they would end are named first. Exit code 0: none is needed; 1: some are; 2: a proxy could not be read.',
    )
    .argument('[dir]', 'a folder of manifests; without it, a cluster is looked at')
    .option('--proxy <host:port>', 'compare with this one proxy, by the address of its REST API', parseAddress)
    .option('--as <namespace/pod>', 'with --proxy: which proxy of the mesh it is')
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
  addNamespaceOptions(addClusterOptions(addTranslationOptions(command)))
  return command.action(async (dir: string | undefined, options: DiffOptions) => {
    const found =
      dir === undefined
        ? await withCluster(options, world, cluster => ofCluster(cluster, options, world))
        : await ofFolder(dir, options, world)
    const diffs = [...found].map(([proxy, inspection]) => diffOf(proxy, inspection))
    show(world, options.output, { proxies: diffs }, style => diffs.flatMap(diff => lines(diff, style)))
    exit(exitCode(diffs))
  })
}

const EXAMPLES = `
Examples:
  l7mesh diff -A                 # all proxies of the cluster
  l7mesh diff examples/kube-dns  # a folder that l7mesh up runs
  l7mesh diff mesh/ --proxy 10.0.0.7:1234  # what applying a folder would change on that proxy`

function problemText({ where, message, isNote }: Observed['problems'][number]): readonly string[] {
  return isNote ? [] : [`${where}: ${message}`]
}

/** What is said and cannot be used is missing from the desired config: whoever reads the calls must know. */
function warn({ problems, rejected }: Pick<Observed, 'problems' | 'rejected'>, left: string, world: World): void {
  const style = styleFor(world, world.stderr)
  const refused = [...rejected].flatMap(([key, findings]) =>
    findings.map(({ path, message }) => `${key}: ${path}: ${message}`),
  )
  for (const text of [...problems.flatMap(problemText), ...refused])
    world.stderr.write(`${style.warn('warning:')} ${text}; ${left}\n`)
}

async function ofCluster(cluster: ClusterAccess, options: DiffOptions, world: World): Promise<Inspections> {
  const observed = await observeWholeCluster(cluster, options, world)
  warn(observed, 'it is left out', world)
  if (options.proxy) return compared(observed.fleet, options.proxy, options.as, world)
  const fleet = proxiesFor(observed, namespaceOf(options, cluster))
  if (fleet.proxies.size > 0) return inspectFleetOnce(fleet, { connect: observed.cluster.connect })
  throw observed.fleet.proxies.size > 0
    ? new UserError(`there is no proxy in namespace ${cluster.namespace}, and none for its resources`, {
        help: 'Look at all with -A.',
      })
    : new UserError('no proxy is ready', { help: 'See l7mesh status -A.' })
}

async function ofFolder(dir: string, options: DiffOptions, world: World): Promise<Inspections> {
  refuseClusterOptions(dir, options)
  const { proxy, as } = options
  const observed = await observeFolder(dir, options, world, proxy && 'imagine')
  const { fleet, run } = observed
  warn(observed, run ? 'its last good state counts' : 'it is left out', world)
  if (proxy) return compared(fleet, proxy, as, world)
  if (fleet.proxies.size > 0) return inspectFleetOnce(fleet, world)
  throw run
    ? new UserError(`no proxy of ${dir} is ready`, { help: 'Look again in a moment.' })
    : new UserError(`nothing runs the proxies of ${dir}`, {
        help: `Start them with l7mesh up ${dir}, or name a proxy that runs: --proxy HOST:PORT.`,
      })
}

/** One proxy that is named by its address. */
async function compared(
  fleet: DesiredFleet,
  address: Address,
  as: string | undefined,
  world: World,
): Promise<Inspections> {
  const desired = as === undefined ? proxyReachedAt(fleet, address) : proxyNamed(fleet, as)
  const proxy = proxyAt(address)
  const inspection = await withOpenProxies([proxy], world.connect, access => inspect({ ...desired, proxy }, access))
  return new Map([[desired.proxy.key, inspection]])
}

type ProxyDiff = {
  readonly proxy: string
  readonly address: string
  readonly error?: { readonly code: string; readonly message: string }
  /** The sessions that the steps would end. Others survive them. */
  readonly endsSessions: readonly EndedSessions[]
  readonly steps: readonly DiffStep[]
}
type DiffStep = Step & {
  readonly line: string
  /** What differs from the object that this one takes over from. */
  readonly changes: readonly string[]
  readonly endsSessions: boolean
}

function diffOf(proxy: string, { desired, live, plan, error }: Inspection): ProxyDiff {
  const address = `${desired.proxy.address}:${desired.proxy.port}`
  if (!plan || !live) {
    const { code, message } = error ?? { code: 'unreachable', message: 'it was not read' }
    return { proxy, address, error: { code, message }, endsSessions: [], steps: [] }
  }
  const explained = explain(plan, live)
  const steps = plan.steps.map((step, index) => ({
    ...step,
    line: explained[index]?.line ?? '',
    changes: explained[index]?.changes ?? [],
    endsSessions: (explained[index]?.ends ?? []).length > 0,
  }))
  const ended = explained.flatMap(({ ends }) => ends.map(one => [one.listener, one] as const))
  return { proxy, address, endsSessions: [...new Map(ended).values()], steps }
}

function exitCode(diffs: readonly ProxyDiff[]): ExitCode {
  if (diffs.some(({ error }) => error)) return 2
  return diffs.some(({ steps }) => steps.length > 0) ? 1 : 0
}

function lines({ proxy, address, error, endsSessions, steps }: ProxyDiff, style: Style): readonly string[] {
  const title = `${style.strong(proxy)} ${style.quiet(address)}`
  if (error) return [`${title}  ${style.bad(`cannot be read: ${error.message}`)}`]
  if (steps.length === 0) return [`${title}  ${style.good('holds what it should')}`]
  return [
    `${title}  ${style.warn(`needs ${count(steps.length, 'call')}`)}`,
    ...endsSessions.map(
      ({ listener, sessions }) => `  ${style.bad(short(`! ends ${ENDED[sessions]} of ${listener}`))}`,
    ),
    ...steps.flatMap(step => stepLines(step, style)),
  ]
}

/** What is told first, since it cannot be undone. */
const ENDED: { readonly [sessions in EndedSessions['sessions']]: string } = {
  WebSocket: 'the WebSocket sessions',
  'UDP singleton': 'the session',
  all: 'all sessions',
}

function stepLines({ line, changes, endsSessions: ends }: DiffStep, style: Style): readonly string[] {
  const paint = line.startsWith('+') ? style.good : line.startsWith('-') ? style.bad : style.warn
  return [
    `  ${paint(short(line))}${ends ? ` ${style.bad('ends sessions')}` : ''}`,
    ...changes.map(change => `      ${style.quiet(short(change))}`),
  ]
}
