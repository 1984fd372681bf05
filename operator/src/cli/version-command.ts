/** `l7mesh version`, and `l7mesh --version`. */
import { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { type Format, formatOption, show } from './options/format.ts'
import type { Cli } from './process/command.ts'

export function versionCommand({ world, exit }: Cli): Command {
  return new Command('version')
    .summary('Show versions.')
    .description('Show the version of l7mesh, of Node.js, and of the proxy that it knows.')
    .addOption(formatOption())
    .action(({ output }: { readonly output: Format }) => {
      show(world, output, versions(), () => [versionLine()])
      exit(0)
    })
}

/** What `l7mesh --version` shows, too. */
export function versionLine(): string {
  const { l7mesh, node, l7mp } = versions()
  return `l7mesh ${l7mesh} (Node.js ${node}, for l7mp ${l7mp})`
}

const versions = () => ({ l7mesh: manifest.version, node: process.version, l7mp: KNOWN_PROXY })

/** The version of the proxy whose behaviour the client knows. */
const KNOWN_PROXY = '0.5.7'
