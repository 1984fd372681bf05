/**
 * One running pod: a sandbox, a process for each container, and a report in the form of a cluster. `runner.ts` decides
 * which pods exist.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { SourceProblem } from '../../sources/snapshot.ts'
import { messageOf } from '../../user-error.ts'
import type { PodFields } from '../manifests/container-environment.ts'
import type { DesiredPod } from '../manifests/desired-pods.ts'
import { type ContainerSpec, isProxy, type PodSpec, type RestartPolicy } from '../manifests/workload.ts'
import type { PodPlace } from '../network/network.ts'
import { type ContainerTask, runContainer } from './container.ts'
import { containerProcess, type ProcessHost } from './container-process.ts'
import { createPodSandbox, type PodSandbox, type PodSandboxHost, proxyPorts } from './pod-sandbox.ts'
import { type ContainerFacts, type PodFacts, type ReportedPod, reportPod } from './pod-status.ts'
import { nextBackoff } from './restart-backoff.ts'

/** The resources of the machine that a pod needs. */
export type PodHost = PodSandboxHost & ProcessHost & { readonly now: () => Date; readonly newUid: () => string }

export type LivePod = {
  readonly desired: DesiredPod
  /** Keeps its identity until something changes. */
  report(): ReportedPod
  /** The reason why the pod cannot start. */
  problem(): SourceProblem | undefined
  /** Its network; undefined before it has one. */
  place(): PodPlace | undefined
  /**
   * Terminates the pod. The grace period, in seconds, defaults to that of its spec; a second call with 0 kills its
   * containers.
   */
  end(grace?: number): void
  /** Resolves when the pod has terminated and its sandbox is removed. */
  readonly gone: Promise<void>
}

export function startPod(desired: DesiredPod, host: PodHost, onChange: () => void): LivePod {
  const ended = new AbortController()
  const killed = new AbortController()
  let graceSeconds = desired.template.spec.graceSeconds
  let facts: PodFacts = {
    uid: host.newUid(),
    createdAt: host.now().toISOString(),
    node: desired.node,
    initContainers: new Map(),
    containers: new Map(),
    ports: new Map(),
  }
  let report = reportPod(desired, facts)
  let problem: SourceProblem | undefined
  let podSandbox: PodSandbox | undefined
  const change = (changed: Partial<PodFacts>) => {
    facts = { ...facts, ...changed }
    const next = reportPod(desired, facts)
    if (isDeepStrictEqual(next, report)) return
    report = next
    onChange()
  }
  const onProblem = (found: SourceProblem | undefined) => {
    problem = found
    onChange()
  }
  const runToEnd = async () => {
    podSandbox = await createdSandbox(desired, host, ended.signal, onProblem)
    if (podSandbox === undefined) return
    change({ addresses: addressesOf(podSandbox), ports: realPorts(desired, podSandbox) })
    const fields = fieldsOfPod(desired, facts.uid, podSandbox)
    const graceMs = () => graceSeconds * 1000
    const context: PodContext = { fields, podSandbox, host, graceMs, killed: killed.signal, signal: ended.signal }
    const { spec } = desired.template
    const prepared = await runInitContainers(spec, context, (name, container) =>
      change({ initContainers: new Map(facts.initContainers).set(name, container) }),
    )
    await runContainers(prepared ? spec : { ...spec, containers: [] }, context, (name, container) =>
      change({ containers: new Map(facts.containers).set(name, container) }),
    )
    await podSandbox.leave()
  }
  return {
    desired,
    report: () => report,
    problem: () => problem,
    place: () => podSandbox?.place,
    end(grace = graceSeconds) {
      graceSeconds = grace
      if (facts.deletedAt === undefined) change({ deletedAt: host.now().toISOString() })
      ended.abort()
      if (grace === 0) killed.abort()
    },
    gone: runToEnd(),
  }
}

/** Retries with back-off until the sandbox exists; undefined if the pod was terminated first. */
async function createdSandbox(
  desired: DesiredPod,
  host: PodHost,
  signal: AbortSignal,
  onProblem: (problem: SourceProblem | undefined) => void,
): Promise<PodSandbox | undefined> {
  for (let backoffMs = 0; !signal.aborted; ) {
    try {
      const podSandbox = await createPodSandbox(desired, host)
      if (backoffMs > 0) onProblem(undefined)
      return podSandbox
    } catch (error) {
      onProblem(cannotStart(desired, error))
    }
    backoffMs = nextBackoff(backoffMs, 0)
    await sleep(backoffMs, undefined, { signal }).catch(() => {})
  }
  return undefined
}

const cannotStart = ({ key, workload }: DesiredPod, error: unknown): SourceProblem => ({
  where: workload.where,
  message: `pod ${key} cannot start: ${messageOf(error)}`,
  help: 'It is retried with back-off, and starts when this is fixed.',
})

const addressesOf = ({ place }: PodSandbox) => ({ pod: place.address, host: place.hostAddress })

function realPorts({ template }: DesiredPod, { proxy }: PodSandbox): PodFacts['ports'] {
  const container = template.spec.containers.find(isProxy)
  if (proxy === undefined || container === undefined) return new Map()
  return new Map([[container.name, proxyPorts(container.ports, proxy.port)]])
}

const fieldsOfPod = (desired: DesiredPod, uid: string, { place }: PodSandbox): PodFields => ({
  name: desired.name,
  namespace: desired.namespace,
  uid,
  labels: desired.labels,
  annotations: desired.template.annotations,
  nodeName: desired.node,
  hostNetwork: desired.template.spec.hostNetwork,
  podIP: place.address,
  hostIP: place.hostAddress,
})

type PodContext = Pick<ContainerTask, 'graceMs' | 'killed'> & {
  readonly fields: PodFields
  readonly podSandbox: PodSandbox
  readonly host: PodHost
  /** Aborts when the pod must terminate. */
  readonly signal: AbortSignal
}

type OnContainer = (name: string, facts: ContainerFacts) => void

/** Runs init containers one after the other. False if one has failed for good, or if the pod must terminate. */
async function runInitContainers(
  { initContainers = [], restartPolicy }: PodSpec,
  context: PodContext,
  onChange: OnContainer,
): Promise<boolean> {
  const restart = restartPolicy === 'Never' ? 'Never' : 'OnFailure'
  for (const container of initContainers) {
    const code = await run(container, restart, context, onChange)
    if (code !== 0 || context.signal.aborted) return false
  }
  return true
}

/**
 * Resolves when the pod was terminated and all of its containers have exited. The status of completed containers
 * remains visible until then.
 */
async function runContainers(
  { containers, restartPolicy }: PodSpec,
  context: PodContext,
  onChange: OnContainer,
): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>()
  if (context.signal.aborted) resolve()
  context.signal.addEventListener('abort', () => resolve(), { once: true })
  await Promise.all([aborted, ...containers.map(container => run(container, restartPolicy, context, onChange))])
}

/** Resolves with the exit code when the container has terminated for good. */
async function run(
  container: ContainerSpec,
  restart: RestartPolicy,
  { fields, podSandbox, host, graceMs, killed, signal }: PodContext,
  onChange: OnContainer,
): Promise<number | undefined> {
  let last: ContainerFacts | undefined
  const task = {
    ...containerProcess(container, fields, podSandbox, host),
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
