/**
 * `l7mesh up DIR`: runs a mesh on this machine. Runs the pods of the folder, reconciles their proxies, and shows the
 * state: in a live view on a terminal, else as a log.
 */
import { Command, InvalidArgumentError } from 'commander'
import { runFolderApp } from '../../app/folder-app.ts'
import { enterNetns, INSIDE_NETNS } from '../../local/network/netns.ts'
import { portConflictFor } from '../../local/network/port-conflicts.ts'
import { type FolderLock, lockFolder } from '../../local/process/lock.ts'
import { createPodRunner, type PodRunner } from '../../local/runner.ts'
import { fileOf } from '../../report/live/changes.ts'
import { followReports } from '../../report/live/follow.ts'
import { countSessions, type SessionCounter } from '../../report/live/session-counter.ts'
import type { Overview } from '../../report/overview.ts'
import type { AppReport } from '../../report/report.ts'
import { type Manifest, objectKey } from '../../sources/manifest.ts'
import { EMPTY_SNAPSHOT } from '../../sources/snapshot.ts'
import { messageOf, UserError } from '../../user-error.ts'
import { enterCommand } from '../folder/enter-network.ts'
import { checkFolder, readOnce } from '../folder/observe-folder.ts'
import { openRunState, type RunState, type RunStateFile } from '../folder/run-state.ts'
import { type StatusWriter, statusWriter } from '../options/status-dir.ts'
import {
  addTranslationOptions,
  type TranslationOptions,
  translationOptions,
  translator,
} from '../options/translation.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { handleShutdown } from '../process/shutdown.ts'
import { type Display, openDisplay } from './display.ts'
import { type LastLines, lastLines, podFailures } from './pod-failures.ts'
import { openProxyPackage, type ProxyPackage } from './proxy-package.ts'

type UpOptions = TranslationOptions & {
  readonly netns?: boolean
  readonly nodes?: number
  readonly statusDir?: string
  readonly hint?: string
  readonly l7mp?: string
}

export function upCommand({ io, exit }: Cli): Command {
  const command = new Command('up')
    .summary('Run a mesh on this machine.')
    .description(
      'Run a mesh on this machine: runs the pods of a folder of manifests as local processes, reconciles their proxies, ' +
        'and shows a live view. Edits take effect when a file is saved. Ctrl-C stops everything and leaves nothing behind.',
    )
    .argument('<dir>', 'the folder of manifests')
    .option('--netns', 'give each node a network namespace (Linux; root or user namespaces)')
    .option(
      '--nodes <count>',
      'the number of nodes if no manifest defines any; more than 1 requires --netns',
      parseCount,
    )
    .option('--status-dir <dir>', 'write status as files: KIND/NAMESPACE/NAME.yaml')
    .option('--l7mp <path>', 'the folder of the package @l7mp/l7mp, if it is not found automatically')
    .option('--hint <text>', 'a hint, shown when all resources are programmed')
  return addTranslationOptions(command).action(async (dir: string, options: UpOptions) => {
    exit(await up(dir, options, io))
  })
}

function parseCount(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 64)
    throw new InvalidArgumentError('Write a number from 1 to 64.')
  return number
}

async function up(dir: string, options: UpOptions, io: ProcessIO): Promise<ExitCode> {
  await checkFolder(dir)
  await readOnce(dir)
  if (options.netns) enterOwnNetwork(io)
  else if ((options.nodes ?? 1) > 1)
    throw new UserError('several nodes require separate networks', { help: 'Add --netns.' })
  const lock = await lockFolder(dir)
  if (!lock.held) {
    const help = `Show it with l7mesh status ${dir}, or stop it with Ctrl-C in its terminal (kill ${lock.pid}).`
    throw new UserError(`process ${lock.pid} is already running ${dir}`, { help })
  }
  try {
    return await upLocked(dir, options, io, lock)
  } finally {
    await lock.release()
  }
}

/** Re-executes the process in its own network, unless that has been done. */
function enterOwnNetwork({ settings }: ProcessIO): void {
  if (settings.variables[INSIDE_NETNS] !== undefined) return
  enterNetns(settings.variables)
}

