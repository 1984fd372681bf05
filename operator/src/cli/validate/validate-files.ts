/**
 * Validates manifests offline: reports what an API server would reject in each document, and what translation would
 * report if all of them were applied and their pods were running. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Finding } from '@l7mesh/crds'
import { type Item, readDocuments } from '../../sources/documents/documents.ts'
import { assemble, EMPTY_ASSEMBLY, type SourceFile } from '../../sources/folder/assemble.ts'
import type { Validate } from '../../sources/manifest.ts'
import { overlay } from '../../sources/overlay.ts'
import type { Snapshot } from '../../sources/snapshot.ts'
import type { DesiredFleet, Problem } from '../../translate/desired.ts'
import type { TextFile, UnreadFile } from '../folder/manifest-files.ts'
import { simulatePods } from '../folder/simulated-pods.ts'
import { CODES, type Code, FINDING_CODES, PROBLEM_CODES, type Severity } from './codes.ts'

/** A finding with its code, as it is printed. */
export type CodedFinding = {
  readonly code: Code
  readonly severity: Severity
  /** FILE, or FILE:LINE. */
  readonly where: string
  /** `KIND NAMESPACE/NAME`, if it concerns an object. */
  readonly object?: string
  /** The field, like `spec.listener.rules[0]`. */
  readonly path?: string
  readonly message: string
  readonly help?: string
}

export type ValidationResult = { readonly objects: number; readonly findings: readonly CodedFinding[] }

export type FileChecks = { readonly validate: Validate; readonly translate: (snapshot: Snapshot) => DesiredFleet }

export function validateFiles(
  files: readonly (TextFile | UnreadFile)[],
  { validate, translate }: FileChecks,
): ValidationResult {
  const read = files.map(file => readFile(file, validate))
  const sources = read.map(({ source }) => source)
  const items = sources.flatMap(source => source.items)
  const findings = [
    ...read.flatMap(({ findings }) => findings),
    ...items.flatMap(itemFindings),
    ...duplicates(items),
    ...translationFindings(sources, translate),
  ]
  return { objects: items.length, findings: findings.sort(byPlace(files.map(({ path }) => path))) }
}

type ParsedFile = { readonly source: SourceFile; readonly findings: readonly CodedFinding[] }

function readFile(file: TextFile | UnreadFile, validate: Validate): ParsedFile {
  const { path } = file
  const nothing: SourceFile = { path, items: [], problems: [], isMissing: false }
  if ('error' in file) return { source: nothing, findings: [codedFinding('L7M0001', path, { message: file.error })] }
  const { items, broken, note } = readDocuments(path, file.text, validate)
  return {
    source: { ...nothing, items },
    findings: [
      ...broken.map(problem => codedFinding('L7M0002', problem.where, problem)),
      ...(note ? [codedFinding('L7M0007', note.where, note)] : []),
    ],
  }
}

function itemFindings({ where, admission }: Item): readonly CodedFinding[] {
  if (admission.tag === 'refused')
    return [codedFinding(admission.kind ? FINDING_CODES[admission.kind] : 'L7M0003', where, refusal(admission))]
  const { manifest, resource, findings, warnings } = admission
  const object = titleOf(manifest.kind, admission.name)
  const codeOf = ({ kind }: Finding) => (resource ? FINDING_CODES[kind] : 'L7M0005')
  return [...findings, ...warnings].map(finding =>
    codedFinding(codeOf(finding), where, { object, path: finding.path, message: finding.message, help: finding.help }),
  )
}

/** The message of a rejection already names the field. */
function refusal({ message, help }: FindingText): FindingText {
  return { message, ...(help !== undefined && { help }) }
}

/** Identical copies of an object, such as a Namespace in several files, are not reported. */
function duplicates(items: readonly Item[]): readonly CodedFinding[] {
  const objects = items.flatMap(({ where, admission }) => (admission.tag === 'object' ? [{ where, ...admission }] : []))
  return [...Map.groupBy(objects, ({ key }) => key).values()].flatMap(copies => {
    const counts = copies.find(({ findings }) => findings.length === 0) ?? copies[0]
    const others = copies.filter(({ manifest }) => !isDeepStrictEqual(manifest, counts?.manifest))
    const texts = {
      message: `is defined again; the one at ${counts?.where} is used`,
      help: 'remove one of the two, or rename it',
    }
    return others.map(({ where, manifest, name }) =>
      codedFinding('L7M0004', where, { object: titleOf(manifest.kind, name), ...texts }),
    )
  })
}

function translationFindings(
  sources: readonly SourceFile[],
  translate: FileChecks['translate'],
): readonly CodedFinding[] {
  const { snapshot, manifests, entries } = assemble(sources, EMPTY_ASSEMBLY)
  const located = new Map([...entries].map(([key, { where }]) => [key, where]))
  const unused = new Map(
    [...entries.values()].flatMap(({ newest, object, where }) =>
      object ? [] : [[titleOf(newest.manifest.kind, newest.name), where] as const],
    ),
  )
  const simulated = simulatePods(manifests, located)
  const { verdicts } = translate(overlay(snapshot, simulated))
  const found = [...verdicts].flatMap(([key, { problems, notes }]) => {
    const where = located.get(`l7mp.io/${key}`) ?? ''
    const [kind = '', ...name] = key.split('/')
    const object = titleOf(kind, name.join('/'))
    return [
      ...problems.map(problem => problemFinding(withCause(problem, unused), where, object)),
      ...notes.map(message => codedFinding('L7M0208', where, { object, message })),
    ]
  })
  return [...found, ...simulated.problems.map(problem => codedFinding('L7M0006', problem.where, problem))]
}

/** A missing referent may exist but be invalid: `unused` has the locations of invalid objects. */
function withCause(problem: Problem, unused: ReadonlyMap<string, string>): Problem {
  if (problem.reason !== 'RefNotFound') return problem
  const [title, where] = [...unused].find(([name]) => ` ${problem.message}`.includes(` ${name} not found`)) ?? []
  return title === undefined ? problem : { ...problem, message: `${title} is itself invalid: see ${where}.` }
}

export function problemFinding({ reason, path, message }: Problem, where: string, object?: string): CodedFinding {
  return codedFinding(PROBLEM_CODES[reason], where, { object, path, message })
}

type FindingText = {
  readonly object?: string | undefined
  readonly path?: string
  readonly message: string
  readonly help?: string
}

export function codedFinding(code: Code, where: string, { object, path, message, help }: FindingText): CodedFinding {
  const { severity } = CODES[code]
  return { code, severity, where, ...(object && { object }), ...(path && { path }), message, ...(help && { help }) }
}

function titleOf(kind: string, name: string): string {
  return `${kind} ${name}`
}

/** In the order of the given files, then by line. */
function byPlace(paths: readonly string[]): (a: CodedFinding, b: CodedFinding) => number {
  const order = new Map(paths.map((path, index) => [path, index]))
  const place = ({ where }: CodedFinding) => {
    const [, path = where, line = '0'] = /^(.*):(\d+)$/.exec(where) ?? []
    return { file: order.get(path) ?? 0, line: Number(line) }
  }
  return (a, b) => {
    const [left, right] = [place(a), place(b)]
    return left.file - right.file || left.line - right.line
  }
}
