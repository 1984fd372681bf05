/** Operators as processes next to a cluster, whose logs are recorded and which can be stopped, killed and suspended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from '../../support/until.ts'

export type LogLine = { readonly level: string; readonly msg: string; readonly [field: string]: unknown }

export type OperatorProcess = {
  readonly id: number | undefined
  readonly isRunning: boolean
  /** Its log so far. */
  readonly lines: readonly LogLine[]
  /** Resolves when it has logged a matching line since `from`, by default since its start. */
  logged(text: RegExp, from?: number): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL'): void
  /** Its exit code. */
  ended(): Promise<number | null>
  /** Kills it, if it is still running. */
  end(): Promise<void>
}

/** The lease for tests of other things: an operator leads a few seconds after its start. */
export const SHORT_LEASE = ['--lease-duration=2s', '--lease-renew-deadline=1500ms', '--lease-renew-every=500ms']

export type OperatorPlace = {
  readonly kubeconfig: string
  readonly program: string
  /** The command prefix that runs the operator in another network. Default: this one. */
  readonly within?: (words: readonly string[]) => readonly string[]
}

export function startOperator(
  { kubeconfig, program, within = words => words }: OperatorPlace,
  name: string,
  ...flags: readonly string[]
): OperatorProcess {
  const run = [program, 'run', '--source=kubernetes', `--kubeconfig=${kubeconfig}`, '--log=json', ...flags]
  // It is killed when the tests end for any reason.
  const [file = '', ...args] = within(['setpriv', '--pdeathsig=KILL', '--', process.execPath, ...run])
  const child = spawn(file, args, {
    env: { ...process.env, POD_NAME: name },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: LogLine[] = []
  createInterface({ input: child.stdout }).on('line', line => lines.push(JSON.parse(line)))
  createInterface({ input: child.stderr }).on('line', line => lines.push({ level: 'stderr', msg: line }))
  return {
    id: child.pid,
    get isRunning() {
      return child.exitCode === null && child.signalCode === null
    },
    lines,
    async logged(text, from = 0) {
      const seen = () => lines.slice(from).some(({ msg }) => text.test(msg))
      await until(`${name} logs ${text}`, seen).catch(error => {
        throw new Error(`${error.message}; it logged:\n${lines.map(({ msg }) => msg).join('\n')}`, { cause: error })
      })
    },
    signal: signal => void child.kill(signal),
    ended: () => ended(child),
    async end() {
      child.kill('SIGKILL')
      await ended(child)
    },
  }
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}
