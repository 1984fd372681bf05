/** `l7mesh cleanup`: takes everything that l7mesh made off the proxies, and nothing else. */
import { explain } from '@l7mesh/proxy-client'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type ProxyAccess, withOpenProxies } from '../../converge/proxy-access.ts'
import type { Style } from '../../report/text/style.ts'
import { count, short } from '../../report/words.ts'
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
import type { World } from '../process/process-io.ts'
import { clusterTarget } from './cleanup-cluster.ts'
import { cleanFinalizers } from './finalizers.ts'
import { type Removal, removalFor, remove } from './proxy.ts'
import type { Cleaned, CleanupOptions, Target } from './target.ts'

export function cleanupCommand({ world, exit }: Cli): Command {
  const command = new Command('cleanup')
    .summary('Take everything that l7mesh made off the proxies.')
    .description(
      'Take everything that l7mesh made off the proxies of a cluster or of a folder; what others made stays. New clients ' +
        'find nothing; sessions go on, but those that cannot without their listener (WebSocket, UDP singletons) and ' +
        'those of resources that say so (removeOrphanSessions). It waits until ' +
        'no operator leads, for an operator would put everything back. ' +
        'Exit code 0: nothing is left; 1: something is, or would be taken off (--dry-run); 2: not done.',
    )
    .argument('[dir]', 'a folder of manifests; without it, a cluster is looked at')
    .addOption(
      new Option('--proxy <host:port>', 'this proxy, by the address of its REST API; repeatable').argParser(addresses),
    )
    .option('--dry-run', 'show the calls, and make none')
    .option('-y, --yes', 'do not ask')
    .option('--force', 'do not ask who leads')
    .addOption(
      new Option(
        '--finalizers',
        'take no objects off proxies, but the finalizers of the original l7mp operator off pods and resources',
      ).conflicts(['proxy', 'lease', 'leaseNamespace', 'force', 'via']),
    )
    .option('-n, --namespace <name>', 'only what is in this namespace; repeatable. Without it, in all', namespaces)
    .option('--lease <name>', `${SETTINGS.lease.about}; without it, that of the operator, else l7mesh`)
    .option('--lease-namespace <name>', `${SETTINGS.leaseNamespace.about}; without it, that of the operator`)
    .addOption(
      new Option('--wait <duration>', 'how long to wait for whoever leads to let go of the lease')
        .argParser(parseDuration)
        .default(30_000, '30s'),
    )
    .addHelpText('after', EXAMPLES)
  return addClusterOptions(command).action(async (dir: string | undefined, options: CleanupOptions) => {
    exit(await cleanup(dir, options, world))
  })
}

const EXAMPLES = `
Examples:
  l7mesh cleanup --dry-run                 # what would be taken off, and where
  l7mesh cleanup --yes -n games            # the proxies of one namespace, without a question
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

async function cleanup(dir: string | undefined, options: CleanupOptions, world: World): Promise<ExitCode> {
  if (options.finalizers && dir !== undefined)
    throw new UserError('finalizers are in a cluster, not in a folder', { help: `Leave out ${dir}.` })
  if (options.proxy) return clean(alone(options.proxy.map(proxyAt), world), options, world)
  if (dir !== undefined) return clean(alone(await proxiesOf(dir, options, world), world), options, world)
  return withCluster({ ...options, namespace: undefined }, world, async cluster =>
    options.finalizers
      ? cleanFinalizers(cluster, options, world)
      : clean(await clusterTarget(cluster, options, world), options, world),
  )
}

/** Where there is no lease, nobody is asked. */
function alone(proxies: readonly ProxyRef[], reach: ProxyReach): Target {
  return { proxies, reach, whileLeading: use => use(() => true) }
}

async function proxiesOf(dir: string, options: CleanupOptions, world: World): Promise<readonly ProxyRef[]> {
  refuseClusterOptions(dir, options)
  const { fleet, run } = await observeFolder(dir, {}, world)
  if (run && !options.force && !options.dryRun)
    throw new UserError(`l7mesh up runs ${dir}, and would put everything back`, {
      help: 'End it with Ctrl-C: its proxies end with it.',
    })
  return [...fleet.proxies.values()].map(({ proxy }) => proxy)
}

async function clean(target: Target, options: CleanupOptions, world: World): Promise<ExitCode> {
  const tell = (lines: (style: Style) => readonly string[]) => show(world, 'table', {}, lines)
  const { proxies, reach } = target
  const found = await withOpenProxies(proxies, reach.connect, access =>
    Promise.all(proxies.map(proxy => planRemoval(proxy, access))),
  )
  const full = found.filter(({ removal }) => removal === undefined || removal.plan.steps.length > 0)
  if (options.dryRun) tell(style => found.flatMap(one => plannedLines(one, style)))
  if (full.length === 0) {
    tell(() => [`Nothing of l7mesh is on ${count(found.length, 'proxy', 'proxies')}.`])
    return 0
  }
  if (options.dryRun) return 1
  if (!options.yes && !(await isAgreed(full, world))) return 2
  const done = await target.whileLeading(mayWrite => {
    const connect: ProxyReach['connect'] = proxy => reach.connect(proxy, { mayWrite })
    return withOpenProxies(proxies, connect, access => Promise.all(full.map(({ proxy }) => cleanOne(proxy, access))))
  })
  tell(style => done.map(one => doneLine(one, style)))
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

async function cleanOne(proxy: ProxyRef, access: ProxyAccess): Promise<Cleaned> {
  try {
    const { calls, error } = await access.withProxy(proxy.key, remove)
    return { proxy, calls, error: error?.message }
  } catch (error) {
    return { proxy, calls: 0, error: messageOf(error) }
  }
}

async function isAgreed(full: readonly ProxyRemoval[], { ask }: World): Promise<boolean> {
  const calls = full.reduce((sum, { removal }) => sum + (removal?.plan.steps.length ?? 0), 0)
  const names = full.map(({ proxy }) => proxy.key).join(', ')
  if (!ask)
    throw new UserError(`${count(calls, 'call')} would take what l7mesh made off ${names}; nobody can be asked`, {
      help: 'Say --yes, or look first with --dry-run.',
    })
  const answer = await ask(`Take what l7mesh made off ${names}, with ${count(calls, 'call')}? [y/N] `)
  return /^y(es)?$/i.test(answer.trim())
}

function plannedLines({ proxy, removal, error }: ProxyRemoval, style: Style): readonly string[] {
  const title = `${style.strong(proxy.key)} ${style.quiet(`${proxy.address}:${proxy.port}`)}`
  if (!removal) return [`${title}  ${style.bad(`cannot be read: ${error}`)}`]
  const { plan, live } = removal
  if (plan.steps.length === 0) return [`${title}  ${style.good('holds nothing of l7mesh')}`]
  const calls = explain(plan, live).map(({ line, ends }) => {
    const told = ends.length > 0 ? ` ${style.bad('ends sessions')}` : ''
    return `  ${style.bad(short(line))}${told}`
  })
  return [`${title}  ${style.warn(count(plan.steps.length, 'call'))}`, ...calls]
}

function doneLine({ proxy, calls, error }: Cleaned, style: Style): string {
  const title = `${style.strong(proxy.key)} ${style.quiet(`${proxy.address}:${proxy.port}`)}`
  if (error !== undefined) return `${title}  ${style.bad(`not clean, after ${count(calls, 'call')}: ${error}`)}`
  return `${title}  ${style.good(`clean, after ${count(calls, 'call')}`)}`
}
