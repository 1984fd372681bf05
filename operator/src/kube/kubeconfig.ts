/**
 * The address of the API server and the credentials for it, as @kubernetes/client-node reads them from kubeconfig files
 * or from a pod's service account. Loaded on first use, because that library is large.
 */
import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { isRecord } from '@l7mesh/crds'
import { parse } from 'yaml'
import { messageOf, UserError } from '../user-error.ts'
import { exists, isInCluster } from './in-cluster.ts'

export type AccessOptions = {
  /** A kubeconfig file. Default: those in $KUBECONFIG, then the service account of the pod, then ~/.kube/config. */
  readonly kubeconfig?: string | undefined
  /** Default: the current context of the file. */
  readonly context?: string | undefined
  /** The environment of the process. */
  readonly variables: Readonly<Record<string, string>>
}

/** TLS options: the trusted certificate authority, and the client certificate if there is one. */
export type Tls = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>

/** The identity of the client. */
export type Credentials = {
  readonly tls: Tls
  readonly headers: Readonly<Record<string, string>>
}

export type Access = {
  readonly server: URL
  /** The URL of the proxy for connections, if the kubeconfig sets one. */
  readonly via: string | undefined
  /** The namespace of the context; undefined if it has none. */
  readonly namespace: string | undefined
  /** For people: `context kind-dev of /home/ann/.kube/config`. */
  readonly title: string
  /** Rejects if a file cannot be read or a program fails. */
  credentials(): Promise<Credentials>
}

/** Reads the files on each call, and caches no credentials. Rejects with a UserError. */
export async function readAccess(options: AccessOptions): Promise<Access> {
  const { config, from } = await load(options)
  const name = options.context ?? config.getCurrentContext()
  const context = config.getContextObject(name)
  if (!context) throw noContext(config, name, from)
  config.setCurrentContext(name)
  const cluster = config.getCurrentCluster()
  if (!cluster) throw unusable(`context ${name} of ${from} refers to cluster ${context.cluster}, which does not exist`)
  if (!URL.canParse(cluster.server)) throw unusable(`${from}: ${cluster.server} is not a URL of an API server`)
  if (cluster.proxyUrl?.startsWith('socks')) throw unusable(`${from}: SOCKS proxies (proxy-url) are not supported`)
  return {
    server: new URL(cluster.server),
    via: cluster.proxyUrl,
    namespace: context.namespace,
    title: `context ${name} of ${from}`,
    credentials: () => credentialsOf(config),
  }
}

async function load(options: AccessOptions): Promise<{ readonly config: KubeConfig; readonly from: string }> {
  const { kubeconfig, variables } = options
  if (kubeconfig !== undefined) return loadFiles([kubeconfig])
  const named = (variables.KUBECONFIG ?? '').split(delimiter).filter(file => file !== '')
  if (named.length > 0) return loadFiles(named)
  if (await isInCluster(variables)) {
    const config = new KubeConfig()
    config.loadFromCluster()
    return { config, from: 'the service account of this pod' }
  }
  const home = join(variables.HOME ?? '/', '.kube', 'config')
  if (await exists(home)) return loadFiles([home])
  throw new UserError('no kubeconfig found', {
    help: 'Give one with --kubeconfig, or set KUBECONFIG.',
  })
}

function loadFiles(files: readonly string[]): { readonly config: KubeConfig; readonly from: string } {
  const from = files.join(delimiter)
  const parts = files.map(loadFile)
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: firstOfName(parts.flatMap(part => part.clusters)).map(allowPlainHttp),
    users: firstOfName(parts.flatMap(part => part.users)),
    contexts: firstOfName(parts.flatMap(part => part.contexts)),
    currentContext: parts.find(part => part.currentContext)?.currentContext,
  })
  return { config, from }
}

function loadFile(file: string): KubeConfig {
  const config = new KubeConfig()
  try {
    config.loadFromFile(file)
    const tokenFiles = tokenFilesIn(file)
    config.users = config.users.map(user => withTokenFile(user, tokenFiles.get(user.name)))
    return config
  } catch (cause) {
    const [why = ''] = messageOf(cause).split('\n')
    throw new UserError(`cannot read the kubeconfig ${file}: ${why}`, {
      help: 'Give another one with --kubeconfig, or set KUBECONFIG.',
      cause,
    })
  }
}

/** Token files by user name: the library ignores this field, and would send no credentials. */
function tokenFilesIn(file: string): ReadonlyMap<unknown, string> {
  const content: unknown = parse(readFileSync(file, 'utf8'))
  const users = isRecord(content) && Array.isArray(content.users) ? content.users.filter(isRecord) : []
  return new Map(
    users.flatMap(({ name, user }) =>
      isRecord(user) && typeof user.tokenFile === 'string' ? [[name, resolve(dirname(file), user.tokenFile)]] : [],
    ),
  )
}

/** The token file takes precedence over an inline token. */
function withTokenFile(user: KubeConfig['users'][number], tokenFile: string | undefined): typeof user {
  if (tokenFile === undefined) return user
  const { token: _, ...others } = user
  return { ...others, authProvider: { name: 'tokenFile', config: { tokenFile } } }
}

/** Merges like kubectl: of several entries of one name, the first is used. */
function firstOfName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.toReversed().map(entry => [entry.name, entry])).values()].toReversed()
}

/** The library accepts a server without TLS (`kubectl proxy`) only if TLS verification is disabled. */
function allowPlainHttp(cluster: KubeConfig['clusters'][number]): KubeConfig['clusters'][number] {
  return cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const given: RequestOptions = {}
  await config.applyToHTTPSOptions(given)
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = given
  return {
    tls: {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(pfx && { pfx }),
      ...(passphrase && { passphrase }),
      ...(servername && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    },
    headers: { ...headersOf(given), ...(given.auth && { authorization: `Basic ${btoa(given.auth)}` }) },
  }
}

/** A token file may end in a line break, which is invalid in a header. */
function headersOf({ headers }: RequestOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]),
  )
}

function noContext(config: KubeConfig, name: string | undefined, from: string): UserError {
  const names = config.getContexts().map(context => context.name)
  const help =
    names.length > 0 ? `Give one of these with --context: ${names.join(', ')}.` : 'Give another --kubeconfig.'
  return new UserError(name ? `${from} has no context ${name}` : `${from} has no current context`, { help })
}

function unusable(message: string): UserError {
  return new UserError(message, { help: 'Correct the kubeconfig, or give another one with --kubeconfig.' })
}
