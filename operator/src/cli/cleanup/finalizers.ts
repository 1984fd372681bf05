/**
 * Takes the finalizer of the original l7mp operator off pods and resources. Once that operator is gone nobody else does,
 * and what has it cannot be deleted.
 */
import { KINDS, RESOURCE_FIELDS } from '../../kinds/kinds.ts'
import { type Collection, collectionPath, nameOf, resourceName } from '../../kube/collection.ts'
import { KubeError } from '../../kube/kube-error.ts'
import { list } from '../../kube/list.ts'
import type { RawObject } from '../../raw-object.ts'
import { count } from '../../report/words.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { ClusterAccess } from '../cluster/cluster-access.ts'
import { ONCE } from '../cluster/read.ts'
import { show } from '../options/format.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { World } from '../process/process-io.ts'
import type { CleanupOptions } from './target.ts'

const FINALIZER = 'operator.l7mp.io/kopf-finalizer'

/** Exit code 0: nothing has it any more; 1: something has, or would lose it (--dry-run); 2: not agreed to. */
export async function cleanFinalizers(
  cluster: ClusterAccess,
  options: CleanupOptions,
  world: World,
): Promise<ExitCode> {
  const tell = (...lines: readonly string[]) => show(world, 'table', {}, () => lines)
  const held = await withFinalizer(cluster, options.namespace ?? [undefined])
  const what = count(held.length, 'object')
  if (held.length === 0) {
    tell(`Nothing has the finalizer ${FINALIZER}.`)
    return 0
  }
  if (options.dryRun) {
    tell(...held.map(titleOf))
    return 1
  }
  if (!options.yes && !(await isAgreed(what, world))) return 2
  const failures = await Promise.all(held.map(one => strip(cluster, one)))
  const left = failures.flatMap(failure => failure ?? [])
  tell(...left, `${FINALIZER} is off ${held.length - left.length} of ${what}.`)
  return left.length > 0 ? 1 : 0
}

type HeldObject = { readonly collection: Collection; readonly object: RawObject; readonly index: number }

/** Of pods, and of the kinds of l7mesh whose CRDs are installed. */
async function withFinalizer(
  { client }: ClusterAccess,
  scopes: readonly (string | undefined)[],
): Promise<readonly HeldObject[]> {
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

function heldIn(collection: Collection, object: RawObject): readonly HeldObject[] {
  const { finalizers } = object.metadata
  const index = Array.isArray(finalizers) ? finalizers.indexOf(FINALIZER) : -1
  return index === -1 ? [] : [{ collection, object, index }]
}

/** Why it is left where it is; undefined where it is gone. */
async function strip({ client }: ClusterAccess, held: HeldObject): Promise<string | undefined> {
  const { collection, object, index } = held
  const place = { ...collection, namespace: object.metadata.namespace }
  const path = `/metadata/finalizers/${index}`
  try {
    await client.request({
      method: 'PATCH',
      path: `${collectionPath(place)}/${object.metadata.name}`,
      contentType: 'application/json-patch+json',
      // Others may have changed the list meanwhile.
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

function titleOf({ collection, object }: HeldObject): string {
  return `${resourceName(collection)} ${nameOf(object)}`
}

async function isAgreed(what: string, { ask }: World): Promise<boolean> {
  if (!ask)
    throw new UserError(`${what} would lose the finalizer ${FINALIZER}; nobody can be asked`, {
      help: 'Say --yes, or look first with --dry-run.',
    })
  const answer = await ask(`Take the finalizer ${FINALIZER} off ${what}? The original operator must be gone. [y/N] `)
  return /^y(es)?$/i.test(answer.trim())
}
