/**
 * The documents of one file: their objects, their problems, and the last valid versions that are kept. Pure. An
 * unreadable document affects only itself: objects that may be defined in it are neither changed nor deleted.
 */
import { basename, sep } from 'node:path'
import type { Validate } from '../manifest.ts'
import type { SourceProblem } from '../snapshot.ts'
import { type Admitted, admit } from '../validation/admit.ts'
import type { Foreign, Refused } from '../validation/identity.ts'
import { type Broken, type ParsedText, parseText, type Written } from './parse.ts'
import { inOriginalSpelling } from './spelling.ts'

/** One document of a file; `where` is FILE:LINE. */
export type Item = { readonly where: string; readonly admission: Admitted | Refused }

export type Documents = {
  readonly items: readonly Item[]
  /** Objects of an earlier text that may be defined in an unreadable document, with the text of that document. */
  readonly kept: readonly Kept[]
  /** Documents that cannot be read. */
  readonly broken: readonly SourceProblem[]
  /** A note on the first document of another tool. */
  readonly note: SourceProblem | undefined
  /** The texts of documents whose object is unknown. */
  readonly unclear: readonly string[]
  readonly parsed: ParsedText
  readonly admissions: ReadonlyMap<unknown, Admission>
}

type Kept = { readonly item: Item; readonly text: string }
type Admission = Admitted | Refused | Foreign

/** Documents with unchanged text are not admitted again. */
export function readDocuments(path: string, text: string, validate: Validate, before?: Documents): Documents {
  if (isTemplate(path, text)) return { ...NOTHING, note: noteOn(path, TEMPLATE) }
  const parsed = parseText(path, text, before?.parsed)
  const admissions = new Map(
    parsed.written.map(written => {
      const { value } = written
      return [value, before?.admissions.get(value) ?? admitted(written, validate)] as const
    }),
  )
  const read = parsed.written.map(written => ({ ...written, admission: admissions.get(written.value) }))
  const items = read.flatMap(({ line, admission }) =>
    admission === undefined || admission.tag === 'foreign' ? [] : [{ where: `${path}:${line}`, admission }],
  )
  const unclear = [...parsed.broken.map(({ text }) => text), ...refusedTexts(parsed.written, admissions)]
  const foreign = read.find(({ admission }) => admission?.tag === 'foreign')
  return {
    items,
    kept: keptOf(before, items, unclear),
    broken: parsed.broken.map(fault => problemOf(path, fault)),
    note: foreign && noteOn(`${path}:${foreign.line}`, toolNoteOf(basename(path))),
    unclear,
    parsed,
    admissions,
  }
}

const NOTHING: Documents = {
  items: [],
  kept: [],
  broken: [],
  note: undefined,
  unclear: [],
  parsed: { written: [], broken: [], sections: new Map() },
  admissions: new Map(),
}

function admitted({ value, spelling }: Written, validate: Validate): Admission {
  const admission = admit(value, validate)
  if (admission.tag === 'foreign' || spelling === undefined) return admission
  if (admission.tag === 'refused') return inOriginalSpelling(admission, value, spelling)
  return { ...admission, findings: admission.findings.map(finding => inOriginalSpelling(finding, value, spelling)) }
}

function refusedTexts(written: readonly Written[], admissions: ReadonlyMap<unknown, Admission>): readonly string[] {
  return written.flatMap(({ value }) => (admissions.get(value)?.tag === 'refused' ? [JSON.stringify(value)] : []))
}

/**
 * An object that is missing may be defined in a document that has become unclear: in one that contains its name, or in
 * any document if no missing object is named. It is kept until that document changes.
 */
function keptOf(before: Documents | undefined, items: readonly Item[], unclear: readonly string[]): readonly Kept[] {
  if (!before || unclear.length === 0) return []
  const present = new Set(items.map(keyOf))
  const retained = before.kept.filter(({ item, text }) => !present.has(keyOf(item)) && unclear.includes(text))
  for (const { item } of retained) present.add(keyOf(item))
  const missing = [...before.items, ...before.kept.map(({ item }) => item)].filter(item => {
    const key = keyOf(item)
    return key !== undefined && !present.has(key)
  })
  const newTexts = unclear.filter(text => !before.unclear.includes(text))
  const kept = new Map<Item, Kept>()
  for (const text of newTexts) {
    const words = new Set(text.split(/[^-.\w]+/))
    const named = missing.filter(({ admission }) => words.has(nameOf(admission)))
    for (const item of named.length > 0 ? named : missing) kept.set(item, { item, text })
  }
  return [...retained, ...kept.values()]
}

/** undefined if the object is unknown. */
export function keyOf({ admission }: Item): string | undefined {
  return admission.tag === 'object' ? admission.key : undefined
}

function nameOf(admission: Item['admission']): string {
  return admission.tag === 'object' ? admission.manifest.metadata.name : ''
}

function problemOf(path: string, { line, message, help, text }: Broken): SourceProblem {
  const isMaybeTemplate = text.includes('{{')
  const rendered = isMaybeTemplate ? 'If it is a Helm template, use the output of `helm template`.' : help
  return { where: `${path}:${line}`, message, help: rendered }
}

type Tool = Pick<SourceProblem, 'message' | 'help'>

const TEMPLATE: Tool = {
  message: 'skipped: a template of a Helm chart',
  help: 'Use the output of `helm template`.',
}
const KUSTOMIZE: Tool = {
  message: 'skipped: a file of kustomize',
  help: 'l7mesh does not run kustomize: use the output of `kubectl kustomize` if its patches and names should apply.',
}
const CHART: Tool = {
  message: 'skipped: a file of a Helm chart',
  help: 'Use the output of `helm template`.',
}
const OTHER: Tool = {
  message: 'skipped: not a Kubernetes object',
  help: 'An object has apiVersion, kind and metadata.name. Keep files of other tools in another folder to avoid this note.',
}

function toolNoteOf(name: string): Tool {
  if (/^kustomization(\.|$)/i.test(name)) return KUSTOMIZE
  return /^(chart|values[^/]*)\.(ya?ml|json)$/i.test(name) ? CHART : OTHER
}

/** Templates of a chart without `{{` are plain manifests. */
function isTemplate(path: string, text: string): boolean {
  return text.includes('{{') && path.split(sep).includes('templates')
}

function noteOn(where: string, tool: Tool): SourceProblem {
  return { where, ...tool, isNote: true }
}
