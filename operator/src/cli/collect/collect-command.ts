/** `l7mesh collect`: one archive of all that helps to understand a bug, without secrets. */
import { Command, InvalidArgumentError } from 'commander'
import { count } from '../../report/words.ts'
import {
  addClusterOptions,
  type ClusterAccessOptions,
  refuseClusterOptions,
  withCluster,
} from '../cluster/cluster-access.ts'
import { show } from '../options/format.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { World } from '../process/process-io.ts'
import { CollectedFiles } from './archive.ts'
import { collectCluster } from './collect-cluster.ts'
import { collectFolder } from './collect-folder.ts'
import { createRedactor } from './redact.ts'

type CollectOptions = ClusterAccessOptions & { readonly output?: string; readonly tail: number }

export function collectCommand({ world, exit }: Cli): Command {
  const command = new Command('collect')
    .summary('Write one archive for a bug report.')
    .description(
      'Write one archive for a bug report: resources with their status, events, what each proxy should and does hold, ' +
        'logs of operators and proxies, versions. Secrets are left out: none is read, and what looks like one is not ' +
        'written. Names of namespaces and pods, and addresses, are in it. ' +
        'Exit code 0: written; 1: written, but something could not be read; 2: not written.',
    )
    .argument('[dir]', 'a folder of manifests; without it, a cluster is looked at')
    .option('-o, --output <file>', 'the archive; without it, l7mesh-DATE-TIME.tar.gz in the current folder')
    .option('--tail <lines>', 'how much of each log', parseCount, 5000)
    .addHelpText('after', EXAMPLES)
  return addClusterOptions(command).action(async (dir: string | undefined, options: CollectOptions) => {
    exit(await collect(dir, options, world))
  })
}

const EXAMPLES = `
Examples:
  l7mesh collect                          # of the current context
  l7mesh collect --context prod -o prod.tar.gz
  tar -xOf prod.tar.gz --wildcards '*/status.txt'   # what is in it`

function parseCount(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Write a number greater than 0.')
  return number
}

async function collect(dir: string | undefined, options: CollectOptions, world: World): Promise<ExitCode> {
  const now = new Date(world.now())
  const name = `l7mesh-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`
  const { output: file = `${name}.tar.gz` } = options
  const collection = new CollectedFiles(
    createRedactor(world.settings.token === undefined ? [] : [world.settings.token]),
  )
  if (dir === undefined)
    await withCluster(options, world, cluster => collectCluster(cluster, collection, options.tail, world))
  else {
    refuseClusterOptions(dir, options)
    await collectFolder(dir, collection, world)
  }
  const { unread } = collection
  if (unread.length > 0) collection.addText('unread.txt', unread.map(line => `${line}\n`).join(''))
  const size = await collection.write(file, name, now)
  show(world, 'table', {}, style => [
    `Wrote ${style.strong(file)}: ${count(collection.paths.length, 'file')}, ${Math.ceil(size / 1024)} kB.`,
    ...unread.map(line => `${style.warn('not read:')} ${line}`),
    style.quiet('Secrets were left out as far as they could be told. Look through it before you send it.'),
  ])
  return unread.length > 0 ? 1 : 0
}
