/** Runs the real helm on the charts. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'
import type { ValueSchema } from '../../../helm/scripts/values-table.ts'
import { helmProgram } from '../../cluster/tools.ts'

export type Chart = 'l7mp-operator' | 'l7mp-ingress'
export const CHARTS: readonly Chart[] = ['l7mp-operator', 'l7mp-ingress']

export type Fields = { readonly [name: string]: unknown }
/** A rendered object, with the fields that identify it. */
export type Manifest = Fields & {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Fields; readonly annotations?: Fields }
}

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

const HELM = fileURLToPath(new URL('../../../helm/', import.meta.url))
export const chartFolder = (chart: Chart) => `${HELM}${chart}`
export const chartFile = (chart: Chart, path: string) => readFileSync(`${HELM}${chart}/${path}`, 'utf8')
export const schemaOf = (chart: Chart): ValueSchema => JSON.parse(chartFile(chart, 'values.schema.json'))
export const valuesOf = (chart: Chart): unknown => parse(chartFile(chart, 'values.yaml'))

export async function helm(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(await helmProgram(line => process.stderr.write(`${line}\n`)), args)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  child.stdin.end(input)
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', status => resolve(status ?? 1))
  })
  return { code, stdout, stderr }
}

/** Runs `helm template` with the chart's name as release, in the namespace `mesh`. */
export function template(chart: Chart, values: Fields = {}): Promise<Ended> {
  return helm(['template', chart, chartFolder(chart), '--namespace=mesh', '--values=-'], JSON.stringify(values))
}

const rendered = new Map<string, Promise<readonly Manifest[]>>()

/** The objects rendered by `helm template`, cached by values. Rejects with the error of helm. */
export function render(chart: Chart, values: Fields = {}): Promise<readonly Manifest[]> {
  const key = `${chart} ${JSON.stringify(values)}`
  const made = rendered.get(key) ?? renderAnew(chart, values)
  rendered.set(key, made)
  return made
}

async function renderAnew(chart: Chart, values: Fields): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await template(chart, values)
  if (code !== 0) throw new Error(stderr)
  return parseAllDocuments(stdout).map(document => document.toJS())
}

/** Without the CRDs, which are long and independent of values. */
export function renderWithoutCrds(chart: Chart, values: Fields = {}): Promise<readonly Manifest[]> {
  return render(chart, chart === 'l7mp-operator' ? merged({ crds: { install: false } }, values) : values)
}

/** Merges values like helm. */
export function merged(below: Fields, above: Fields): Fields {
  const both = Object.entries(above).map(([name, value]) => {
    const under = below[name]
    return [name, isFields(under) && isFields(value) ? merged(under, value) : value] as const
  })
  return { ...below, ...Object.fromEntries(both) }
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The only object of a kind. */
export function one(manifests: readonly Manifest[], kind: string): Manifest {
  const found = manifests.filter(manifest => manifest.kind === kind)
  if (found.length !== 1 || !found[0]) throw new Error(`found ${found.length} objects of kind ${kind}`)
  return found[0]
}

/** The value at a path like `spec.template.0.name`. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((found, name) => {
    if (Array.isArray(found)) return found[Number(name)]
    return isFields(found) ? found[name] : undefined
  }, value)
}
