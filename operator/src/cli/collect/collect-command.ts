/** `l7mesh collect`: writes an archive for a bug report, without secrets. */
import { Command, InvalidArgumentError } from 'commander'
import { count } from '../../report/formatting.ts'
import {
  addClusterOptions,
  type ClusterAccessOptions,
  refuseClusterOptions,
  withCluster,
} from '../cluster/cluster-access.ts'
import { show } from '../options/format.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { CollectedFiles } from './archive.ts'
import { collectCluster } from './collect-cluster.ts'
import { collectFolder } from './collect-folder.ts'
import { createRedactor } from './redact.ts'

type CollectOptions = ClusterAccessOptions & { readonly output?: string; readonly tail: number }

export function collectCommand({ io, exit }: Cli): Command {
  const command = new Command('collect')
    .summary('Write an archive for a bug report.')
    .description(
      'Write an archive for a bug report: resources and their status, events, the desired and live config of each proxy, ' +
        'logs of operators and proxies, versions. Secrets are not read, and anything that looks like one is redacted. ' +
        'The archive contains names of namespaces and pods, and addresses. ' +
        'Exit code 0: written; 1: written, but something could not be read; 2: not written.',
    )
    .argument('[dir]', 'a folder of manifests; defaults to a cluster')
    .option('-o, --output <file>', 'the archive; defaults to l7mesh-DATE-TIME.tar.gz in the current folder')
    .option('--tail <lines>', 'the number of lines of each log', parseCount, 5000)
    .addHelpText('after', EXAMPLES)
  return addClusterOptions(command).action(async (dir: string | undefined, options: CollectOptions) => {
    exit(await collect(dir, options, io))
  })
}

const EXAMPLES = `
Examples:
  l7mesh collect                          # of the current context
  l7mesh collect --context prod -o prod.tar.gz
  tar -xOf prod.tar.gz --wildcards '*/status.txt'   # view a file of it`

function parseCount(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('Write a number greater than 0.')
  return number
}

async function collect(dir: string | undefined, options: CollectOptions, io: ProcessIO): Promise<ExitCode> {
  const now = new Date(io.now())
  const name = `l7mesh-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`
  const { output: file = `${name}.tar.gz` } = options
  const collection = new CollectedFiles(createRedactor(io.settings.token === undefined ? [] : [io.settings.token]))
  if (dir === undefined)
    await withCluster(options, io, cluster => collectCluster(cluster, collection, options.tail, io))
  else {
    refuseClusterOptions(dir, options)
    await collectFolder(dir, collection, io)
  }
  const { unread } = collection
  if (unread.length > 0) collection.addText('unread.txt', unread.map(line => `${line}\n`).join(''))
  const size = await collection.write(file, name, now)
  show(io, 'table', {}, style => [
    `Wrote ${style.strong(file)}: ${count(collection.paths.length, 'file')}, ${Math.ceil(size / 1024)} kB.`,
    ...unread.map(line => `${style.warn('not read:')} ${line}`),
    style.quiet('Secrets were redacted as far as they could be recognized. Review the archive before you send it.'),
  ])
  return unread.length > 0 ? 1 : 0
}
