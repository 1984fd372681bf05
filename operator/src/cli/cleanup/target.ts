/** What a cleanup is about, wherever its proxies are found, and how it is called. */
import type { MayWrite } from '../../converge/leader-gate.ts'
import type { ProxyRef } from '../../translate/desired.ts'
import type { ClusterAccessOptions } from '../cluster/cluster-access.ts'
import type { ProxyReach } from '../inspect/inspect-proxies.ts'
import type { Address } from '../options/address.ts'

export type CleanupOptions = ClusterAccessOptions & {
  readonly proxy?: readonly Address[]
  readonly namespace?: readonly string[]
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly force?: boolean
  readonly finalizers?: boolean
  readonly lease?: string
  readonly leaseNamespace?: string
  /** In milliseconds. */
  readonly wait: number
}

/** Which proxies, and how it is made sure that nobody puts back what is taken off. */
export type Target = {
  readonly proxies: readonly ProxyRef[]
  readonly reach: ProxyReach
  whileLeading(use: (mayWrite: MayWrite) => Promise<readonly Cleaned[]>): Promise<readonly Cleaned[]>
}

export type Cleaned = { readonly proxy: ProxyRef; readonly calls: number; readonly error: string | undefined }
