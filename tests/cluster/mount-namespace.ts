/**
 * The cluster's own view of this machine's file system, made in the mount namespace that this process stands in: nothing
 * of it is seen outside, and it is gone with the last process of the cluster.
 *
 * `/run` is empty and the cluster's own, so that what pods have at /var/run (the tokens of their service accounts) never
 * touches the machine's; and the repository can be read there by every user, wherever it lies.
 */
import { execFile } from 'node:child_process'
import { chmod, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { INSIDE_NETNS } from '../../operator/src/local/network/netns.ts'

export type MountNamespace = {
  /** A folder that every user may read. */
  readonly open: string
  /** The path by which every user may read a file of the repository; another file's path stays as it is. */
  readable(path: string): Promise<string>
  leave(): Promise<void>
}

const run = promisify(execFile)
const OPEN = '/run/l7mesh'

/** Rejects where this process does not stand in namespaces of its own. */
export async function enterMountNamespace(): Promise<MountNamespace> {
  if (process.env[INSIDE_NETNS] === undefined) {
    throw new Error(
      'a cluster needs network and mount namespaces of its own: tests in tests/cluster are given them by vitest.config.ts, other programs call enterNetns',
    )
  }
  const repository = await realpath(fileURLToPath(new URL('../..', import.meta.url)))
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run'])
  const seen = join(OPEN, 'repository')
  await mkdir(seen, { recursive: true })
  await chmod(OPEN, 0o755)
  await run('mount', ['--bind', repository, seen])
  return {
    open: OPEN,
    async readable(path) {
      const real = await realpath(path)
      return real.startsWith(`${repository}/`) ? join(seen, real.slice(repository.length)) : real
    },
    async leave() {
      await run('umount', ['--recursive', '--lazy', '/run'])
    },
  }
}
