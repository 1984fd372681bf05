/** `l7mesh diff [DIR]`: the calls that the proxies of a cluster or a folder need to converge, with reasons. */
import { type EndedSessions, explain, type Step } from '@l7mesh/proxy-client'
import { Command } from 'commander'
import { withOpenProxies } from '../../converge/proxy-access.ts'
import { count, short } from '../../report/formatting.ts'
import { type Style, styleFor } from '../../report/text/style.ts'
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
import type { ProcessIO } from '../process/process-io.ts'
import { proxyByAddress, proxyByName } from './choose.ts'
import { type Inspection, type Inspections, inspect, inspectFleetOnce } from './inspect-proxies.ts'

type DiffOptions = TranslationOptions &
  ClusterAccessOptions &
  NamespaceOptions & {
    readonly output: Format
    readonly proxy?: Address
    readonly as?: string
  }

export function diffCommand({ io, exit }: Cli): Command {
  const command = new Command('diff')
    .summary('Show the calls that proxies need to converge.')
    .description(
      'Show the calls that the proxies of a cluster or a folder need to converge, without making them. Sessions that ' +
        'they would end are listed first. Exit code 0: no calls needed; 1: calls needed; 2: a proxy could not be read.',
    )
    .argument('[dir]', 'a folder of manifests; defaults to a cluster')
    .option('--proxy <host:port>', 'compare with this proxy, by the address of its REST API', parseAddress)
    .option('--as <namespace/pod>', 'with --proxy: the pod of the proxy')
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
  addNamespaceOptions(addClusterOptions(addTranslationOptions(command)))
  return command.action(async (dir: string | undefined, options: DiffOptions) => {
    const found =
      dir === undefined
        ? await withCluster(options, io, cluster => ofCluster(cluster, options, io))
        : await ofFolder(dir, options, io)
    const diffs = [...found].map(([proxy, inspection]) => diffOf(proxy, inspection))
    show(io, options.output, { proxies: diffs }, style => diffs.flatMap(diff => lines(diff, style)))
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

/** Resources that cannot be used are missing from the desired config, so readers of the calls must be warned. */
function warn({ problems, rejected }: Pick<Observed, 'problems' | 'rejected'>, left: string, io: ProcessIO): void {
  const style = styleFor(io, io.stderr)
  const refused = [...rejected].flatMap(([key, findings]) =>
    findings.map(({ path, message }) => `${key}: ${path}: ${message}`),
  )
  for (const text of [...problems.flatMap(problemText), ...refused])
    io.stderr.write(`${style.warn('warning:')} ${text}; ${left}\n`)
}

async function ofCluster(cluster: ClusterAccess, options: DiffOptions, io: ProcessIO): Promise<Inspections> {
  const observed = await observeWholeCluster(cluster, options, io)
  warn(observed, 'it is ignored', io)
  if (options.proxy) return compared(observed.fleet, options.proxy, options.as, io)
  const fleet = proxiesFor(observed, namespaceOf(options, cluster))
  if (fleet.proxies.size > 0) return inspectFleetOnce(fleet, { connect: observed.cluster.connect })
  throw observed.fleet.proxies.size > 0
    ? new UserError(`there are no proxies in namespace ${cluster.namespace}, and none for its resources`, {
        help: 'Use -A for all namespaces.',
      })
    : new UserError('no proxy is ready', { help: 'See l7mesh status -A.' })
}

async function ofFolder(dir: string, options: DiffOptions, io: ProcessIO): Promise<Inspections> {
  refuseClusterOptions(dir, options)
  const { proxy, as } = options
  const observed = await observeFolder(dir, options, io, proxy && 'simulate')
  const { fleet, run } = observed
  warn(observed, run ? 'its last valid version is used' : 'it is ignored', io)
  if (proxy) return compared(fleet, proxy, as, io)
  if (fleet.proxies.size > 0) return inspectFleetOnce(fleet, io)
  throw run
    ? new UserError(`no proxy of ${dir} is ready`, { help: 'Try again in a moment.' })
    : new UserError(`the proxies of ${dir} are not running`, {
        help: `Start them with l7mesh up ${dir}, or name a running proxy: --proxy HOST:PORT.`,
      })
}

/** Compares one proxy, which is given by its address. */
async function compared(
  fleet: DesiredFleet,
  address: Address,
  as: string | undefined,
  io: ProcessIO,
): Promise<Inspections> {
  const desired = as === undefined ? proxyByAddress(fleet, address) : proxyByName(fleet, as)
  const proxy = proxyAt(address)
  const inspection = await withOpenProxies([proxy], io.connect, access => inspect({ ...desired, proxy }, access))
  return new Map([[desired.proxy.key, inspection]])
}

type ProxyDiff = {
  readonly proxy: string
  readonly address: string
  readonly error?: { readonly code: string; readonly message: string }
  /** The sessions that the steps would end. Other sessions survive them. */
  readonly endsSessions: readonly EndedSessions[]
  readonly steps: readonly DiffStep[]
}
type DiffStep = Step & {
  readonly line: string
  /** The differences from the object that this one replaces. */
  readonly changes: readonly string[]
  readonly endsSessions: boolean
}

function diffOf(proxy: string, { desired, live, plan, error }: Inspection): ProxyDiff {
  const address = `${desired.proxy.address}:${desired.proxy.port}`
  if (!plan || !live) {
    const { code, message } = error ?? { code: 'unreachable', message: 'not read' }
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
  if (steps.length === 0) return [`${title}  ${style.good('converged')}`]
  return [
    `${title}  ${style.warn(`needs ${count(steps.length, 'call')}`)}`,
    ...endsSessions.map(
      ({ listener, sessions }) => `  ${style.bad(short(`! ends ${ENDED[sessions]} of ${listener}`))}`,
    ),
    ...steps.flatMap(step => stepLines(step, style)),
  ]
}

/** Shown first, because it cannot be undone. */
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
