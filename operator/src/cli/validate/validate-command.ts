/** `l7mesh validate [PATH...]`: says what is wrong with manifests or with a cluster's resources, for people and for CI. */
import { createValidator } from '@l7mesh/crds'
import { Command } from 'commander'
import type { Style } from '../../report/text/style.ts'
import { count } from '../../report/words.ts'
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
import type { World } from '../process/process-io.ts'
import { judgeCluster } from './cluster-verdict.ts'
import { type Complaint, type Judgement, judge } from './verdict.ts'

type ValidateOptions = TranslationOptions &
  ClusterAccessOptions &
  NamespaceOptions & { readonly output: Format; readonly strict?: boolean }

export function validateCommand({ world, exit }: Cli): Command {
  const command = new Command('validate')
    .summary('Say what is wrong with manifests, or with the resources of a cluster.')
    .description(
      'Say what is wrong with manifests, offline: what an API server would refuse, and what would not work on a proxy. ' +
        'Without a path, the resources of a cluster are looked at. ' +
        'Every finding has a code that never changes its meaning. Exit code 0: no errors; 1: some; 2: not validated.',
    )
    .argument('[path...]', 'files, folders, or - for the standard input; without any, a cluster is looked at')
    .option('--strict', 'take warnings for errors')
    .addOption(formatOption())
    .addHelpText('after', EXAMPLES)
  addNamespaceOptions(addClusterOptions(addTranslationOptions(command)))
  return command.action(async (paths: readonly string[], options: ValidateOptions) => {
    exit(
      paths.length === 0
        ? await withCluster(options, world, cluster => validateCluster(cluster, options, world))
        : await validate(paths, options, world),
    )
  })
}

const EXAMPLES = `
Examples:
  l7mesh validate --strict mesh/              # files, in CI
  helm template my-chart | l7mesh validate -  # the standard input
  l7mesh validate -A                          # all resources of the cluster`

async function validate(paths: readonly string[], options: ValidateOptions, world: World): Promise<ExitCode> {
  refuseClusterOptions(paths.join(', '), options)
  const files = await readManifestFiles(paths, world)
  const judgement = judge(files, { validate: createValidator().validate, translate: translator(options) })
  if (judgement.objects + judgement.complaints.length === 0) throw nothingFound(paths)
  return tell(judgement, { files: files.length }, count(files.length, 'file'), options, world)
}

async function validateCluster(cluster: ClusterAccess, options: ValidateOptions, world: World): Promise<ExitCode> {
  const namespace = namespaceOf(options, cluster)
  const judgement = judgeCluster(await observeWholeCluster(cluster, options, world), namespace)
  const scope = namespace === undefined ? 'all namespaces' : `namespace ${namespace}`
  return tell(judgement, { cluster: cluster.client.title, namespace }, scope, options, world)
}

function tell(
  { objects, complaints }: Judgement,
  of: object,
  scope: string,
  { strict, output }: ValidateOptions,
  world: World,
): ExitCode {
  const findings = strict ? complaints.map(asError) : complaints
  const summary = { objects, ...severities(findings) }
  show(world, output, { ...of, ...summary, findings }, style => [
    ...findings.flatMap(finding => lines(finding, style)),
    summaryLine(summary, scope, style),
  ])
  return summary.errors > 0 ? 1 : 0
}

function nothingFound(paths: readonly string[]): UserError {
  const help = 'Manifests are in files that end in .yaml, .yml or .json, or in any file that is named.'
  return new UserError(`no manifests in ${paths.join(', ')}`, { help })
}

function asError(complaint: Complaint): Complaint {
  return { ...complaint, severity: 'error' }
}

type Summary = {
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

function summaryLine({ objects, errors, warnings }: Summary, scope: string, style: Style): string {
  const found = [
    ...(errors > 0 ? [style.bad(count(errors, 'error'))] : []),
    ...(warnings > 0 ? [style.warn(count(warnings, 'warning'))] : []),
  ]
  const result = found.length > 0 ? found.join(', ') : style.good('nothing is wrong')
  return `${count(objects, 'object')} in ${scope}: ${result}`
}
