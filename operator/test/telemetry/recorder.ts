/** Records events as words. */
import type { Telemetry, TelemetryEvent } from '../../src/telemetry/telemetry.ts'

/** Without the durations of requests, which differ from run to run. */
export function recorder(): { readonly telemetry: Telemetry; readonly told: string[] } {
  const told: string[] = []
  return { told, telemetry: event => void told.push(words(event)) }
}

function words(event: TelemetryEvent): string {
  switch (event.type) {
    case 'snapshot-read':
      return `snapshot read: ${event.resources} resources`
    case 'translated':
      return `translated in ${event.took} ms: ${event.changed} of ${event.proxies} proxies changed`
    case 'proxy-added':
      return `${event.proxy} added`
    case 'proxy-removed':
      return `${event.proxy} removed`
    case 'request':
      return `${event.proxy} ${event.method} ${event.collection}: ${event.outcome}`
    case 'round-finished':
      return `${event.proxy} ${event.result} after ${event.calls} calls in ${event.took} ms`
    case 'change-programmed':
      return `${event.proxy} change programmed in ${event.took} ms`
    case 'drift-repaired':
      return `${event.proxy} drift repaired with ${event.calls} calls`
    case 'retry':
      return `${event.proxy} ${event.reason}: retry ${event.attempt} in ${event.delay} ms`
    case 'session-ended':
      return `${event.proxy} session ended`
    case 'leader-changed':
      return `leader: ${event.leader ?? 'none'}`
  }
}
