/** The target and the options of a cleanup, for clusters, folders and addresses. */
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

/** The proxies, and how to prevent operators from recreating the removed objects. */
export type CleanupTarget = {
  readonly proxies: readonly ProxyRef[]
  readonly reach: ProxyReach
  whileLeading(use: (mayWrite: MayWrite) => Promise<readonly CleanupResult[]>): Promise<readonly CleanupResult[]>
}

export type CleanupResult = { readonly proxy: ProxyRef; readonly calls: number; readonly error: string | undefined }
