/** `l7mesh run`: keeps proxies as a folder or a cluster says, and logs what happens. */
import { Command } from 'commander'
import { isInCluster } from '../../kube/in-cluster.ts'
import { UserError } from '../../user-error.ts'
import { addSettings, settingsOf } from '../options/settings.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { World } from '../process/process-io.ts'
import { runOnCluster } from './run-cluster.ts'
import { runOnFolder } from './run-folder.ts'
import type { RunOptions } from './run-options.ts'

/** Says where resources come from; a folder of that name is `./kubernetes`. */
const KUBERNETES = 'kubernetes'

export function runCommand({ world, exit }: Cli): Command {
  const command = new Command('run')
    .summary('Keep the proxies of a cluster or of a folder as it says.')
    .description(
      'Keep the proxies of a Kubernetes cluster, or of a folder of manifests, as it says, until SIGTERM or Ctrl-C. In a ' +
        'pod the cluster is the one of the pod. Of a folder the proxies run elsewhere: their Pods are in the folder too, ' +
        'with a status that gives their addresses.',
    )
    .option(
      '--once',
      'end when every proxy has been tried; exit code 0: all is in force, and every destination has endpoints; 1: not so',
    )
    .option('--status-dir <dir>', 'write status as files: KIND/NAMESPACE/NAME.yaml')
  return addSettings(command).action(async (options: RunOptions) => exit(await run(options, world)))
}

async function run(options: RunOptions, world: World): Promise<ExitCode> {
  const settings = await settingsOf(options, world)
  const source = settings.source ?? ((await isInCluster(world.settings.variables)) ? KUBERNETES : undefined)
  if (source === KUBERNETES) return runOnCluster(options, settings, world)
  if (source !== undefined) return runOnFolder(source, options, settings, world)
  throw new UserError('there is no source', {
    help: 'Say where resources come from: --source DIR, or --source kubernetes.',
  })
}
