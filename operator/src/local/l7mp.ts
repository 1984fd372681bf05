/**
 * How to start a real l7mp proxy as a process of this machine: the command, and the static configuration with which it
 * comes up empty but for its REST API.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { HARDENED } from '@l7mesh/proxy-client'

/** The proxy's REST port where nothing else is said. */
export const CONTROLLER_PORT = 1234

/** The script of the `@l7mp/l7mp` package that starts a proxy. Throws where the package is not installed. */
export function proxyScript(): string {
  return createRequire(import.meta.url).resolve('@l7mp/l7mp/l7mp-proxy.js')
}

/**
 * A static configuration with the controller listener alone. The rulelist `HARDENED` tells whoever reads the proxy
 * that the preload guards it, so that it survives calls which would end an unguarded one.
 */
export function staticConfig(port: number): object {
  const controller = { name: 'l7mp-controller', spec: { protocol: 'L7mpController' } }
  return {
    admin: { log_level: 'warn' },
    listeners: [
      {
        name: 'controller-listener',
        spec: { protocol: 'HTTP', port },
        rules: [{ action: { route: { destination: controller } } }],
      },
    ],
    rulelists: [{ name: HARDENED, rules: [] }],
  }
}

/**
 * What `node` needs to start a proxy from the static configuration in the file `config`. `confine` is the preload for
 * one that shares the network of the machine.
 */
export function proxyCommand(options: {
  readonly config: string
  /** Default: that of the installed package. */
  readonly script?: string
  readonly harden: string
  readonly confine?: string
}): {
  readonly args: readonly string[]
  readonly cwd: string
} {
  const script = options.script ?? proxyScript()
  const preloads = [options.harden, ...(options.confine === undefined ? [] : [options.confine])]
  return {
    args: [...preloads.flatMap(preload => ['--require', preload]), script, '-c', options.config, '-l', 'warn'],
    // The proxy opens its API description relative to the folder it is started in.
    cwd: dirname(script),
  }
}
