/**
 * The cluster's view of the file system, in the mount namespace of this process: it is invisible from outside, and
 * disappears with the last process of the cluster.
 *
 * `/run` is empty and private, so that files of pods in /var/run (the tokens of their service accounts) do not affect
 * the machine; and the repository is readable for every user, wherever it is.
 */
import { execFile } from 'node:child_process'
import { chmod, mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { INSIDE_NETNS } from '../../operator/src/local/network/netns.ts'

export type MountNamespace = {
  /** A folder that every user can read. */
  readonly open: string
  /** The path by which every user can read a file of the repository; paths of other files are unchanged. */
  readable(path: string): Promise<string>
  leave(): Promise<void>
}

const run = promisify(execFile)
const OPEN = '/run/l7mesh'

/** Rejects if this process is not in private namespaces. */
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
