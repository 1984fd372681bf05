/**
 * The command that starts a real l7mp proxy as a local process, and its static configuration, which is empty except for
 * the REST API.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { isRecord } from '@l7mesh/crds'
import { HARDENED } from '@l7mesh/proxy-client'
import type { StaticConfig } from '../manifests/proxy-setup.ts'

/** The default port of the proxy's REST API. */
export const CONTROLLER_PORT = 1234

/** The script of the `@l7mp/l7mp` package that starts a proxy. Throws if the package is not installed. */
export function proxyScript(): string {
  return createRequire(import.meta.url).resolve('@l7mp/l7mp/l7mp-proxy.js')
}

/**
 * A static configuration with only the controller listener, or with that listener added to `own`. The rulelist
 * `HARDENED` indicates that the preload is loaded, so that the proxy survives calls which would terminate an unhardened
 * one. `wanted`: the REST API port of `own`, if it has one; it is replaced by `port`.
 */
export function staticConfig(
  port: number,
  own: StaticConfig = { admin: { log_level: 'warn' } },
  wanted = port,
): object {
  const rulelists = Array.isArray(own.rulelists) ? own.rulelists : []
  const listeners: readonly unknown[] = Array.isArray(own.listeners) ? own.listeners : []
  const isController = (listener: unknown) => isHttpAt(listener, wanted)
  const at = (listener: unknown) => (isController(listener) ? withPort(listener, port) : listener)
  const controller = listeners.some(isController) ? [] : [controllerListener(port)]
  return {
    ...own,
    listeners: [...listeners.map(at), ...controller],
    rulelists: [...rulelists, { name: HARDENED, rules: [] }],
  }
}

const controllerListener = (port: number) => ({
  name: 'controller-listener',
  spec: { protocol: 'HTTP', port },
  rules: [{ action: { route: { destination: { name: 'l7mp-controller', spec: { protocol: 'L7mpController' } } } } }],
})

const isHttpAt = (listener: unknown, port: number) =>
  isRecord(listener) && isRecord(listener.spec) && listener.spec.protocol === 'HTTP' && listener.spec.port === port

const withPort = (listener: unknown, port: number) =>
  isRecord(listener) && isRecord(listener.spec) ? { ...listener, spec: { ...listener.spec, port } } : listener

/**
 * The arguments of `node` that start a proxy with the static configuration in the file `config`. `confine` is the
 * preload for proxies that share the network of the machine.
 */
export function proxyCommand(options: {
  readonly config: string
  /** Default: the one of the installed package. */
  readonly script?: string
  readonly harden: string
  readonly confine?: string
  /** Default: log warnings only. */
  readonly options?: readonly string[]
}): {
  readonly args: readonly string[]
  readonly cwd: string
} {
  const script = options.script ?? proxyScript()
  const preloads = [options.harden, ...(options.confine === undefined ? [] : [options.confine])]
  return {
    args: [
      ...preloads.flatMap(preload => ['--require', preload]),
      script,
      '-c',
      options.config,
      ...(options.options ?? ['-l', 'warn']),
    ],
    // The proxy opens its API description relative to the working directory.
    cwd: dirname(script),
  }
}
