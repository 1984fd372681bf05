/** `l7mesh run`: reconciles proxies with the resources of a cluster or folder, and logs what happens. */
import { Command } from 'commander'
import { isInCluster } from '../../kube/in-cluster.ts'
import { UserError } from '../../user-error.ts'
import { addSettings, settingsOf } from '../options/settings.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { runOnCluster } from './run-cluster.ts'
import { runOnFolder } from './run-folder.ts'
import type { RunOptions } from './run-options.ts'

/** The source `kubernetes`; a folder of that name is `./kubernetes`. */
const KUBERNETES = 'kubernetes'

export function runCommand({ io, exit }: Cli): Command {
  const command = new Command('run')
    .summary('Reconcile proxies with the resources of a cluster or folder.')
    .description(
      'Reconcile the proxies of a Kubernetes cluster, or of a folder of manifests, until SIGTERM or Ctrl-C. In a pod, the ' +
        'cluster is that of the pod. For a folder, the proxies run elsewhere: the folder also contains their Pods, with a ' +
        'status that has their addresses.',
    )
    .option(
      '--once',
      'exit after every proxy has been tried; exit code 0: all resources are programmed and every destination has ' +
        'endpoints; 1: otherwise',
    )
    .option('--status-dir <dir>', 'write status as files: KIND/NAMESPACE/NAME.yaml')
  return addSettings(command).action(async (options: RunOptions) => exit(await run(options, io)))
}

async function run(options: RunOptions, io: ProcessIO): Promise<ExitCode> {
  const settings = await settingsOf(options, io)
  const source = settings.source ?? ((await isInCluster(io.settings.variables)) ? KUBERNETES : undefined)
  if (source === KUBERNETES) return runOnCluster(options, settings, io)
  if (source !== undefined) return runOnFolder(source, options, settings, io)
  throw new UserError('no source is given', {
    help: 'Give the source of resources: --source DIR, or --source kubernetes.',
  })
}
