/** `l7mesh cleanup`: removes everything that l7mesh created on the proxies, and nothing else. */
import { explain } from '@l7mesh/proxy-client'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type ProxyAccess, withOpenProxies } from '../../converge/proxy-access.ts'
import { count, short } from '../../report/formatting.ts'
import type { Style } from '../../report/text/style.ts'
import { SETTINGS } from '../../settings/settings-table.ts'
import { duration as durationKind } from '../../settings/value-types.ts'
import type { ProxyRef } from '../../translate/desired.ts'
import { messageOf, UserError } from '../../user-error.ts'
import { addClusterOptions, parseNamespace, refuseClusterOptions, withCluster } from '../cluster/cluster-access.ts'
import { observeFolder } from '../folder/observe-folder.ts'
import type { ProxyReach } from '../inspect/inspect-proxies.ts'
import { type Address, parseAddress, proxyAt } from '../options/address.ts'
import { show } from '../options/format.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { clusterTarget } from './cleanup-cluster.ts'
import { cleanFinalizers } from './finalizers.ts'
import { type Removal, removalFor, remove } from './proxy-removal.ts'
import type { CleanupOptions, CleanupResult, CleanupTarget } from './target.ts'

export function cleanupCommand({ io, exit }: Cli): Command {
  const command = new Command('cleanup')
    .summary('Remove everything that l7mesh created on the proxies.')
    .description(
      'Remove everything that l7mesh created on the proxies of a cluster or a folder; objects of others stay. New ' +
        'clients are no longer served; existing sessions continue, except those that cannot exist without their listener ' +
        '(WebSocket, UDP singletons) and those of resources with removeOrphanSessions. Waits until ' +
        'no operator leads, because an operator would recreate the objects. ' +
        'Exit code 0: nothing is left; 1: something is left, or would be removed (--dry-run); 2: failed.',
    )
    .argument('[dir]', 'a folder of manifests; defaults to a cluster')
    .addOption(
      new Option('--proxy <host:port>', 'this proxy, by the address of its REST API; repeatable').argParser(addresses),
    )
    .option('--dry-run', 'print the calls without making them')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('--force', 'do not check for a leader')
    .addOption(
      new Option(
        '--finalizers',
        'remove the finalizers of the original l7mp operator from pods and resources, instead of objects from proxies',
      ).conflicts(['proxy', 'lease', 'leaseNamespace', 'force', 'via']),
    )
    .option('-n, --namespace <name>', 'only this namespace; repeatable; defaults to all namespaces', namespaces)
    .option('--lease <name>', `${SETTINGS.lease.about}; defaults to that of the operator, else l7mesh`)
    .option('--lease-namespace <name>', `${SETTINGS.leaseNamespace.about}; defaults to that of the operator`)
    .addOption(
      new Option('--wait <duration>', 'how long to wait for the leader to release the lease')
        .argParser(parseDuration)
        .default(30_000, '30s'),
    )
    .addHelpText('after', EXAMPLES)
  return addClusterOptions(command).action(async (dir: string | undefined, options: CleanupOptions) => {
    exit(await cleanup(dir, options, io))
  })
}

const EXAMPLES = `
Examples:
  l7mesh cleanup --dry-run                 # what would be removed, and where
  l7mesh cleanup --yes -n games            # the proxies of one namespace, without confirmation
  l7mesh cleanup --proxy 10.0.0.7:1234     # one proxy, without a cluster`

function addresses(text: string, before: readonly Address[] = []): readonly Address[] {
  return [...before, parseAddress(text)]
}

function namespaces(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseNamespace(text)]
}

function parseDuration(text: string): number {
  const milliseconds = durationKind.parse(text)
  if (milliseconds === undefined) throw new InvalidArgumentError(durationKind.help)
  return milliseconds
}

async function cleanup(dir: string | undefined, options: CleanupOptions, io: ProcessIO): Promise<ExitCode> {
  if (options.finalizers && dir !== undefined)
    throw new UserError('--finalizers applies to a cluster, not to a folder', { help: `Omit ${dir}.` })
  if (options.proxy) return clean(withoutLease(options.proxy.map(proxyAt), io), options, io)
  if (dir !== undefined) return clean(withoutLease(await proxiesOf(dir, options, io), io), options, io)
  return withCluster({ ...options, namespace: undefined }, io, async cluster =>
    options.finalizers
      ? cleanFinalizers(cluster, options, io)
      : clean(await clusterTarget(cluster, options, io), options, io),
  )
}

