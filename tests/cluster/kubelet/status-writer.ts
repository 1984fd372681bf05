/** Writes the latest status of one pod: one write at a time, skipping outdated ones, with retries. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { KubeClient } from '../../../operator/src/kube/kube-client.ts'
import { KubeError } from '../../../operator/src/kube/kube-error.ts'
import type { ApiPod } from './api.ts'
import type { PodStatus } from './pod-status.ts'

export type StatusWriter = {
  write(status: PodStatus): void
  /** Resolves when the last status has been written, or cannot be written any more. */
  flush(): Promise<void>
}

const PAUSE_MS = 300

export function statusWriter(client: KubeClient, { metadata }: ApiPod, signal: AbortSignal): StatusWriter {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`
  let newest: PodStatus | undefined
  let written: PodStatus | undefined
  let gone = false
  let writing: Promise<void> | undefined
  const patch = (status: PodStatus) =>
    client.request({
      method: 'PATCH',
      path,
      contentType: 'application/strategic-merge-patch+json',
      // A later pod of the same name is a different one.
      body: { metadata: { uid: metadata.uid }, status },
      signal,
    })
  const isDue = () => !gone && !signal.aborted && !isDeepStrictEqual(newest, written)
  const work = async () => {
    while (newest !== undefined && isDue()) {
      const status = newest
      try {
        await patch(status)
        written = status
      } catch (error) {
        gone = error instanceof KubeError && error.code === 'not-found'
        if (!gone) await sleep(PAUSE_MS, undefined, { signal }).catch(() => {})
      }
    }
  }
  const begun = () => {
    writing ??= work().finally(() => {
      writing = undefined
    })
    return writing
  }
  return {
    write(status) {
      newest = status
      void begun()
    },
    async flush() {
      while (isDue()) await begun()
    },
  }
}