async function upLocked(dir: string, options: UpOptions, io: ProcessIO, lock: HeldLock): Promise<ExitCode> {
  const proxy = await openProxyPackage(options.l7mp)
  const state = await openRunState(dir)
  const display = openDisplay(io, { folder: dir, hint: options.hint })
  if (options.netns) display.note(`The mesh has its own network. To run a command in it: ${enterCommand()} COMMAND`)
  const cleanUp = () => Promise.all([state.close(), proxy.close()])
  /** The reaper terminates the processes. */
  const kill = () => {
    display.close('killed')
    void Promise.all([cleanUp(), lock.release()]).finally(() => io.quit(130))
  }
  const ending = handleShutdown(io, display.stopping, kill)
  try {
    const status = await statusWriter(options.statusDir, dir, display.log)
    await runMesh(dir, options, io, { proxy, state, display, status }, ending.signal)
    await status.close('remove')
    return 0
  } finally {
    await cleanUp()
    ending.close()
    display.close('stopped')
  }
}

type HeldLock = Extract<FolderLock, { readonly held: true }>

type UpParts = {
  readonly proxy: ProxyPackage
  readonly state: RunStateFile
  readonly display: Display
  readonly status: StatusWriter
}

async function runMesh(
  dir: string,
  options: UpOptions,
  io: ProcessIO,
  { proxy, state, display, status }: UpParts,
  signal: AbortSignal,
): Promise<void> {
  const lines = lastLines()
  let runner: PodRunner | undefined
  let sessions: SessionCounter | undefined
  const follower = followReports({
    folder: dir,
    everyMs: 100,
    onChange: display.change,
    onOverview: (overview, report) => {
      display.overview(withPodFailures(overview, lines, runner, options))
      status.write(report)
    },
  })
  const onReport = (report: AppReport) => {
    follower.take(report)
    if (io.stdout.isTerminal) sessions?.follow([...report.proxies.values()].map(({ desired }) => desired.proxy))
    if (runner) state.write(stateOf(report, options, runner))
  }
  const runPods = async (onChange: () => void) => {
    runner = await makeRunner(dir, options, io, proxy, { onChange, onLine: lines.take })
    return runner
  }
  try {
    await runFolderApp(
      {
        folder: dir,
        translate: translator(options),
        connect: connector(options, io),
        lookup: io.lookup,
        runPods,
        onFleet(access) {
          const counter = countSessions(access, () => display.sessions(new Map(counter.counts())))
          sessions = counter
        },
        onReport,
      },
      signal,
    )
  } finally {
    sessions?.close()
    follower.flush()
  }
}

/** Proxies in the network of this machine share its ports and files with other processes. */
function connector({ netns }: UpOptions, { connect }: ProcessIO): ProcessIO['connect'] {
  return netns ? connect : (proxy, given) => connect(proxy, { ...given, obstacle: portConflictFor(proxy) })
}

function withPodFailures(
  overview: Overview,
  lines: LastLines,
  runner: PodRunner | undefined,
  { netns }: UpOptions,
): Overview {
  if (!runner) return overview
  const failures = podFailures(overview.pods, lines, { logFile: runner.logFile, share: !netns })
  return { ...overview, problems: [...overview.problems, ...failures] }
}

function stateOf(report: AppReport, options: UpOptions, { nameServer }: PodRunner): RunState {
  const { pods, endpointSlices } = report.snapshot ?? EMPTY_SNAPSHOT
  return {
    pid: process.pid,
    netns: options.netns ?? false,
    allows: translationOptions(options),
    nameServer,
    pods: [...pods.values()],
    endpointSlices: [...endpointSlices.values()],
    kept: keptIn(report),
  }
}

/** Objects that stay in effect although their current version is rejected, or their file does not parse. */
function keptIn({ manifests, rejected, problems, located }: AppReport): readonly Manifest[] {
  const mistakes = problems.filter(({ isNote }) => !isNote)
  if (rejected.size + mistakes.length === 0) return []
  const places = located()
  const refused = new Set([...rejected.keys()].map(key => `l7mp.io/${key}`))
  const broken = new Set(mistakes.map(({ where }) => fileOf(where)))
  return manifests.filter(manifest => {
    const key = objectKey(manifest)
    return refused.has(key) || broken.has(fileOf(places.get(key)))
  })
}

async function makeRunner(
  dir: string,
  { netns = false, nodes }: UpOptions,
  { settings }: ProcessIO,
  { script, preloads }: ProxyPackage,
  listeners: Pick<Parameters<typeof createPodRunner>[0], 'onChange' | 'onLine'>,
): Promise<PodRunner> {
  try {
    return await createPodRunner({
      folder: dir,
      netns,
      ...(nodes !== undefined && { nodes }),
      environment: settings.variables,
      proxyScript: script,
      ...preloads,
      ...listeners,
    })
  } catch (error) {
    throw new UserError(`cannot run the pods: ${messageOf(error)}`, {
      help: 'See docs/troubleshooting.md.',
      cause: error,
    })
  }
}
