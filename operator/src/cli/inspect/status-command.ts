/** `l7mesh status [DIR]`: the status of resources and proxies, of a cluster or a folder. */
import { Command } from 'commander'
import { isGood, type Overview, overviewOf } from '../../report/overview.ts'
import { statuses } from '../../report/status.ts'
import { podLines, problemLines, proxyLines, resourceLines } from '../../report/text/sections.ts'
import type { Style } from '../../report/text/style.ts'
import { clusterLookup } from '../../resolve/cluster-lookup.ts'
import { mayBeOfService, namesIn } from '../../resolve/resolvable-names.ts'
import { resolveOnce } from '../../resolve/resolver.ts'
import {
  addClusterOptions,
  addNamespaceOptions,
  type ClusterAccessOptions,
  type NamespaceOptions,
  refuseClusterOptions,
  withCluster,
} from '../cluster/cluster-access.ts'
import { type Observed, observeFolder } from '../folder/observe-folder.ts'
import { type Format, formatOption, show } from '../options/format.ts'
import { addTranslationOptions, type TranslationOptions } from '../options/translation.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { clusterStatus } from './cluster-status.ts'
import { type Inspection, inspectWithSessions } from './inspect-proxies.ts'

export function statusCommand({ io, exit }: Cli): Command {
  const command = new Command('status')
    .summary('Show the status of resources and proxies.')
    .description(
      'Show the status of the resources of a cluster or a folder, and the state of the proxies and operators. The proxies ' +
        'are read for this; nothing is cached. ' +
        'Exit code 0: all resources are programmed and every destination has endpoints; 1: otherwise.',
    )
    .argument('[dir]', 'a folder of manifests; defaults to a cluster')
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
  addNamespaceOptions(addClusterOptions(addTranslationOptions(command)))
  return command.action(async (dir: string | undefined, options: StatusOptions) => {
    exit(
      dir === undefined
        ? await withCluster(options, io, cluster => clusterStatus(cluster, options, io))
        : await status(dir, options, io),
    )
  })
}

const EXAMPLES = `
Examples:
  l7mesh status                  # the namespace of the current context
  l7mesh status -A -o yaml       # all namespaces, for programs
  l7mesh status examples/kube-dns  # a folder that l7mesh up runs`

type StatusOptions = TranslationOptions & ClusterAccessOptions & NamespaceOptions & { readonly output: Format }

/** The timeout of name resolution, in milliseconds. */
const RESOLVE_TIMEOUT = 3000

async function status(dir: string, options: StatusOptions, io: ProcessIO): Promise<ExitCode> {
  refuseClusterOptions(dir, options)
  const observed = await observeFolder(dir, options, io)
  const { lookup, isKnown } = namesAt(observed, io)
  const names = [...namesIn(observed.fleet)].filter(isKnown)
  const [[proxies, sessions], resolved] = await Promise.all([
    inspectWithSessions(observed.fleet, io),
    resolveOnce(new Set(names), lookup, RESOLVE_TIMEOUT),
  ])
  const overview = overviewOf({
    ...observed,
    proxies,
    sessions,
    pods: observed.snapshot.pods,
    statuses: statuses({ ...observed, proxies, resolved }),
  })
  show(io, options.output, overview, style =>
    lines(overview, observed, proxies, style, io.stdout.size()?.columns ?? 120),
  )
  return isGood(overview) && overview.proxies.length > 0 ? 0 : 1
}

/** How names are resolved, and which names can be: those of Services only while `up` runs the folder. */
function namesAt({ run, snapshot }: Observed, { lookup }: ProcessIO) {
  if (!run) return { lookup, isKnown: (name: string) => !mayBeOfService(name, snapshot) }
  const namespaces = () => run.pods.map(({ metadata }) => metadata.namespace ?? 'default')
  return { lookup: clusterLookup(run.nameServer, namespaces, lookup), isKnown: () => true }
}

function lines(
  overview: Overview,
  observed: Observed,
  proxies: ReadonlyMap<string, Inspection>,
  style: Style,
  width: number,
): readonly string[] {
  const calls = [...proxies.values()].reduce((sum, { plan }) => sum + (plan?.steps.length ?? 0), 0)
  const sections = [
    overview.proxies.length > 0 ? proxyLines(overview.proxies, style) : noProxy(observed, style),
    podLines(overview.pods, style),
    resourceLines(overview.resources, style),
    problemLines(overview, width, style),
    calls > 0 ? [style.quiet(`Pending calls: l7mesh diff ${observed.folder}`)] : [],
  ]
  return sections.filter(section => section.length > 0).flatMap((section, i) => (i === 0 ? section : ['', ...section]))
}

function noProxy({ folder, run }: Observed, style: Style): readonly string[] {
  const why = run ? 'none of its pods with a container named l7mp is ready' : 'the folder is not running'
  const help = run ? 'Try again in a moment.' : `Start it with l7mesh up ${folder}, in another terminal.`
  return [`No proxies: ${why}.`, style.quiet(help)]
}
