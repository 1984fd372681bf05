/** The option `--status-dir` of the commands that reconcile proxies. */
import { mkdir, realpath } from 'node:fs/promises'
import { relative } from 'node:path'
import { openStatusDir } from '../../report/folder/status-files.ts'
import type { Log } from '../../report/log/log.ts'
import { ownerUpdates } from '../../report/owners.ts'
import type { AppReport } from '../../report/report.ts'
import { messageOf, UserError } from '../../user-error.ts'

export type StatusWriter = { write(report: AppReport): void; close(what: 'keep' | 'remove'): Promise<void> }

const NO_WRITER: StatusWriter = { write: () => {}, close: async () => {} }

/** Throws a UserError if the folder cannot be used. `folder`: the folder of manifests, if there is one. */
export async function statusWriter(
  dir: string | undefined,
  folder: string | undefined,
  log: Log,
): Promise<StatusWriter> {
  if (dir === undefined) return NO_WRITER
  const onError = (error: unknown) =>
    log({ level: 'warn', text: `cannot write status: ${messageOf(error)}`, fields: { dir } })
  try {
    await mkdir(dir, { recursive: true })
    if (folder !== undefined) await checkOutside(dir, folder)
    const files = await openStatusDir(dir, { now: () => new Date(), onError })
    return {
      write: report => {
        const statuses = report.statuses()
        const owners = report.snapshot ? ownerUpdates(report.snapshot, statuses) : []
        files.write({ statuses, proxies: report.proxies, owners })
      },
      close: what => files.close(what),
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`cannot write to ${dir}: ${messageOf(error)}`, {
      help: 'Give another --status-dir.',
      cause: error,
    })
  }
}

/** In the folder of manifests, status files would be read as manifests. */
async function checkOutside(dir: string, folder: string): Promise<void> {
  const way = relative(await realpath(folder), await realpath(dir))
  if (way.startsWith('..') || way.split(/[\\/]/).some(part => part.startsWith('.'))) return
  throw new UserError(`${dir} is inside the folder of manifests`, {
    help: 'Use a --status-dir outside the folder of manifests.',
  })
}
