#!/usr/bin/env node
/** The program `l7mesh`: hands the process to the commands, which touch nothing of it by themselves. */
import { text } from 'node:stream/consumers'
import type { WriteStream } from 'node:tty'
import { runCli } from './cli/program.ts'
import type { Output, Signal, World } from './cli/world.ts'
import { readSettings } from './config.ts'
import { connect } from './converge/connect.ts'

const SIGNALS: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

const settings = readSettings(process.env)
const world: World = {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  stdin: () => text(process.stdin),
  settings,
  onSignal: callback => {
    for (const signal of SIGNALS) process.on(signal, callback)
    return () => {
      for (const signal of SIGNALS) process.off(signal, callback)
    }
  },
  connect: proxy => connect(proxy, settings.token === undefined ? {} : { token: settings.token }),
  quit: code => process.exit(code),
  now: () => Date.now(),
}

/** Whoever reads the output may stop to (`l7mesh status | head`): then there is nobody left to tell anything. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2))

process.exitCode = await runCli(process.argv.slice(2), world)

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
