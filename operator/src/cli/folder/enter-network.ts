/** Enters the network of a running `up --netns`, outside of which its proxies are unreachable. */
import { readFileSync, readlinkSync } from 'node:fs'
import { INSIDE_NETNS } from '../../local/network/netns.ts'
import { messageOf, UserError } from '../../user-error.ts'
import type { ProcessIO } from '../process/process-io.ts'
import type { RunState } from './run-state.ts'

/** Re-executes this process in that network, with the same arguments and the same PID, unless it is already there. */
export function enterNetwork({ pid, netns }: RunState, { settings }: ProcessIO): void {
  const { variables } = settings
  if (!netns || variables[INSIDE_NETNS] !== undefined) return
  if (process.execve === undefined) {
    const help = `Use Node.js 22.15 or newer; this is ${process.version}.`
    throw new UserError('this Node.js cannot enter the network of the mesh', { help })
  }
  const words = [...nsenterCommand(pid), process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve('/bin/sh', ['sh', '-c', 'exec "$@"', 'sh', ...words], { ...variables, [INSIDE_NETNS]: '1' })
}

/** The command with which another shell enters the network of this process. */
export function enterCommand(): string {
  // In the initial user namespace, all IDs map to themselves.
  const isFirst = /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'))
  return `nsenter --target ${process.pid}${isFirst ? '' : ' --user --preserve-credentials'} --net`
}

function nsenterCommand(pid: number): readonly string[] {
  try {
    const isOwnUser = readlinkSync('/proc/self/ns/user') === readlinkSync(`/proc/${pid}/ns/user`)
    const user = isOwnUser ? [] : ['--user', '--preserve-credentials']
    return ['nsenter', '--target', String(pid), ...user, '--net']
  } catch (error) {
    const message = `cannot enter the network of process ${pid}: ${messageOf(error)}`
    throw new UserError(message, { help: 'Run the command as the user who runs the mesh.', cause: error })
  }
}
