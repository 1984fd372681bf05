/** The cluster and namespaces of a command: options in the manner of kubectl, and the connection. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { isInCluster } from '../../kube/in-cluster.ts'
import { connectKube, type KubeClient } from '../../kube/kube-client.ts'
import { KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import { SETTINGS } from '../../settings/settings-table.ts'
import { UserError } from '../../user-error.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { reachThroughServer } from './api-server-transport.ts'

const VIA_MODES = ['pods', 'apiserver'] as const
type ViaMode = (typeof VIA_MODES)[number]

export type ClusterAccessOptions = {
  readonly kubeconfig?: string
  readonly context?: string
  readonly via?: ViaMode
}
export type NamespaceOptions = { readonly namespace?: string; readonly allNamespaces?: boolean }

export type ClusterAccess = {
  readonly client: KubeClient
  /** The requested namespace, or else that of the context. */
  readonly namespace: string
  readonly via: ViaMode
  /** Connects to proxies. */
  readonly connect: ProcessIO['connect']
}

const HEADING = 'Options for a cluster:'

export function addClusterOptions(command: Command): Command {
  return command
    .addOption(new Option('--kubeconfig <file>', SETTINGS.kubeconfig.about).helpGroup(HEADING))
    .addOption(new Option('--context <name>', SETTINGS.context.about).helpGroup(HEADING))
    .addOption(
      new Option(
        '--via <way>',
        'how to reach proxies: at their pod addresses (default in a pod), or through the API server (default elsewhere)',
      )
        .choices(VIA_MODES)
        .helpGroup(HEADING),
    )
}

export function addNamespaceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-n, --namespace <name>', 'the namespace; defaults to that of the context')
        .argParser(parseNamespace)
        .helpGroup(HEADING),
    )
    .addOption(new Option('-A, --all-namespaces', 'all namespaces').conflicts('namespace').helpGroup(HEADING))
}

export function parseNamespace(text: string): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('Write the name of a namespace.')
  return text
}

/** The options of a cluster do not apply to a folder. */
export function refuseClusterOptions(
  folder: string,
  options: ClusterAccessOptions & { readonly namespace?: unknown; readonly allNamespaces?: boolean },
): void {
  const given = (['kubeconfig', 'context', 'via', 'namespace', 'allNamespaces'] as const).find(
    key => options[key] !== undefined,
  )
  if (given === undefined) return
  const flag = given === 'allNamespaces' ? 'all-namespaces' : given
  throw new UserError(`${folder} is a folder or file, but --${flag} requires a cluster`, {
    help: 'Omit one of the two.',
  })
}

/** undefined: all. */
export function namespaceOf({ allNamespaces }: NamespaceOptions, { namespace }: ClusterAccess): string | undefined {
  return allNamespaces ? undefined : namespace
}

/** Converts KubeErrors to UserErrors. */
export async function withCluster<T>(
  options: ClusterAccessOptions & { readonly namespace?: string | undefined },
  io: ProcessIO,
  use: (cluster: ClusterAccess) => Promise<T>,
): Promise<T> {
  const { client, via } = await open(options, io)
  const connect = via === 'pods' ? io.connect : reachThroughServer(client)
  try {
    return await use({ client, namespace: options.namespace ?? client.namespace ?? 'default', via, connect })
  } catch (error) {
    throw error instanceof KubeError ? unusable(error, client) : error
  } finally {
    await client.close()
  }
}

async function open({ kubeconfig, context, via }: ClusterAccessOptions, io: ProcessIO) {
  const { variables } = io.settings
  try {
    const client = await connectKube({ kubeconfig, context, variables })
    const isInside = kubeconfig === undefined && (await isInCluster(variables))
    return { client, via: via ?? (isInside ? 'pods' : 'apiserver') }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const isAsked = kubeconfig !== undefined || context !== undefined
    const help = isAsked ? error.help : `${error.help} To use a folder of manifests, name it.`
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
  forbidden: 'Ask the administrator of the cluster for this permission, or give another --context.',
}
