/** The test suites of this project, in the order in which they run, and their requirements. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Suite = {
  readonly name: string
  readonly description: string
  /** Arguments for `vitest run` (projects are defined in vitest.config.ts), or a script. */
  readonly run: { readonly vitest: readonly string[] } | { readonly script: string }
  /** May run in parallel with the previous suite. Default: runs alone */
  readonly mixes?: true
  /** Why this machine cannot run it; undefined if it can. */
  readonly missing: () => string | undefined
}

const always = () => undefined

function needsLinux(): string | undefined {
  if (process.platform !== 'linux') return 'requires Linux: loopback addresses, network namespaces, /proc'
  const missing = ['ip', 'unshare', 'mount'].filter(program => !isInstalled(program))
  return missing.length === 0 ? undefined : `requires ${missing.join(', ')} (packages iproute2, util-linux, mount)`
}

function needsGo(): string | undefined {
  return isInstalled('go') ? undefined : 'requires Go, which builds Kubernetes and helm once: https://go.dev/dl'
}

function needsClusterTools(): string | undefined {
  const missing = ['nsenter', 'setpriv', 'openssl'].filter(program => !isInstalled(program))
  return missing.length === 0 ? undefined : `requires ${missing.join(', ')} (packages util-linux, openssl)`
}

export const SUITES: readonly Suite[] = [
  {
    name: 'check',
    description: 'types, lint, import directions, unused code',
    run: { script: 'scripts/lint.ts' },
    missing: always,
  },
  {
    name: 'unit',
    description: 'each package separately',
    run: { vitest: ['--project=unit'] },
    missing: always,
  },
  {
    name: 'helm',
    description: 'the charts and their images, with the real helm',
    run: { vitest: ['--project=helm'] },
    mixes: true,
    missing: needsGo,
  },
  {
    name: 'mesh',
    description: 'across packages, with real l7mp proxies and real packets',
    run: { vitest: ['--project=mesh'] },
    mixes: true,
    missing: needsLinux,
  },
  {
    name: 'hitless',
    description: 'every kind of edit under live traffic',
    // Runs alone, because other load makes the proxy lose datagrams.
    run: { vitest: ['--project=hitless', '--no-file-parallelism'] },
    missing: needsLinux,
  },
  {
    name: 'cluster',
    description: 'on a real Kubernetes control plane, with real kubectl and helm',
    // Each file has a cluster, and many mostly wait for timeouts.
    run: { vitest: ['--project=cluster', '--maxWorkers=4'] },
    missing: () => needsLinux() ?? needsGo() ?? needsClusterTools(),
  },
]

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
