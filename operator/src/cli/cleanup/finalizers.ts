/**
 * Removes the finalizer of the original l7mp operator from pods and resources. Without that operator, nothing else
 * removes it, and the objects cannot be deleted.
 */
import { KINDS, RESOURCE_FIELDS } from '../../kinds/kinds.ts'
import { type Collection, collectionPath, nameOf, resourceName } from '../../kube/collection.ts'
import { KubeError } from '../../kube/kube-error.ts'
import { list } from '../../kube/list.ts'
import type { RawObject } from '../../raw-object.ts'
import { count } from '../../report/formatting.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { ClusterAccess } from '../cluster/cluster-access.ts'
import { ONCE } from '../cluster/read.ts'
import { show } from '../options/format.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import type { CleanupOptions } from './target.ts'

const FINALIZER = 'operator.l7mp.io/kopf-finalizer'

/** Exit code 0: no object has it any more; 1: some object has, or would lose it (--dry-run); 2: not confirmed. */
export async function cleanFinalizers(
  cluster: ClusterAccess,
  options: CleanupOptions,
  io: ProcessIO,
): Promise<ExitCode> {
  const print = (...lines: readonly string[]) => show(io, 'table', {}, () => lines)
  const held = await withFinalizer(cluster, options.namespace ?? [undefined])
  const what = count(held.length, 'object')
  if (held.length === 0) {
    print(`No object has the finalizer ${FINALIZER}.`)
    return 0
  }
  if (options.dryRun) {
    print(...held.map(titleOf))
    return 1
  }
  if (!options.yes && !(await isConfirmed(what, io))) return 2
  const failures = await Promise.all(held.map(one => removeFinalizer(cluster, one)))
  const left = failures.flatMap(failure => failure ?? [])
  print(...left, `Removed ${FINALIZER} from ${held.length - left.length} of ${what}.`)
  return left.length > 0 ? 1 : 0
}

type FoundObject = { readonly collection: Collection; readonly object: RawObject; readonly index: number }

/** Searches pods, and resources whose CRDs are installed. */
async function withFinalizer(
  { client }: ClusterAccess,
  scopes: readonly (string | undefined)[],
): Promise<readonly FoundObject[]> {
  const options = { ...ONCE, signal: new AbortController().signal }
  const found = (['pods', ...RESOURCE_FIELDS] as const).flatMap(field =>
    scopes.map(async namespace => {
      const { group, version, plural } = KINDS[field]
      const collection = { group, version, plural, namespace }
      try {
        const { items } = await list(client, collection, options)
        return items.flatMap(object => heldIn(collection, object))
      } catch (error) {
        if (error instanceof KubeError && error.code === 'not-found') return []
        throw error
      }
    }),
  )
  return (await Promise.all(found)).flat()
}

function heldIn(collection: Collection, object: RawObject): readonly FoundObject[] {
  const { finalizers } = object.metadata
  const index = Array.isArray(finalizers) ? finalizers.indexOf(FINALIZER) : -1
  return index === -1 ? [] : [{ collection, object, index }]
}

/** Returns why removal failed; undefined if it succeeded. */
async function removeFinalizer({ client }: ClusterAccess, held: FoundObject): Promise<string | undefined> {
  const { collection, object, index } = held
  const place = { ...collection, namespace: object.metadata.namespace }
  const path = `/metadata/finalizers/${index}`
  try {
    await client.request({
      method: 'PATCH',
      path: `${collectionPath(place)}/${object.metadata.name}`,
      contentType: 'application/json-patch+json',
      // Others may have changed the list concurrently.
      body: [
        { op: 'test', path, value: FINALIZER },
        { op: 'remove', path },
      ],
    })
    return undefined
  } catch (error) {
    if (error instanceof KubeError && error.code === 'not-found') return undefined
    return `${titleOf(held)}: ${messageOf(error)}`
  }
}

function titleOf({ collection, object }: FoundObject): string {
  return `${resourceName(collection)} ${nameOf(object)}`
}

async function isConfirmed(what: string, { ask }: ProcessIO): Promise<boolean> {
  if (!ask)
    throw new UserError(`${what} would lose the finalizer ${FINALIZER}, but there is no terminal for confirmation`, {
      help: 'Use --yes, or list the objects with --dry-run.',
    })
  const answer = await ask(
    `Remove the finalizer ${FINALIZER} from ${what}? The original operator must be uninstalled. [y/N] `,
  )
  return /^y(es)?$/i.test(answer.trim())
}
