/** Runs a program of an example as its container would, for the tests of that program alone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'

export type Program = AsyncDisposable & {
  /** The first line that it printed: that it is ready, and where. */
  readonly ready: string
}

/** Starts `file` with node in its own folder, at 127.0.0.1, and waits for its first line. Rejects where it ends first. */
export async function startProgram(file: string, args: readonly string[]): Promise<Program> {
  const env = { ...process.env, POD_IP: '127.0.0.1', POD_NAME: 'this-pod' }
  const child = spawn(process.execPath, [file, ...args], { cwd: dirname(file), env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'exit')
  let complaints = ''
  child.stderr.on('data', text => (complaints += text))
  const ended = exit.then(() => Promise.reject(new Error(`${file} ended: ${complaints}`)))
  const [ready] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  return {
    ready: String(ready),
    async [Symbol.asyncDispose]() {
      ended.catch(() => {})
      child.kill()
      await exit
    },
  }
}

/** The port in a first line like `dns: answering on 127.0.0.1:10053 from zone.txt`. */
export function portOf({ ready }: Program): number {
  const port = Number(/:(\d+)(?!.*:\d)/.exec(ready)?.[1])
  if (!Number.isInteger(port)) throw new Error(`no port in "${ready}"`)
  return port
}
