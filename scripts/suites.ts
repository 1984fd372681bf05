/** The test suites of this project, in the order in which they run, and what each needs of the machine. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Suite = {
  readonly name: string
  readonly what: string
  /** Arguments for `vitest run`, whose projects stand in vitest.config.ts, or a script to run by itself. */
  readonly run: { readonly vitest: readonly string[] } | { readonly script: string }
  /** Its files may take turns with those of the suite before it. Default: no, it begins when that one is over */
  readonly mixes?: true
  /** Why this machine cannot run it; undefined when it can. */
  readonly missing: () => string | undefined
}

const always = () => undefined

function needsLinux(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux: loopback addresses, network namespaces, /proc'
  const lacking = ['ip', 'unshare', 'mount'].filter(program => !isInstalled(program))
  return lacking.length === 0 ? undefined : `it needs ${lacking.join(', ')} (packages iproute2, util-linux, mount)`
}

function needsGo(): string | undefined {
  return isInstalled('go') ? undefined : 'it needs Go, which builds Kubernetes and helm once: https://go.dev/dl'
}

function needsClusterTools(): string | undefined {
  const lacking = ['nsenter', 'setpriv', 'openssl'].filter(program => !isInstalled(program))
  return lacking.length === 0 ? undefined : `it needs ${lacking.join(', ')} (packages util-linux, openssl)`
}

export const SUITES: readonly Suite[] = [
  {
    name: 'check',
    what: 'types, lint, unused code, freshness of what is generated',
    run: { script: 'scripts/lint.ts' },
    missing: always,
  },
  {
    name: 'unit',
    what: 'each package by itself',
    run: { vitest: ['--project=unit'] },
    missing: always,
  },
  {
    name: 'helm',
    what: 'the charts and their images, with a real helm',
    run: { vitest: ['--project=helm'] },
    mixes: true,
    missing: needsGo,
  },
  {
    name: 'mesh',
    what: 'across packages, with real l7mp proxies and real packets',
    run: { vitest: ['--project=mesh'] },
    mixes: true,
    missing: needsLinux,
  },
  {
    name: 'hitless',
    what: 'every kind of edit under live traffic',
    // By itself: what else the machine does costs the proxy datagrams.
    run: { vitest: ['--project=hitless', '--no-file-parallelism'] },
    missing: needsLinux,
  },
  {
    name: 'cluster',
    what: 'on a real Kubernetes control plane, with real kubectl and helm',
    // Each file has a cluster, and many mostly wait: for leases, for nodes that are gone, for nothing to happen.
    run: { vitest: ['--project=cluster', '--maxWorkers=4'] },
    missing: () => needsLinux() ?? needsGo() ?? needsClusterTools(),
  },
]

/** True where a program is on the PATH. */
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
