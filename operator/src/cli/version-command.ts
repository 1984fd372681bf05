/** `l7mesh version`, and `l7mesh --version`. */
import { Command } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { type Format, formatOption, show } from './options/format.ts'
import type { Cli } from './process/command.ts'

export function versionCommand({ io, exit }: Cli): Command {
  return new Command('version')
    .summary('Show versions.')
    .description('Show the versions of l7mesh, Node.js and the supported proxy.')
    .addOption(formatOption())
    .action(({ output }: { readonly output: Format }) => {
      show(io, output, versions(), () => [versionLine()])
      exit(0)
    })
}

/** Also the output of `l7mesh --version`. */
export function versionLine(): string {
  const { l7mesh, node, l7mp } = versions()
  return `l7mesh ${l7mesh} (Node.js ${node}, for l7mp ${l7mp})`
}

const versions = () => ({ l7mesh: manifest.version, node: process.version, l7mp: SUPPORTED_PROXY })

/** The supported version of the proxy. */
const SUPPORTED_PROXY = '0.5.7'
