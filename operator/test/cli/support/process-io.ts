/** A ProcessIO for tests of commands: records their output, and sends signals by a call. */

import type { ExitCode } from '../../../src/cli/process/exit-codes.ts'
import type { ProcessIO, Signal } from '../../../src/cli/process/process-io.ts'
import { runCli } from '../../../src/cli/program.ts'
import { connect } from '../../../src/converge/connect.ts'
import type { Output } from '../../../src/report/text/output.ts'
import { readSettings } from '../../../src/settings/environment.ts'

export type TestIO = ProcessIO & {
  /** All that was written so far. */
  out(): string
  err(): string
  send(signal: Signal): void
}

export type TestIOOptions = {
  readonly variables?: Readonly<Record<string, string>>
  /** Makes both outputs a terminal of that size. */
  readonly terminal?: { readonly columns: number; readonly rows: number }
  readonly stdin?: string
  /** The answer to every prompt. Default: no prompt is possible. */
  readonly answer?: string
  /** Default: every name has an address. */
  readonly lookup?: ProcessIO['lookup']
}

export function testIO({ variables = {}, terminal, stdin = '', answer, lookup }: TestIOOptions = {}): TestIO {
  const listeners = new Set<(signal: Signal) => void>()
  const [stdout, stderr] = [keeper(terminal), keeper(terminal)]
  const settings = readSettings({ PATH: '/usr/bin:/bin', ...variables })
  return {
    stdout,
    stderr,
    stdin: async () => stdin,
    ask:
      answer === undefined
        ? undefined
        : async question => {
            stderr.write(question)
            return answer
          },
    settings,
    onSignal(callback) {
      listeners.add(callback)
      return () => void listeners.delete(callback)
    },
    quit(code) {
      throw new Error(`quit with ${code}`)
    },
    connect: (proxy, options) => connect(proxy, { credentials: () => settings.token, ...options }),
    lookup: lookup ?? (async () => [{ family: 4 }]),
    now: () => Date.now(),
    out: stdout.written,
    err: stderr.written,
    send: signal => {
      for (const listener of listeners) listener(signal)
    },
  }
}

function keeper(terminal: TestIOOptions['terminal']): Output & { written(): string } {
  let text = ''
  return {
    isTerminal: terminal !== undefined,
    size: () => terminal,
    write(chunk) {
      text += chunk
    },
    onResize: () => () => {},
    written: () => text,
  }
}

export type Ended = { readonly code: ExitCode; readonly out: string; readonly err: string }

/** Runs a command line to its end. */
export async function l7mesh(argv: readonly string[], options: TestIOOptions = {}): Promise<Ended> {
  const io = testIO(options)
  const code = await runCli(argv, io)
  return { code, out: io.out(), err: io.err() }
}
