/** A process that translates a mesh of one size, and tells what that costs by itself. Started by ../scale.ts. */
import type { NewObject } from '../../../operator/src/kube/testing/object-store.ts'
import type { Snapshot } from '../../../operator/src/sources/snapshot.ts'
import { createTranslator } from '../../../operator/src/translate/translate.ts'
import type { Change } from './changes.ts'
import { endpointSlice, keyOf, proxyPod, service, snapshotOf, virtualService } from './manifests.ts'

/** CPU time of each, in milliseconds. */
export type Translated = { readonly first: number; readonly changes: readonly (readonly [Change, readonly number[]])[] }

const REPEATS = 15
const PORT = 1234

const [proxies = 0, services = 0] = process.argv.slice(2).map(Number)
const addressOf = (proxy: number) => `10.200.${Math.floor(proxy / 250)}.${1 + (proxy % 250)}`
const translate = createTranslator()
let snapshot = snapshotOf({ proxies, services }, addressOf, PORT)

process.send?.(measure())
process.disconnect?.()

function measure(): Translated {
  const first = spent(() => translate(snapshot))
  const repeat = (make: (n: number) => Snapshot) => Array.from({ length: REPEATS }, (_, n) => changed(make(n + 1)))
  const added = (n: number) => services + n
  const pod = (n: number) => proxyPod(proxies + n, addressOf(proxies + n), PORT)
  const changes: Translated['changes'] = [
    ['an edited VirtualService', repeat(n => put('virtualServices', virtualService(n % services, n)))],
    ['a changed endpoint', repeat(n => put('endpointSlices', endpointSlice(n % services, n)))],
    ['a new VirtualService', repeat(n => put('virtualServices', virtualService(added(n)), withService(added(n))))],
    ['a removed VirtualService', repeat(n => remove('virtualServices', virtualService(added(n))))],
    ['a new proxy', repeat(n => put('pods', pod(n)))],
    ['a removed proxy', repeat(n => remove('pods', pod(n)))],
  ]
  return { first, changes }
}

function changed(now: Snapshot): number {
  snapshot = now
  return spent(() => translate(now))
}

function spent(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

type Table = 'virtualServices' | 'endpointSlices' | 'services' | 'pods'

function put(table: Table, object: NewObject, from = snapshot): Snapshot {
  // The manifests are as the schemas of these kinds want them.
  return { ...from, [table]: new Map<string, unknown>([...from[table], [keyOf(object), object]]) } as Snapshot
}

function remove(table: Table, object: NewObject): Snapshot {
  const objects = new Map<string, unknown>(snapshot[table])
  objects.delete(keyOf(object))
  return { ...snapshot, [table]: objects }
}

function withService(index: number): Snapshot {
  return put('services', service(index), put('endpointSlices', endpointSlice(index)))
}
