/** `l7mesh validate PATH...`: says offline what is wrong with manifests, for people and for CI. */
import { createValidator } from '@l7mesh/crds'
import { Command } from 'commander'
import type { Cli } from './command.ts'
import { CommandError, type ExitCode } from './exit.ts'
import { type Format, formatOption, show } from './format.ts'
import { readManifestFiles } from './manifest-files.ts'
import type { Style } from './style.ts'
import { addTranslationOptions, type TranslationOptions, translator } from './translation.ts'
import { type Complaint, judge } from './verdict.ts'
import { count } from './words.ts'
import type { World } from './world.ts'

type ValidateOptions = TranslationOptions & { readonly output: Format; readonly strict?: boolean }

export function validateCommand({ world, exit }: Cli): Command {
  const command = new Command('validate')
    .summary('Say offline what is wrong with manifests.')
    .description(
      'Say what is wrong with manifests, offline: what an API server would refuse, and what would not work on a proxy. ' +
        'Every finding has a code that never changes its meaning. Exit code 0: no errors; 1: some; 2: not validated.',
    )
    .argument('<path...>', 'files, folders, or - for the standard input')
    .option('--strict', 'take warnings for errors')
    .addOption(formatOption())
  return addTranslationOptions(command).action(async (paths: readonly string[], options: ValidateOptions) => {
    exit(await validate(paths, options, world))
  })
}

async function validate(paths: readonly string[], options: ValidateOptions, world: World): Promise<ExitCode> {
  const files = await readManifestFiles(paths, world)
  const { objects, complaints } = judge(files, {
    validate: createValidator().validate,
    translate: translator(options),
  })
  if (objects + complaints.length === 0) throw nothingFound(paths)
  const findings = options.strict ? complaints.map(asError) : complaints
  const summary = { files: files.length, objects, ...severities(findings) }
  show(world, options.output, { ...summary, findings }, style => [
    ...findings.flatMap(finding => lines(finding, style)),
    summaryLine(summary, style),
  ])
  return summary.errors > 0 ? 1 : 0
}

function nothingFound(paths: readonly string[]): CommandError {
  const help = 'Manifests are in files that end in .yaml, .yml or .json, or in any file that is named.'
  return new CommandError(`no manifests in ${paths.join(', ')}`, { help })
}

function asError(complaint: Complaint): Complaint {
  return { ...complaint, severity: 'error' }
}

type Summary = {
  readonly files: number
  readonly objects: number
  readonly errors: number
  readonly warnings: number
}

function severities(findings: readonly Complaint[]): Pick<Summary, 'errors' | 'warnings'> {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return { errors, warnings: findings.length - errors }
}

/** In the form that editors and CI systems know from compilers. */
function lines({ where, severity, code, object, path, message, help }: Complaint, style: Style): readonly string[] {
  const level = severity === 'error' ? style.bad(severity) : style.warn(severity)
  const subject = [object, path].filter(part => part !== undefined).join(' ')
  const line = `${style.strong(where)}: ${level} ${code}: ${subject === '' ? '' : `${subject}: `}${message}`
  return help === undefined ? [line] : [line, `    ${style.quiet(help)}`]
}

function summaryLine({ files, objects, errors, warnings }: Summary, style: Style): string {
  const found = [
    ...(errors > 0 ? [style.bad(count(errors, 'error'))] : []),
    ...(warnings > 0 ? [style.warn(count(warnings, 'warning'))] : []),
  ]
  const result = found.length > 0 ? found.join(', ') : style.good('nothing is wrong')
  return `${count(objects, 'object')} in ${count(files, 'file')}: ${result}`
}
