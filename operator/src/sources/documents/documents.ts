/**
 * What one text of a file says: its objects, what is wrong with it, and what stays in force of what it said before. Pure.
 * One unreadable document of several holds up only itself: objects that may be in it are neither changed nor gone.
 */
import { basename, sep } from 'node:path'
import type { Validate } from '../manifest.ts'
import type { SourceProblem } from '../snapshot.ts'
import { type Admitted, admit } from '../validation/admit.ts'
import type { Foreign, Refused } from '../validation/identity.ts'
import { type Broken, type ParsedText, parseText, type Written } from './parse.ts'
import { inItsWords } from './spelling.ts'

/** One document of a file; `where` is FILE:LINE. */
export type Item = { readonly where: string; readonly admission: Admitted | Refused }

export type Documents = {
  readonly items: readonly Item[]
  /** Objects of a text before that may be in what cannot be read now, with that text. */
  readonly kept: readonly Kept[]
  /** What cannot be read. */
  readonly broken: readonly SourceProblem[]
  /** Tells once that there is something of another tool. */
  readonly note: SourceProblem | undefined
  /** The texts of which one cannot say what objects they are. */
  readonly unclear: readonly string[]
  readonly parsed: ParsedText
  readonly admissions: ReadonlyMap<unknown, Admission>
}

type Kept = { readonly item: Item; readonly text: string }
type Admission = Admitted | Refused | Foreign

/** Documents whose text is the one of before are not admitted again. */
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
    note: foreign && noteOn(`${path}:${foreign.line}`, toolOf(basename(path))),
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
  if (admission.tag === 'refused') return inItsWords(admission, value, spelling)
  return { ...admission, findings: admission.findings.map(finding => inItsWords(finding, value, spelling)) }
}

function refusedTexts(written: readonly Written[], admissions: ReadonlyMap<unknown, Admission>): readonly string[] {
  return written.flatMap(({ value }) => (admissions.get(value)?.tag === 'refused' ? [JSON.stringify(value)] : []))
}

/**
 * An object that is missing may be in a text that has become unclear: in one that holds its name, or in any where none
 * of the missing is named. It stays for as long as that text does.
 */
function keptOf(before: Documents | undefined, items: readonly Item[], unclear: readonly string[]): readonly Kept[] {
  if (!before || unclear.length === 0) return []
  const there = new Set(items.map(keyOf))
  const still = before.kept.filter(({ item, text }) => !there.has(keyOf(item)) && unclear.includes(text))
  for (const { item } of still) there.add(keyOf(item))
  const missing = [...before.items, ...before.kept.map(({ item }) => item)].filter(item => {
    const key = keyOf(item)
    return key !== undefined && !there.has(key)
  })
  const fresh = unclear.filter(text => !before.unclear.includes(text))
  const kept = new Map<Item, Kept>()
  for (const text of fresh) {
    const words = new Set(text.split(/[^-.\w]+/))
    const named = missing.filter(({ admission }) => words.has(nameOf(admission)))
    for (const item of named.length > 0 ? named : missing) kept.set(item, { item, text })
  }
  return [...still, ...kept.values()]
}

/** Undefined where one cannot say which object it is. */
export function keyOf({ admission }: Item): string | undefined {
  return admission.tag === 'object' ? admission.key : undefined
}

function nameOf(admission: Item['admission']): string {
  return admission.tag === 'object' ? admission.manifest.metadata.name : ''
}

function problemOf(path: string, { line, message, help, text }: Broken): SourceProblem {
  const isMaybeTemplate = text.includes('{{')
  const rendered = isMaybeTemplate ? `If it is a Helm template, give l7mesh what \`helm template\` prints.` : help
  return { where: `${path}:${line}`, message, help: rendered }
}

type Tool = Pick<SourceProblem, 'message' | 'help'>

const TEMPLATE: Tool = {
  message: 'skipped: it is a template of a Helm chart',
  help: 'Give l7mesh what `helm template` prints.',
}
const KUSTOMIZE: Tool = {
  message: 'skipped: it is a file of kustomize',
  help: 'l7mesh does not run kustomize: give it what `kubectl kustomize` prints, if its patches and names are to apply.',
}
const CHART: Tool = {
  message: 'skipped: it is a file of a Helm chart',
  help: 'Give l7mesh what `helm template` prints.',
}
const OTHER: Tool = {
  message: 'skipped: it holds no Kubernetes object',
  help: 'An object has apiVersion, kind and metadata.name. Keep files of other tools in another folder to avoid this note.',
}

function toolOf(name: string): Tool {
  if (/^kustomization(\.|$)/i.test(name)) return KUSTOMIZE
  return /^(chart|values[^/]*)\.(ya?ml|json)$/i.test(name) ? CHART : OTHER
}

/** Of a chart's templates those without `{{` are manifests as they stand. */
function isTemplate(path: string, text: string): boolean {
  return text.includes('{{') && path.split(sep).includes('templates')
}

function noteOn(where: string, tool: Tool): SourceProblem {
  return { where, ...tool, isNote: true }
}