/** Without a lease, there is no leader to wait for. */
function withoutLease(proxies: readonly ProxyRef[], reach: ProxyReach): CleanupTarget {
  return { proxies, reach, whileLeading: use => use(() => true) }
}

async function proxiesOf(dir: string, options: CleanupOptions, io: ProcessIO): Promise<readonly ProxyRef[]> {
  refuseClusterOptions(dir, options)
  const { fleet, run } = await observeFolder(dir, {}, io)
  if (run && !options.force && !options.dryRun)
    throw new UserError(`l7mesh up is running ${dir}, and would recreate everything`, {
      help: 'Stop it with Ctrl-C, which also stops its proxies.',
    })
  return [...fleet.proxies.values()].map(({ proxy }) => proxy)
}

async function clean(target: CleanupTarget, options: CleanupOptions, io: ProcessIO): Promise<ExitCode> {
  const print = (lines: (style: Style) => readonly string[]) => show(io, 'table', {}, lines)
  const { proxies, reach } = target
  const found = await withOpenProxies(proxies, reach.connect, access =>
    Promise.all(proxies.map(proxy => planRemoval(proxy, access))),
  )
  const full = found.filter(({ removal }) => removal === undefined || removal.plan.steps.length > 0)
  if (options.dryRun) print(style => found.flatMap(one => plannedLines(one, style)))
  if (full.length === 0) {
    print(() => [`No objects of l7mesh on ${count(found.length, 'proxy', 'proxies')}.`])
    return 0
  }
  if (options.dryRun) return 1
  if (!options.yes && !(await isConfirmed(full, io))) return 2
  const done = await target.whileLeading(mayWrite => {
    const connect: ProxyReach['connect'] = proxy => reach.connect(proxy, { mayWrite })
    return withOpenProxies(proxies, connect, access => Promise.all(full.map(({ proxy }) => cleanOne(proxy, access))))
  })
  print(style => done.map(one => doneLine(one, style)))
  return done.some(({ error }) => error) ? 1 : 0
}

type ProxyRemoval = { readonly proxy: ProxyRef; readonly removal: Removal | undefined; readonly error: string }

async function planRemoval(proxy: ProxyRef, access: ProxyAccess): Promise<ProxyRemoval> {
  try {
    return { proxy, removal: await access.readProxy(proxy.key, removalFor), error: '' }
  } catch (error) {
    return { proxy, removal: undefined, error: messageOf(error) }
  }
}

async function cleanOne(proxy: ProxyRef, access: ProxyAccess): Promise<CleanupResult> {
  try {
    const { calls, error } = await access.withProxy(proxy.key, remove)
    return { proxy, calls, error: error?.message }
  } catch (error) {
    return { proxy, calls: 0, error: messageOf(error) }
  }
}

async function isConfirmed(full: readonly ProxyRemoval[], { ask }: ProcessIO): Promise<boolean> {
  const calls = full.reduce((sum, { removal }) => sum + (removal?.plan.steps.length ?? 0), 0)
  const names = full.map(({ proxy }) => proxy.key).join(', ')
  if (!ask)
    throw new UserError(
      `${count(calls, 'call')} would remove the objects of l7mesh from ${names}, but there is no terminal for confirmation`,
      {
        help: 'Use --yes, or see the calls with --dry-run.',
      },
    )
  const answer = await ask(`Remove the objects of l7mesh from ${names}, with ${count(calls, 'call')}? [y/N] `)
  return /^y(es)?$/i.test(answer.trim())
}

function plannedLines({ proxy, removal, error }: ProxyRemoval, style: Style): readonly string[] {
  const title = `${style.strong(proxy.key)} ${style.quiet(`${proxy.address}:${proxy.port}`)}`
  if (!removal) return [`${title}  ${style.bad(`cannot be read: ${error}`)}`]
  const { plan, live } = removal
  if (plan.steps.length === 0) return [`${title}  ${style.good('no objects of l7mesh')}`]
  const calls = explain(plan, live).map(({ line, ends }) => {
    const note = ends.length > 0 ? ` ${style.bad('ends sessions')}` : ''
    return `  ${style.bad(short(line))}${note}`
  })
  return [`${title}  ${style.warn(count(plan.steps.length, 'call'))}`, ...calls]
}

function doneLine({ proxy, calls, error }: CleanupResult, style: Style): string {
  const title = `${style.strong(proxy.key)} ${style.quiet(`${proxy.address}:${proxy.port}`)}`
  if (error !== undefined) return `${title}  ${style.bad(`not clean after ${count(calls, 'call')}: ${error}`)}`
  return `${title}  ${style.good(`clean after ${count(calls, 'call')}`)}`
}
