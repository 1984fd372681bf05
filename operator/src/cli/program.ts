/** The program with all commands, and its exit: an exit code, and on failure an error message with a hint. */
import { Command, CommanderError } from 'commander'
import { styleFor } from '../report/text/style.ts'
import { VARIABLES } from '../settings/environment.ts'
import { UserError } from '../user-error.ts'
import { cleanupCommand } from './cleanup/cleanup-command.ts'
import { collectCommand } from './collect/collect-command.ts'
import { completionCommand } from './completion.ts'
import { configCommand } from './inspect/config-command.ts'
import { diffCommand } from './inspect/diff-command.ts'
import { statusCommand } from './inspect/status-command.ts'
import type { Cli } from './process/command.ts'
import { EXIT_CODES, type ExitCode } from './process/exit-codes.ts'
import type { ProcessIO } from './process/process-io.ts'
import { runCommand } from './run/run-command.ts'
import { upCommand } from './up/up-command.ts'
import { validateCommand } from './validate/validate-command.ts'
import { versionCommand, versionLine } from './version-command.ts'

/** `argv` excludes the program itself. Rejects only for internal errors. */
export async function runCli(argv: readonly string[], io: ProcessIO): Promise<ExitCode> {
  let code: ExitCode = 0
  const program = createProgram({ io, exit: ended => (code = ended) })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    return failed(error, io)
  }
}

/** Has no effect on the process before a command runs. */
export function createProgram(cli: Cli): Command {
  const { stdout, stderr } = cli.io
  const program = new Command('l7mesh')
    .description('The control plane of the l7mp service mesh, in a cluster or on one machine.')
    .helpCommand('help [command]', 'Show help for a command.')
    .helpOption('-h, --help', 'show this help')
    .version(versionLine(), '--version', 'show versions')
    .exitOverride()
    .configureOutput({
      writeOut: text => stdout.write(text),
      writeErr: text => stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(stdout.size()?.columns ?? 100, 100),
      getErrHelpWidth: () => Math.min(stderr.size()?.columns ?? 100, 100),
    })
    .addHelpText('after', epilogue)
  const commands = [
    upCommand,
    runCommand,
    statusCommand,
    diffCommand,
    configCommand,
    validateCommand,
    collectCommand,
    cleanupCommand,
  ]
  for (const command of [...commands, versionCommand]) program.addCommand(command(cli).copyInheritedSettings(program))
  program.addCommand(completionCommand(cli, program).copyInheritedSettings(program))
  return program
}

function epilogue(): string {
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code.padEnd(13)} ${meaning}`)
  const variables = Object.entries(VARIABLES).map(([name, meaning]) => `  ${name.padEnd(13)} ${meaning}`)
  return `\nExit codes:\n${codes.join('\n')}\n\nEnvironment:\n${variables.join('\n')}`
}

function failed(error: unknown, io: ProcessIO): ExitCode {
  if (error instanceof CommanderError) return invalidUsage(error, io)
  if (error instanceof UserError) {
    printError(io, error.message, error.help)
    return 2
  }
  throw error
}

/** Commander also reports help and versions as errors. */
function invalidUsage(error: CommanderError, io: ProcessIO): ExitCode {
  if (error.exitCode === 0) return 0
  // `l7mesh` without arguments: the help was shown.
  if (error.code === 'commander.help') return 2
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  printError(io, suggestion ? `${message} ${suggestion}` : message, 'See l7mesh --help, or l7mesh help COMMAND.')
  return 2
}

function printError(io: ProcessIO, message: string, help: string): void {
  const style = styleFor(io, io.stderr)
  io.stderr.write(`${style.bad('l7mesh:')} ${message}\n${style.quiet(`        ${help}`)}\n`)
}
