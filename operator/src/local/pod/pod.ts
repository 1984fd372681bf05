/**
 * One pod that runs: ground under its feet, a process for each container, and a report that is always what a cluster
 * would say of it. `runner.ts` decides which pods there are.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { SourceProblem } from '../../sources/snapshot.ts'
import { messageOf } from '../../user-error.ts'
import type { WantedPod } from '../manifests/desired-pods.ts'
import type { PodFields } from '../manifests/container-environment.ts'
import { type ContainerSpec, isProxy, type PodSpec, type RestartPolicy } from '../manifests/workload.ts'
import type { PodPlace } from '../network/network.ts'
import { type ContainerTask, runContainer } from './container.ts'
import { containerProcess, type ProcessHost } from './container-process.ts'
import { type Land, type PodGround, proxyPorts, takeGround } from './pod-sandbox.ts'
import { nextBackoff } from './restart-backoff.ts'
import { type ContainerFacts, type PodFacts, type ReportedPod, reportPod } from './pod-status.ts'

/** What a pod needs of the machine. */
export type PodHost = Land & ProcessHost & { readonly now: () => Date; readonly newUid: () => string }

export type LivePod = {
  readonly wanted: WantedPod
  /** The same object until something of it changes. */
  report(): ReportedPod
  /** Why it cannot start. */
  problem(): SourceProblem | undefined
  /** Where it is; undefined before it has a place. */
  place(): PodPlace | undefined
  /**
   * Tells it to end. Its containers have the grace of its spec, where nothing else is said, in seconds; a second call may
   * take it from them by saying 0.
   */
  end(grace?: number): void
  /** Resolves when all of it is gone. */
  readonly gone: Promise<void>
}

export function startPod(wanted: WantedPod, host: PodHost, onChange: () => void): LivePod {
  const ended = new AbortController()
  const killed = new AbortController()
  let graceSeconds = wanted.template.spec.graceSeconds
  let facts: PodFacts = {
    uid: host.newUid(),
    createdAt: host.now().toISOString(),
    node: wanted.node,
    initContainers: new Map(),
    containers: new Map(),
    ports: new Map(),
  }
  let report = reportPod(wanted, facts)
  let problem: SourceProblem | undefined
  let ground: PodGround | undefined
  const change = (changed: Partial<PodFacts>) => {
    facts = { ...facts, ...changed }
    const next = reportPod(wanted, facts)
    if (isDeepStrictEqual(next, report)) return
    report = next
    onChange()
  }
  const onProblem = (found: SourceProblem | undefined) => {
    problem = found
    onChange()
  }
  const live = async () => {
    ground = await groundAtLast(wanted, host, ended.signal, onProblem)
    if (ground === undefined) return
    change({ addresses: addressesOf(ground), ports: realPorts(wanted, ground) })
    const fields = fieldsOfPod(wanted, facts.uid, ground)
    const graceMs = () => graceSeconds * 1000
    const stage: Stage = { fields, ground, host, graceMs, killed: killed.signal, signal: ended.signal }
    const { spec } = wanted.template
    const prepared = await runInitContainers(spec, stage, (name, container) =>
      change({ initContainers: new Map(facts.initContainers).set(name, container) }),
    )
    await runContainers(prepared ? spec : { ...spec, containers: [] }, stage, (name, container) =>
      change({ containers: new Map(facts.containers).set(name, container) }),
    )
    await ground.leave()
  }
  return {
    wanted,
    report: () => report,
    problem: () => problem,
    place: () => ground?.place,
    end(grace = graceSeconds) {
      graceSeconds = grace
      if (facts.deletedAt === undefined) change({ deletedAt: host.now().toISOString() })
      ended.abort()
      if (grace === 0) killed.abort()
    },
    gone: live(),
  }
}

/** Tries with back-off until there is ground; undefined where the pod was ended first. */
async function groundAtLast(
  wanted: WantedPod,
  host: PodHost,
  signal: AbortSignal,
  onProblem: (problem: SourceProblem | undefined) => void,
): Promise<PodGround | undefined> {
  for (let backoffMs = 0; !signal.aborted; ) {
    try {
      const ground = await takeGround(wanted, host)
      if (backoffMs > 0) onProblem(undefined)
      return ground
    } catch (error) {
      onProblem(cannotStart(wanted, error))
    }
    backoffMs = nextBackoff(backoffMs, 0)
    await sleep(backoffMs, undefined, { signal }).catch(() => {})
  }
  return undefined
}

const cannotStart = ({ key, workload }: WantedPod, error: unknown): SourceProblem => ({
  where: workload.where,
  message: `pod ${key} cannot start: ${messageOf(error)}`,
  help: 'It is tried again and again, and starts as soon as this is mended.',
})

const addressesOf = ({ place }: PodGround) => ({ pod: place.address, host: place.hostAddress })

function realPorts({ template }: WantedPod, { proxy }: PodGround): PodFacts['ports'] {
  const container = template.spec.containers.find(isProxy)
  if (proxy === undefined || container === undefined) return new Map()
  return new Map([[container.name, proxyPorts(container.ports, proxy.port)]])
}

const fieldsOfPod = (wanted: WantedPod, uid: string, { place }: PodGround): PodFields => ({
  name: wanted.name,
  namespace: wanted.namespace,
  uid,
  labels: wanted.labels,
  annotations: wanted.template.annotations,
  nodeName: wanted.node,
  hostNetwork: wanted.template.spec.hostNetwork,
  podIP: place.address,
  hostIP: place.hostAddress,
})

type Stage = Pick<ContainerTask, 'graceMs' | 'killed'> & {
  readonly fields: PodFields
  readonly ground: PodGround
  readonly host: PodHost
  /** Aborts when the pod has to end. */
  readonly signal: AbortSignal
}

type OnContainer = (name: string, facts: ContainerFacts) => void

/** One after the other, each to its end. False where one has failed for good, or the pod has to end. */
async function runInitContainers(
  { initContainers = [], restartPolicy }: PodSpec,
  stage: Stage,
  onChange: OnContainer,
): Promise<boolean> {
  const restart = restartPolicy === 'Never' ? 'Never' : 'OnFailure'
  for (const container of initContainers) {
    const code = await run(container, restart, stage, onChange)
    if (code !== 0 || stage.signal.aborted) return false
  }
  return true
}

/** Resolves when the pod was ended and all its containers have. One that is over stays to be seen until then. */
async function runContainers(
  { containers, restartPolicy }: PodSpec,
  stage: Stage,
  onChange: OnContainer,
): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>()
  if (stage.signal.aborted) resolve()
  stage.signal.addEventListener('abort', () => resolve(), { once: true })
  await Promise.all([aborted, ...containers.map(container => run(container, restartPolicy, stage, onChange))])
}

/** Resolves with the exit code when the container has ended for good. */
async function run(
  container: ContainerSpec,
  restart: RestartPolicy,
  { fields, ground, host, graceMs, killed, signal }: Stage,
  onChange: OnContainer,
): Promise<number | undefined> {
  let last: ContainerFacts | undefined
  const task = {
    ...containerProcess(container, fields, ground, host),
    restart,
    graceMs,
    killed,
    now: host.now,
    onChange: (facts: ContainerFacts) => {
      last = facts
      onChange(container.name, facts)
    },
  }
  await runContainer(task, signal)
  return last && 'terminated' in last.state ? last.state.terminated.exitCode : undefined
}
