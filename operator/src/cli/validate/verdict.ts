/**
 * The offline verdict on manifests: what an API server would say of each document, and what translation would say of all
 * of them together, were they applied and their pods running. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Finding } from '@l7mesh/crds'
import { type Item, readDocuments } from '../../sources/documents/documents.ts'
import { assemble, EMPTY_ASSEMBLY, type SourceFile } from '../../sources/folder/assemble.ts'
import type { Validate } from '../../sources/manifest.ts'
import { overlay } from '../../sources/overlay.ts'
import type { Snapshot } from '../../sources/snapshot.ts'
import type { DesiredFleet, Problem } from '../../translate/desired.ts'
import { imaginePods } from '../folder/imagined.ts'
import type { TextFile, UnreadFile } from '../folder/manifest-files.ts'
import { CODES, type Code, FINDING_CODES, PROBLEM_CODES, type Severity } from './codes.ts'

/** One thing that is wrong. */
export type Complaint = {
  readonly code: Code
  readonly severity: Severity
  /** FILE, or FILE:LINE. */
  readonly where: string
  /** `KIND NAMESPACE/NAME`, where it is about an object. */
  readonly object?: string
  /** The field, like `spec.listener.rules[0]`. */
  readonly path?: string
  readonly message: string
  readonly help?: string
}

export type Judgement = { readonly objects: number; readonly complaints: readonly Complaint[] }

export type Judge = { readonly validate: Validate; readonly translate: (snapshot: Snapshot) => DesiredFleet }

export function judge(files: readonly (TextFile | UnreadFile)[], { validate, translate }: Judge): Judgement {
  const read = files.map(file => readFile(file, validate))
  const sources = read.map(({ source }) => source)
  const items = sources.flatMap(source => source.items)
  const complaints = [
    ...read.flatMap(({ complaints }) => complaints),
    ...items.flatMap(itemComplaints),
    ...duplicates(items),
    ...meaning(sources, translate),
  ]
  return { objects: items.length, complaints: complaints.sort(byPlace(files.map(({ path }) => path))) }
}

type JudgedFile = { readonly source: SourceFile; readonly complaints: readonly Complaint[] }

function readFile(file: TextFile | UnreadFile, validate: Validate): JudgedFile {
  const { path } = file
  const nothing: SourceFile = { path, items: [], problems: [], fading: false }
  if ('error' in file) return { source: nothing, complaints: [complain('L7M0001', path, { message: file.error })] }
  const { items, broken, note } = readDocuments(path, file.text, validate)
  return {
    source: { ...nothing, items },
    complaints: [
      ...broken.map(problem => complain('L7M0002', problem.where, problem)),
      ...(note ? [complain('L7M0007', note.where, note)] : []),
    ],
  }
}

function itemComplaints({ where, admission }: Item): readonly Complaint[] {
  if (admission.tag === 'refused')
    return [complain(admission.kind ? FINDING_CODES[admission.kind] : 'L7M0003', where, refusal(admission))]
  const { manifest, resource, findings, warnings } = admission
  const object = titleOf(manifest.kind, admission.name)
  const codeOf = ({ kind }: Finding) => (resource ? FINDING_CODES[kind] : 'L7M0005')
  return [...findings, ...warnings].map(finding =>
    complain(codeOf(finding), where, { object, path: finding.path, message: finding.message, help: finding.help }),
  )
}

/** Its message names the field. */
function refusal({ message, help }: Statement): Statement {
  return { message, ...(help !== undefined && { help }) }
}

/** The same object in the same words, as a Namespace in several files, is said twice and not wrong. */
function duplicates(items: readonly Item[]): readonly Complaint[] {
  const objects = items.flatMap(({ where, admission }) => (admission.tag === 'object' ? [{ where, ...admission }] : []))
  return [...Map.groupBy(objects, ({ key }) => key).values()].flatMap(copies => {
    const counts = copies.find(({ findings }) => findings.length === 0) ?? copies[0]
    const others = copies.filter(({ manifest }) => !isDeepStrictEqual(manifest, counts?.manifest))
    const said = {
      message: `is defined again; the one at ${counts?.where} counts`,
      help: 'remove one of the two, or rename it',
    }
    return others.map(({ where, manifest, name }) =>
      complain('L7M0004', where, { object: titleOf(manifest.kind, name), ...said }),
    )
  })
}

function meaning(sources: readonly SourceFile[], translate: Judge['translate']): readonly Complaint[] {
  const { snapshot, manifests, entries } = assemble(sources, EMPTY_ASSEMBLY)
  const located = new Map([...entries].map(([key, { where }]) => [key, where]))
  const unused = new Map(
    [...entries.values()].flatMap(({ newest, object, where }) =>
      object ? [] : [[titleOf(newest.manifest.kind, newest.name), where] as const],
    ),
  )
  const imagined = imaginePods(manifests, located)
  const { verdicts } = translate(overlay(snapshot, imagined))
  const found = [...verdicts].flatMap(([key, { problems, notes }]) => {
    const where = located.get(`l7mp.io/${key}`) ?? ''
    const [kind = '', ...name] = key.split('/')
    const object = titleOf(kind, name.join('/'))
    return [
      ...problems.map(problem => problemComplaint(withCause(problem, unused), where, object)),
      ...notes.map(message => complain('L7M0208', where, { object, message })),
    ]
  })
  return [...found, ...imagined.problems.map(problem => complain('L7M0006', problem.where, problem))]
}

/** What is not found may be there, and be refused itself: `unused` says of such objects where they are. */
function withCause(problem: Problem, unused: ReadonlyMap<string, string>): Problem {
  if (problem.reason !== 'RefNotFound') return problem
  const [title, where] = [...unused].find(([name]) => problem.message.includes(` ${name}.`)) ?? []
  return title === undefined ? problem : { ...problem, message: `${title} has mistakes of its own: see ${where}.` }
}

export function problemComplaint({ reason, path, message }: Problem, where: string, object?: string): Complaint {
  return complain(PROBLEM_CODES[reason], where, { object, path, message })
}

type Statement = {
  readonly object?: string | undefined
  readonly path?: string
  readonly message: string
  readonly help?: string
}

export function complain(code: Code, where: string, { object, path, message, help }: Statement): Complaint {
  const { severity } = CODES[code]
  return { code, severity, where, ...(object && { object }), ...(path && { path }), message, ...(help && { help }) }
}

function titleOf(kind: string, name: string): string {
  return `${kind} ${name}`
}

/** In the order in which the files were given, then of lines. */
function byPlace(paths: readonly string[]): (a: Complaint, b: Complaint) => number {
  const order = new Map(paths.map((path, index) => [path, index]))
  const place = ({ where }: Complaint) => {
    const [, path = where, line = '0'] = /^(.*):(\d+)$/.exec(where) ?? []
    return { file: order.get(path) ?? 0, line: Number(line) }
  }
  return (a, b) => {
    const [left, right] = [place(a), place(b)]
    return left.file - right.file || left.line - right.line
  }
}
