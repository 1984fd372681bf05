/**
 * Probes as in the kubelet, with one difference: until a container has started and is ready for the first time, it is
 * probed several times a second, because somebody waits at the terminal.
 */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerPort } from '../../kinds/core-types.ts'
import type { ContainerProbe, ProbeCheck } from '../manifests/workload.ts'

/** The address of a container, and how to execute a command in it: true if it exits with 0. */
export type ProbeTarget = {
  readonly address: string
  readonly ports: readonly ContainerPort[]
  exec(command: readonly string[], signal: AbortSignal): Promise<boolean>
}

const EAGER_MS = 100

/** Reports each change of readiness, starting from not ready, until the signal aborts. Never rejects. */
export async function watchReadiness(
  probe: ContainerProbe,
  target: ProbeTarget,
  signal: AbortSignal,
  onChange: (ready: boolean) => void,
): Promise<void> {
  let ready = false
  let consecutive = 0
  let eager = true
  for await (const passed of outcomes(probe, target, signal, () => eager)) {
    consecutive = passed === ready ? 0 : consecutive + 1
    if (consecutive < (ready ? probe.failureThreshold : probe.successThreshold)) continue
    ready = !ready
    consecutive = 0
    eager = false
    onChange(ready)
  }
}

/**
 * Resolves with false when the probe has failed `failureThreshold` times in a row, with true when the signal aborts.
 */
export async function watchLiveness(probe: ContainerProbe, target: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  let failed = 0
  for await (const passed of outcomes(probe, target, signal, () => false)) {
    failed = passed ? 0 : failed + 1
    if (failed >= probe.failureThreshold) return false
  }
  return true
}

/**
 * For startup probes: resolves with true at the first success or when the signal aborts, with false after the maximum
 * startup time. It is probed more often than the spec says, within the same total time.
 */
export async function watchStartup(probe: ContainerProbe, target: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  const { initialDelaySeconds, periodSeconds, failureThreshold } = probe
  const end = performance.now() + (initialDelaySeconds + periodSeconds * failureThreshold) * 1000
  for await (const passed of outcomes(probe, target, signal, () => true)) {
    if (passed) return true
    if (performance.now() >= end) return false
  }
  return true
}

/** Probes repeatedly until the signal aborts, after each period of the probe, or sooner while `eager`. */
async function* outcomes(
  probe: ContainerProbe,
  target: ProbeTarget,
  signal: AbortSignal,
  eager: () => boolean,
): AsyncGenerator<boolean> {
  const periodMs = probe.periodSeconds * 1000
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {})
  await pause(probe.initialDelaySeconds * 1000)
  while (!signal.aborted) {
    const passed = await probeOnce(probe, target, signal)
    if (signal.aborted) return
    yield passed
    await pause(eager() ? Math.min(EAGER_MS, periodMs) : periodMs)
  }
}

async function probeOnce({ check, timeoutSeconds }: ContainerProbe, target: ProbeTarget, signal: AbortSignal) {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)])
  return probeCheck(check, target, deadline)
}

/** Whether the check succeeds before the signal aborts. */
export async function probeCheck(check: ProbeCheck, target: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  if (check.type === 'exec') return target.exec(check.command, signal)
  const port = portNumber(check.port, target.ports)
  if (port === undefined) return false
  const host = check.host ?? target.address
  return check.type === 'tcpSocket' ? acceptsTcp(host, port, signal) : respondsOk(check, host, port, signal)
}

function portNumber(port: number | string, ports: readonly ContainerPort[]): number | undefined {
  if (typeof port === 'number') return port
  const named = ports.find(({ name }) => name === port)?.containerPort
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined)
}

function acceptsTcp(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port })
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  return untilAborted(promise, signal).finally(() => socket.destroy())
}

type HttpGet = Extract<ProbeCheck, { type: 'httpGet' }>

/** As in the kubelet: 200 to 399 is a success, and certificates are not verified. */
function respondsOk(check: HttpGet, host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const options = { host, port, path: check.path, headers: check.headers, agent: false, rejectUnauthorized: false }
  const request = check.scheme === 'https' ? httpsRequest(options) : httpRequest(options)
  request.once('response', ({ statusCode = 0 }) => resolve(statusCode >= 200 && statusCode < 400))
  request.once('error', () => resolve(false))
  request.end()
  return untilAborted(promise, signal).finally(() => request.destroy())
}

function untilAborted(answer: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const giveUp = () => resolve(false)
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  return Promise.race([answer, promise]).finally(() => signal.removeEventListener('abort', giveUp))
}
