#!/usr/bin/env node
/** The program `l7mesh`: connects the commands to the process, which they do not access otherwise. */
import { lookup } from 'node:dns/promises'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import type { WriteStream } from 'node:tty'
import type { ProcessIO, Signal } from './cli/process/process-io.ts'
import { runCli } from './cli/program.ts'
import { createConnect } from './converge/connect.ts'
import type { Output } from './report/text/output.ts'
import { readSettings } from './settings/environment.ts'

const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

process.exitCode = await runCli(process.argv.slice(2), processIO())

function processIO(): ProcessIO {
  const settings = readSettings(process.env)
  const connect = createConnect()
  const listeners = new Set<(signal: Signal) => void>()
  endWithOutput(listeners)
  return {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    stdin: () => text(process.stdin),
    ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
    settings,
    onSignal: callback => onSignal(listeners, callback),
    quit: code => process.exit(code),
    connect: (proxy, options) => connect(proxy, { credentials: () => settings.token, ...options }),
    lookup: name => lookup(name, { all: true }),
    now: () => Date.now(),
  }
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

type SignalListener = (signal: Signal) => void

function onSignal(listeners: Set<SignalListener>, callback: SignalListener): () => void {
  listeners.add(callback)
  for (const signal of SIGNALS) process.on(signal, callback)
  return () => {
    listeners.delete(callback)
    for (const signal of SIGNALS) process.off(signal, callback)
  }
}

/**
 * The reader of the output may exit (`l7mesh status | head`), and a terminal may be closed: then a short command exits,
 * and a long-running one shuts down as after a signal.
 */
function endWithOutput(listeners: ReadonlySet<SignalListener>): void {
  const streams = [process.stdout, process.stderr]
  const outputLost = (error: NodeJS.ErrnoException) => {
    for (const stream of streams) stream.off('error', outputLost).on('error', () => {})
    if (listeners.size === 0) process.exit(error.code === 'EPIPE' ? 0 : 2)
    for (const listener of listeners) listener('SIGHUP')
  }
  for (const stream of streams) stream.on('error', outputLost)
}

function output(stream: WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    size: () => (stream.isTTY ? { columns: stream.columns, rows: stream.rows } : undefined),
    write: chunk => void stream.write(chunk),
    onResize: callback => {
      stream.on('resize', callback)
      return () => void stream.off('resize', callback)
    },
  }
}
