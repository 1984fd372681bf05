/**
 * `l7mesh validate [PATH...]`: reports mistakes in manifests or in the resources of a cluster, for people and for CI.
 */
import { createValidator } from '@l7mesh/crds'
import { Command } from 'commander'
import { count } from '../../report/formatting.ts'
import type { Style } from '../../report/text/style.ts'
import { UserError } from '../../user-error.ts'
import {
  addClusterOptions,
  addNamespaceOptions,
  type ClusterAccess,
  type ClusterAccessOptions,
  type NamespaceOptions,
  namespaceOf,
  refuseClusterOptions,
  withCluster,
} from '../cluster/cluster-access.ts'
import { observeWholeCluster } from '../cluster/observe-cluster.ts'
import { readManifestFiles } from '../folder/manifest-files.ts'
import { type Format, formatOption, show } from '../options/format.ts'
import { addTranslationOptions, type TranslationOptions, translator } from '../options/translation.ts'
import type { Cli } from '../process/command.ts'
import type { ExitCode } from '../process/exit-codes.ts'
import type { ProcessIO } from '../process/process-io.ts'
import { validateClusterResources } from './validate-cluster.ts'
import { type CodedFinding, type ValidationResult, validateFiles } from './validate-files.ts'

type ValidateOptions = TranslationOptions &
  ClusterAccessOptions &
  NamespaceOptions & { readonly output: Format; readonly strict?: boolean }

export function validateCommand({ io, exit }: Cli): Command {
  const command = new Command('validate')
    .summary('Validate manifests, or the resources of a cluster.')
    .description(
      'Validate manifests offline: report what an API server would reject, and what would not work on a proxy. ' +
        'Without a path, the resources of a cluster are validated. ' +
        'Every finding has a code that never changes its meaning. Exit code 0: no errors; 1: errors; 2: validation failed.',
    )
    .argument('[path...]', 'files, folders, or - for the standard input; defaults to a cluster')
    .option('--strict', 'treat warnings as errors')
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
  addNamespaceOptions(addClusterOptions(addTranslationOptions(command)))
  return command.action(async (paths: readonly string[], options: ValidateOptions) => {
    exit(
      paths.length === 0
        ? await withCluster(options, io, cluster => validateCluster(cluster, options, io))
        : await validate(paths, options, io),
    )
  })
}

const EXAMPLES = `
Examples:
  l7mesh validate --strict mesh/              # files, in CI
  helm template my-chart | l7mesh validate -  # the standard input
  l7mesh validate -A                          # all resources of the cluster`

async function validate(paths: readonly string[], options: ValidateOptions, io: ProcessIO): Promise<ExitCode> {
  refuseClusterOptions(paths.join(', '), options)
  const files = await readManifestFiles(paths, io)
  const result = validateFiles(files, { validate: createValidator().validate, translate: translator(options) })
  if (result.objects + result.findings.length === 0) throw noManifests(paths)
  return printResult(result, { files: files.length }, count(files.length, 'file'), options, io)
}

async function validateCluster(cluster: ClusterAccess, options: ValidateOptions, io: ProcessIO): Promise<ExitCode> {
  const namespace = namespaceOf(options, cluster)
  const result = validateClusterResources(await observeWholeCluster(cluster, options, io), namespace)
  const scope = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
  return printResult(result, { cluster: cluster.client.title, namespace }, scope, options, io)
}

function printResult(
  { objects, findings: found }: ValidationResult,
  of: object,
  scope: string,
  { strict, output }: ValidateOptions,
  io: ProcessIO,
): ExitCode {
  const findings = strict ? found.map(asError) : found
  const summary = { objects, ...severities(findings) }
  show(io, output, { ...of, ...summary, findings }, style => [
    ...findings.flatMap(finding => lines(finding, style)),
    summaryLine(summary, scope, style),
  ])
  return summary.errors > 0 ? 1 : 0
}

function noManifests(paths: readonly string[]): UserError {
  const help = 'Manifests are files that end in .yaml, .yml or .json, or any files that are given as arguments.'
  return new UserError(`no manifests in ${paths.join(', ')}`, { help })
}

function asError(finding: CodedFinding): CodedFinding {
  return { ...finding, severity: 'error' }
}

type Summary = {
  readonly objects: number
  readonly errors: number
  readonly warnings: number
}

function severities(findings: readonly CodedFinding[]): Pick<Summary, 'errors' | 'warnings'> {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return { errors, warnings: findings.length - errors }
}

/** In the format of compilers, which editors and CI systems parse. */
function lines({ where, severity, code, object, path, message, help }: CodedFinding, style: Style): readonly string[] {
  const level = severity === 'error' ? style.bad(severity) : style.warn(severity)
  const subject = [object, path].filter(part => part !== undefined).join(' ')
  const line = `${style.strong(where)}: ${level} ${code}: ${subject === '' ? '' : `${subject}: `}${message}`
  return help === undefined ? [line] : [line, `    ${style.quiet(help)}`]
}

function summaryLine({ objects, errors, warnings }: Summary, scope: string, style: Style): string {
  const found = [
    ...(errors > 0 ? [style.bad(count(errors, 'error'))] : []),
    ...(warnings > 0 ? [style.warn(count(warnings, 'warning'))] : []),
  ]
  const result = found.length > 0 ? found.join(', ') : style.good('no problems')
  return `${count(objects, 'object')} in ${scope}: ${result}`
}
