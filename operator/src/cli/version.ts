/** `l7mesh version`. */
import { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import type { Cli } from './command.ts'
import { type Format, formatOption, show } from './options/format.ts'

export function versionCommand({ world, exit }: Cli): Command {
  return new Command('version')
    .summary('Show versions.')
    .description('Show the version of l7mesh, of Node.js, and of the proxy that it knows.')
    .addOption(formatOption())
    .action(({ output }: { readonly output: Format }) => {
      const versions = { l7mesh: manifest.version, node: process.version, l7mp: KNOWN_PROXY }
      show(world, output, versions, () => [
        `l7mesh ${versions.l7mesh} (Node.js ${versions.node}, for l7mp ${versions.l7mp})`,
      ])
      exit(0)
    })
}

/** The version of the proxy whose behaviour the client knows. */
const KNOWN_PROXY = '0.5.7'
