/**
 * Tracks the last change and its latency until the proxies have it: `dns.yaml saved → on 2 proxies in 14 ms`. Consumes
 * every report of the loop. Pure except for its own state.
 */
import { relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { PhaseCounts, ProxyState } from '../../converge/state.ts'
import type { Pod } from '../../kinds/core-types.ts'
import { objectKey } from '../../sources/manifest.ts'
import type { ByName } from '../../sources/snapshot.ts'
import { count, duration } from '../formatting.ts'
import type { AppReport } from '../report.ts'

/** A change that has been applied to the proxies. */
export type AppliedChange = {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly what: string
  /** The number of proxies that needed a round. */
  readonly proxies: number
  /** From the change to its read-back on the last proxy, in milliseconds. */
  readonly took: number
  /** The number of proxies that have not converged. */
  readonly missing: number
}

export type ChangesOptions = {
  readonly now: () => number
  /** When a file was last saved, in milliseconds since the epoch; undefined if unknown. */
  readonly savedAt: (file: string) => number | undefined
  /** The folder, for relative file names. */
  readonly folder: string
}

type Pending = {
  readonly causes: ReadonlySet<string>
  /** A file was saved, so the outcome is shown even if no proxy needed a change. */
  readonly isSaved: boolean
  readonly since: number
  readonly seen: number
}

/** Returns a function that consumes reports and returns the change that was just applied, if any. */
export function trackChanges(options: ChangesOptions): (report: AppReport) => AppliedChange | undefined {
  let before: AppReport | undefined
  let pending: Pending | undefined
  return report => {
    const news = report.snapshot ? newsOf(before, report, options) : undefined
    if (report.snapshot) before = report
    if (news) pending = merged(pending, news)
    if (!pending || !isSettled(report.phases)) return undefined
    const change = changeOf(pending, report.proxies, options.now())
    const isWorthTelling = change.proxies > 0 || pending.isSaved
    pending = undefined
    return isWorthTelling ? change : undefined
  }
}

function merged(pending: Pending | undefined, news: Pending): Pending {
  if (!pending) return news
  const isSaved = pending.isSaved || news.isSaved
  return { ...pending, causes: pending.causes.union(news.causes), isSaved }
}

function isSettled({ unknown, converging }: PhaseCounts): boolean {
  return unknown + converging === 0
}

function newsOf(before: AppReport | undefined, after: AppReport, options: ChangesOptions): Pending | undefined {
  const seen = options.now()
  if (!before) return undefined
  const files = new Set([...changedFiles(before, after), ...fixedFiles(before, after)])
  const pods = changedPods(before.snapshot?.pods ?? new Map(), after.snapshot?.pods ?? new Map())
  const refused = rejectedFiles(before, after)
  if (files.size + refused.length + pods.length === 0) return undefined
  const names = [
    ...[...files].map(file => `${relative(options.folder, file)} saved`),
    ...refused.map(file => `${relative(options.folder, file)} rejected`),
  ]
  const saved = Math.min(...[...files].map(file => options.savedAt(file) ?? seen), seen)
  // A file can have an old modification time, for example if it was copied: then the time of its observation is used.
  const causes = new Set([...names, ...pods])
  return { causes, isSaved: files.size + refused.length > 0, since: seen - saved < PLAUSIBLE ? saved : seen, seen }
}

/** The maximum plausible delay between saving a file and observing it, in milliseconds. */
const PLAUSIBLE = 1000

function changedFiles(before: AppReport, after: AppReport): readonly string[] {
  if (before.manifests === after.manifests) return []
  const [old, fresh] = [before.located(), after.located()]
  const files = new Set<string>()
  const held = new Map(before.manifests.map(manifest => [objectKey(manifest), manifest]))
  for (const manifest of after.manifests) {
    const key = objectKey(manifest)
    if (held.get(key) !== manifest) files.add(fileOf(fresh.get(key)))
    held.delete(key)
  }
  for (const key of held.keys()) files.add(fileOf(old.get(key)))
  files.delete('')
  return [...files]
}

/** Files with resources whose current version is valid again. */
function fixedFiles(before: AppReport, after: AppReport): readonly string[] {
  if (before.rejected === after.rejected) return []
  const places = after.located()
  const fixed = [...before.rejected.keys()].filter(key => !after.rejected.has(key) && places.has(`l7mp.io/${key}`))
  return fixed.map(key => fileOf(places.get(`l7mp.io/${key}`)))
}

/** Files with resources that were saved with a different mistake. */
function rejectedFiles(before: AppReport, after: AppReport): readonly string[] {
  if (before.rejected === after.rejected) return []
  const places = after.located()
  const fresh = [...after.rejected].filter(([key, findings]) => !isDeepStrictEqual(before.rejected.get(key), findings))
  return [...new Set(fresh.map(([key]) => fileOf(places.get(`l7mp.io/${key}`))))]
}

/** The FILE of FILE:LINE. */
export function fileOf(where = ''): string {
  return where.replace(/:\d+$/, '')
}

/** Pods that became ready or not ready, or were deleted: the pod changes that affect proxies. */
function changedPods(before: ByName<Pod>, after: ByName<Pod>): readonly string[] {
  if (before === after) return []
  const changed: string[] = []
  for (const [key, pod] of after) {
    const [was, is] = [isServing(before.get(key)), isServing(pod)]
    if (was !== is) changed.push(`pod ${key} ${is ? 'ready' : 'not ready'}`)
  }
  for (const [key, pod] of before) if (isServing(pod) && !after.has(key)) changed.push(`pod ${key} deleted`)
  return changed
}

function isServing(pod: Pod | undefined): boolean {
  const ready = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  return ready === true && pod?.metadata.deletionTimestamp === undefined
}

function changeOf(
  { causes, since, seen }: Pending,
  proxies: ReadonlyMap<string, ProxyState>,
  now: number,
): AppliedChange {
  const runs = [...proxies.values()].flatMap(({ lastRun }) => (lastRun && lastRun.at >= seen ? [lastRun.at] : []))
  return {
    at: now,
    what: whatOf([...causes]),
    proxies: runs.length,
    took: Math.max(...runs, since) - since,
    missing: [...proxies.values()].filter(({ phase }) => phase !== 'converged').length,
  }
}

function whatOf(causes: readonly string[]): string {
  const shown = causes.slice(0, 2).join(', ')
  return causes.length > 2 ? `${shown} and ${causes.length - 2} more` : shown
}

export function changeText({ what, proxies, took, missing }: AppliedChange): string {
  const arrived =
    proxies === 0 ? 'no proxy needs a change' : `on ${count(proxies, 'proxy', 'proxies')} in ${duration(took)}`
  return `${what} → ${arrived}${missing > 0 ? `; ${count(missing, 'proxy has', 'proxies have')} not converged` : ''}`
}
