/**
 * How long to wait before a container that has exited starts again. The kubelet waits 10 s and doubles up to 5 min;
 * on one's own machine, where the mistake is mended a moment later, everything is shorter.
 */
const FIRST_MS = 200
const LONGEST_MS = 10_000
/** A container that ran this long has recovered: its next exit counts as the first. */
const RECOVERED_MS = 10_000

/** `previousMs` is the last wait, 0 before the first; `ranMs` is how long the container ran since. */
export function nextBackoff(previousMs: number, ranMs: number): number {
  if (previousMs === 0 || ranMs >= RECOVERED_MS) return FIRST_MS
  return Math.min(previousMs * 2, LONGEST_MS)
}
