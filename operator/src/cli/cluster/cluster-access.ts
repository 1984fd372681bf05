/** Which cluster a command looks at, what of it, and how: the options for it, in the manner of kubectl, and the connection. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isInCluster } from '../../kube/in-cluster.ts'
import { connectKube, type KubeClient } from '../../kube/kube-client.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import { SETTINGS } from '../../settings/settings-table.ts'
import { UserError } from '../../user-error.ts'
import type { World } from '../process/process-io.ts'
import { reachThroughServer } from './api-server-transport.ts'

const WAYS = ['pods', 'apiserver'] as const
type Way = (typeof WAYS)[number]

export type ClusterAccessOptions = {
  readonly kubeconfig?: string
  readonly context?: string
  readonly via?: Way
}
export type NamespaceOptions = { readonly namespace?: string; readonly allNamespaces?: boolean }

export type ClusterAccess = {
  readonly client: KubeClient
  /** The one that is asked for, else that of the context. */
  readonly namespace: string
  readonly via: Way
  /** Makes connections to proxies. */
  readonly connect: World['connect']
}

const HEADING = 'Options for a cluster:'

export function addClusterOptions(command: Command): Command {
  return command
    .addOption(new Option('--kubeconfig <file>', SETTINGS.kubeconfig.about).helpGroup(HEADING))
    .addOption(new Option('--context <name>', SETTINGS.context.about).helpGroup(HEADING))
    .addOption(
      new Option(
        '--via <way>',
        'how proxies are reached: at the addresses of their pods, which is the default in a pod, or through the API ' +
          'server, which is the default elsewhere',
      )
        .choices(WAYS)
        .helpGroup(HEADING),
    )
}

export function addNamespaceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-n, --namespace <name>', 'the namespace to look at; without it, that of the context')
        .argParser(parseNamespace)
        .helpGroup(HEADING),
    )
    .addOption(new Option('-A, --all-namespaces', 'look at all namespaces').conflicts('namespace').helpGroup(HEADING))
}

export function parseNamespace(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('Write the name of a namespace.')
  return text
}

/** The options of a cluster say nothing of a folder. */
export function refuseClusterOptions(
  folder: string,
  options: ClusterAccessOptions & { readonly namespace?: unknown; readonly allNamespaces?: boolean },
): void {
  const given = (['kubeconfig', 'context', 'via', 'namespace', 'allNamespaces'] as const).find(
    key => options[key] !== undefined,
  )
  if (given === undefined) return
  const flag = given === 'allNamespaces' ? 'all-namespaces' : given
  throw new UserError(`${folder} is looked for as a folder, and --${flag} asks for a cluster`, {
    help: 'Leave one of the two out.',
  })
}

/** undefined: all. */
export function namespaceOf({ allNamespaces }: NamespaceOptions, { namespace }: ClusterAccess): string | undefined {
  return allNamespaces ? undefined : namespace
}

/** What the API server does not do becomes a UserError. */
export async function withCluster<T>(
  options: ClusterAccessOptions & { readonly namespace?: string | undefined },
  world: World,
  use: (cluster: ClusterAccess) => Promise<T>,
): Promise<T> {
  const { client, via } = await open(options, world)
  const connect = via === 'pods' ? world.connect : reachThroughServer(client)
  try {
    return await use({ client, namespace: options.namespace ?? client.namespace ?? 'default', via, connect })
  } catch (error) {
    throw error instanceof KubeError ? unusable(error, client) : error
  } finally {
    await client.close()
  }
}

async function open({ kubeconfig, context, via }: ClusterAccessOptions, world: World) {
  const { variables } = world.settings
  try {
    const client = await connectKube({ kubeconfig, context, variables })
    const isInside = kubeconfig === undefined && (await isInCluster(variables))
    return { client, via: via ?? (isInside ? 'pods' : 'apiserver') }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const isAsked = kubeconfig !== undefined || context !== undefined
    const help = isAsked ? error.help : `${error.help} To look at a folder of manifests, name it.`
    throw new UserError(error.message, { help, cause: error })
  }
}

function unusable(error: KubeError, { title, server }: KubeClient): UserError {
  const help = HELP[error.code] ?? 'Try again, or give another --context.'
  const isOfServer = NOT_THERE.has(error.code)
  const message = isOfServer ? `the API server ${server} cannot be used (${title})` : title
  return new UserError(`${message}: ${error.message}`, { help, cause: error })
}

const NOT_THERE: ReadonlySet<KubeErrorCode> = new Set(['unreachable', 'untrusted', 'timeout', 'reset'])

const HELP: Readonly<Partial<Record<KubeErrorCode, string>>> = {
  unreachable: 'Check that the cluster runs, or give another --context.',
  timeout: 'Check that the cluster runs, or give another --context.',
  untrusted: 'Check the certificate authority in the kubeconfig.',
  'no-credentials': 'Check the user in the kubeconfig: its token file, its certificate, its exec plugin.',
  unauthorized: 'Log in again, or give another --context.',
  forbidden: 'Ask whoever runs the cluster for this right, or give another --context.',
}
