/** Finds the processes of pods that this process runs, directly or indirectly. */
import { readdir, readFile, readlink } from 'node:fs/promises'

/** Kills all processes of a pod (`NAMESPACE/NAME`), as in a crash. */
export async function killPod(key: string): Promise<void> {
  return signalPod(key, 'SIGKILL')
}

/** Sends a signal to all processes of a pod: those with its name as HOSTNAME. */
export async function signalPod(key: string, signal: NodeJS.Signals): Promise<void> {
  const host = `HOSTNAME=${key.slice(key.indexOf('/') + 1)}`
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = (await Promise.all(ids.map(async id => ((await isOurs(id, host)) ? id : undefined)))).filter(
    id => id !== undefined,
  )
  if (found.length === 0) throw new Error(`no process of ${key} is running`)
  for (const id of found) process.kill(id, signal)
}

async function isOurs(id: number, host: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${id}/environ`, 'utf8')
    return environment.split('\0').includes(host) && (await isBelow(id)) && (await readlink(`/proc/${id}/exe`)) !== ''
  } catch {
    // It has exited, or belongs to another user.
    return false
  }
}

async function isBelow(id: number): Promise<boolean> {
  if (id === process.pid) return true
  if (id <= 1) return false
  const status = await readFile(`/proc/${id}/status`, 'utf8')
  return isBelow(Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0))
}
