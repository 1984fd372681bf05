/** Runs a reflector against the fake API server, with short timeouts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { onTestFinished, vi } from 'vitest'
import { type Clock, systemClock } from '../../../src/clock.ts'
import { connectKube, type KubeClient } from '../../../src/kube/kube-client.ts'
import { Reflector, type Timing } from '../../../src/kube/reflector.ts'
import { FakeApiServer } from '../../../src/kube/testing/api-server.ts'
import type { ServedKind } from '../../../src/kube/testing/object-store.ts'
import type { RawObject } from '../../../src/raw-object.ts'
import { ALL_KINDS, MESH_KINDS } from '../../support/kinds.ts'

/** A clock that runs twenty times as fast. */
export const FAST_CLOCK: Clock = {
  now: () => systemClock.now() * 20,
  after: (milliseconds, callback) => systemClock.after(milliseconds / 20, callback),
}

/** Timeouts of silence and of lists are in real time, so only the tests of these shorten them. */
export const FAST: Partial<Timing> = { pageSize: 3, missingMs: 200, settledMs: 400 }

export async function startServer(): Promise<FakeApiServer> {
  const server = await FakeApiServer.start(ALL_KINDS)
  onTestFinished(() => server.close())
  return server
}

export async function connectTo(server: FakeApiServer): Promise<KubeClient> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, server.kubeconfig())
  const client = await connectKube({ kubeconfig, variables: {} })
  onTestFinished(async () => {
    await client.close()
    await rm(folder, { recursive: true })
  })
  return client
}

/** The value stored for an object in these tests. */
export type Kept = { readonly name: string; readonly spec: unknown }

/** Stores the spec, or nothing for objects with `skip`. */
function keep({ metadata, spec }: RawObject, before: Kept | undefined): Kept | undefined {
  const kept = { name: metadata.name, spec }
  if (isDeepStrictEqual(spec, { skip: true })) return undefined
  return isDeepStrictEqual(kept, before) ? before : kept
}

/** Runs a reflector until the test ends, and counts its calls of `onChange`. */
export async function reflect(
  server: FakeApiServer,
  kind: ServedKind,
  namespace?: string,
  timing: Partial<Timing> = {},
) {
  const client = await connectTo(server)
  let calls = 0
  const tags: string[] = []
  const waits: number[] = []
  const reflector: Reflector<Kept> = new Reflector<Kept>({
    client,
    collection: { group: kind.group, version: kind.version, plural: kind.plural, namespace },
    isCustom: MESH_KINDS.includes(kind),
    keep,
    onChange: () => {
      calls++
      if (tags.at(-1) !== reflector.state.tag) tags.push(reflector.state.tag)
    },
    clock: {
      now: FAST_CLOCK.now,
      after(milliseconds, callback) {
        waits.push(milliseconds)
        return FAST_CLOCK.after(milliseconds, callback)
      },
    },
    random: () => 0.5,
    timing: { ...FAST, ...timing },
  })
  const ended = new AbortController()
  const running = reflector.run(ended.signal)
  onTestFinished(async () => {
    ended.abort()
    await running
  })
  return {
    reflector,
    calls: () => calls,
    /** The sequence of states. */
    tags,
    /** The timers that it set: between attempts, and for a watch to settle. */
    waits,
    specs: () => Object.fromEntries([...reflector.objects()].map(([name, { spec }]) => [name, spec])),
  }
}

export function specsIn(server: FakeApiServer, kind: ServedKind): object {
  return Object.fromEntries(
    server.store.list(kind, undefined).map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec]),
  )
}

/** Waits until the check passes, with a timeout that suffices for a slow machine. */
export function eventually<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000, interval: 5 })
}
