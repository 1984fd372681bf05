/** The problems of reflectors, as messages. Pure. */
import { type Collection, resourceName, titleOf, versionPath } from '../../kube/collection.ts'
import type { KubeErrorCode } from '../../kube/kube-error.ts'
import type { ReflectorState } from '../../kube/reflector.ts'
import { groupOf, MESH_VERSION } from '../manifest.ts'
import type { SourceProblem } from '../snapshot.ts'

export type CollectionReport = {
  readonly collection: Collection
  readonly state: ReflectorState
  /** The number of objects without a name. Default: 0. */
  readonly nameless?: number
}

const MESH_GROUP = groupOf(MESH_VERSION)

/** Failures of the server as a whole, reported once instead of per collection. */
const SERVER_HELP: Readonly<Partial<Record<KubeErrorCode, string>>> = {
  unreachable: 'Check that the API server is running and reachable from this machine.',
  untrusted: 'Check the certificate authority in the kubeconfig.',
  timeout: 'Check the load of the API server and the network to it.',
  reset: 'Check the network and any proxies between this machine and the API server.',
  'no-credentials': 'Check the user in the kubeconfig: its token file, its certificate, its exec plugin.',
  unauthorized: 'Check the user in the kubeconfig: its credentials have expired or were revoked.',
}

export function collectionProblems(reports: readonly CollectionReport[], server: string): readonly SourceProblem[] {
  const problems = new Map<string, SourceProblem>()
  for (const { collection, state, nameless = 0 } of reports) {
    const problem =
      problemOf(collection, state, server) ?? (nameless > 0 ? namelessProblem(collection, nameless) : undefined)
    if (problem && !problems.has(`${problem.where} ${problem.help}`))
      problems.set(`${problem.where} ${problem.help}`, problem)
  }
  return [...problems.values()]
}

function namelessProblem(collection: Collection, count: number): SourceProblem {
  return {
    where: titleOf(collection),
    message: `the API server returned ${count} without a name or a resourceVersion; they are skipped`,
    help: 'Find them with kubectl get -o json, and check any proxies between this machine and the API server.',
  }
}

function problemOf(collection: Collection, state: ReflectorState, server: string): SourceProblem | undefined {
  const where = titleOf(collection)
  switch (state.tag) {
    case 'in-sync':
      return undefined
    case 'failing':
      return failing(collection, state, server)
    case 'missing':
      return state.lost
        ? {
            where,
            message: 'the API server no longer serves this kind; its known objects are kept',
            help: 'Reinstall the CRDs. To remove everything from the proxies, run l7mesh cleanup.',
          }
        : { where, ...absent(collection, state.absence.served) }
    case 'terminating':
      return {
        where,
        message: 'the CRD of this kind is being deleted with all objects; its known objects are kept',
        help: 'Reinstall the CRDs. To remove everything from the proxies, run l7mesh cleanup.',
      }
  }
}

function failing(
  collection: Collection,
  { error }: Extract<ReflectorState, { tag: 'failing' }>,
  server: string,
): SourceProblem {
  const help = SERVER_HELP[error.code]
  if (help) return { where: server, message: error.message, help }
  const where = titleOf(collection)
  if (error.code !== 'forbidden')
    return {
      where,
      message: `cannot be read: ${error.message}`,
      help: 'l7mesh retries; the known objects are kept.',
    }
  return { where, message: `permission denied: ${error.message}`, help: `Grant ${permissionsFor(collection)}.` }
}

function permissionsFor(collection: Collection): string {
  const { namespace, group } = collection
  const reads = `the verbs list and watch on ${resourceName(collection)}`
  if (namespace !== undefined) return `${reads} in a Role in namespace ${namespace}`
  const definition = group === MESH_GROUP ? ', and get on its CustomResourceDefinition,' : ''
  return `${reads}${definition} in a ClusterRole`
}

function absent(collection: Collection, served: readonly string[]): Pick<SourceProblem, 'message' | 'help'> {
  const { group, version } = collection
  if (served.length > 0 && !served.includes(version)) {
    return {
      message: `the API server serves ${group} only in ${served.join(', ')}, but l7mesh needs ${version}`,
      help: `Install the CRDs of this version of l7mesh: ${versionPath(collection)} must be served.`,
    }
  }
  return {
    message: 'the API server does not serve this kind; it counts as empty until it does',
    help: 'Install the CRDs of l7mesh.',
  }
}
