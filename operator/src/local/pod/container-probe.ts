/**
 * Probes as the kubelet makes them, with one difference: until a container has started and is ready for the
 * first time, it is asked several times a second, since somebody waits at the terminal.
 */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerPort } from '../../kinds/core-types.ts'
import type { ContainerProbe, ProbeCheck } from '../manifests/workload.ts'

/** Where a container is reached, and how a command is run beside it: true where it exits with 0. */
export type ProbeTarget = {
  readonly address: string
  readonly ports: readonly ContainerPort[]
  exec(command: readonly string[], signal: AbortSignal): Promise<boolean>
}

const EAGER_MS = 100

/** Calls back with each change, from not ready on, until the signal aborts. Never rejects. */
export async function watchReadiness(
  probe: ContainerProbe,
  target: ProbeTarget,
  signal: AbortSignal,
  onChange: (ready: boolean) => void,
): Promise<void> {
  let ready = false
  let inARow = 0
  let eager = true
  for await (const passed of outcomes(probe, target, signal, () => eager)) {
    inARow = passed === ready ? 0 : inARow + 1
    if (inARow < (ready ? probe.failureThreshold : probe.successThreshold)) continue
    ready = !ready
    inARow = 0
    eager = false
    onChange(ready)
  }
}

/** Resolves with false when the probe has failed as often in a row as it may, with true when the signal aborts. */
export async function watchLiveness(probe: ContainerProbe, target: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  let failed = 0
  for await (const passed of outcomes(probe, target, signal, () => false)) {
    failed = passed ? 0 : failed + 1
    if (failed >= probe.failureThreshold) return false
  }
  return true
}

/**
 * The startup probe's: resolves with true at the first success or when the signal aborts, with false when the container
 * has had the time that it may take. It is asked more often than the probe says, and has as long.
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

/** Asks again and again, each time after the probe's period or sooner where it is `eager`, until the signal aborts. */
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

/** Whether the container answers before the signal aborts. */
export async function probeCheck(check: ProbeCheck, target: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  if (check.type === 'exec') return target.exec(check.command, signal)
  const port = portNumber(check.port, target.ports)
  if (port === undefined) return false
  const host = check.host ?? target.address
  return check.type === 'tcpSocket' ? opens(host, port, signal) : answers(check, host, port, signal)
}

function portNumber(port: number | string, ports: readonly ContainerPort[]): number | undefined {
  if (typeof port === 'number') return port
  const named = ports.find(({ name }) => name === port)?.containerPort
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined)
}

function opens(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port })
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  return untilAborted(promise, signal).finally(() => socket.destroy())
}

type HttpGet = Extract<ProbeCheck, { type: 'httpGet' }>

/** As the kubelet: 200 to 399 is well, and certificates are not looked at. */
function answers(check: HttpGet, host: string, port: number, signal: AbortSignal): Promise<boolean> {
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
