/** Parses one source file: its imports, and its uses of effects and state. Pure. */
import { dirname, join } from 'node:path/posix'
import { parseSync } from 'oxc-parser'

export type Import = {
  /** As it is written: `../kube/errors.ts`, `node:fs`. */
  readonly specifier: string
  /** The target of a relative specifier, from the root of the repository. */
  readonly file: string | undefined
  readonly line: number
  /** The imported names that exist at run time; none for types, `*` for everything. */
  readonly values: readonly string[]
}

export type Use = { readonly name: string; readonly line: number }

export type SourceFile = {
  /** From the root of the repository. */
  readonly file: string
  readonly imports: readonly Import[]
  /** Uses of the clock, randomness, timers, the process and the network. */
  readonly effects: readonly Use[]
  /** Mutable variables at module level. */
  readonly state: readonly Use[]
  /** Whether its docstring says `Pure`. */
  readonly saysPure: boolean
  /** Its re-exports: specifiers by name, or by `*` if it re-exports everything. */
  readonly reexports: ReadonlyMap<string, readonly string[]>
}

type Node = { readonly type: string; readonly start: number; readonly [key: string]: unknown }
type Visit = (node: Node, parent: Node, key: string) => void

export function parseSource(file: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const imports: Import[] = []
  const effects: Use[] = []
  const reexports = new Map<string, string[]>()
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length
  walk(program as unknown as Node, (node, parent, key) => {
    const found = importIn(node)
    if (found) {
      const isRelative = found.specifier.startsWith('.')
      const target = isRelative ? join(dirname(file), found.specifier) : undefined
      imports.push({ ...found, file: target, line: lineOf(node.start) })
      for (const name of exportedNames(node)) reexports.getOrInsertComputed(name, () => []).push(found.specifier)
    }
    const name = effectIn(node, parent, key)
    if (name !== undefined) effects.push({ name, line: lineOf(node.start) })
  })
  const state = stateIn(program as unknown as Node).map(({ name, start }) => ({ name, line: lineOf(start) }))
  const opening = comments.find(({ type }) => type === 'Block')?.value ?? ''
  return { file, imports, effects, state, saysPure: /\bpure\b/i.test(opening), reexports }
}

function walk(node: Node, visit: Visit): void {
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue
      visit(child, node, key)
      walk(child, visit)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function importIn(node: Node): Pick<Import, 'specifier' | 'values'> | undefined {
  const specifier = specifierIn(node)
  return specifier === undefined ? undefined : { specifier, values: valuesOf(node) }
}

function specifierIn(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literal(node.source)
    case 'CallExpression':
      return nameOf(node.callee) === 'require' ? literal((node.arguments as readonly unknown[])[0]) : undefined
    default:
      return undefined
  }
}

/** `import type`, `export type` and `import('…').T` do not exist at run time. */
function valuesOf(node: Node): readonly string[] {
  if (node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type') return []
  const specifiers = node.specifiers
  if (!Array.isArray(specifiers)) return ['*']
  // `import './x.ts'`
  if (specifiers.length === 0) return ['*']
  return specifiers.filter(isNode).flatMap(entry => {
    if (entry.importKind === 'type' || entry.exportKind === 'type') return []
    return [nameOf(entry.imported ?? entry.local) ?? '*']
  })
}

function exportedNames(node: Node): readonly string[] {
  if (node.type === 'ExportAllDeclaration') return ['*']
  if (node.type !== 'ExportNamedDeclaration' || !Array.isArray(node.specifiers)) return []
  return node.specifiers.filter(isNode).flatMap(entry => nameOf(entry.exported) ?? [])
}

function literal(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' && typeof node.name === 'string' ? node.name : undefined
}

const IMPURE_GLOBALS: ReadonlySet<string> = new Set([
  'Date',
  'console',
  'crypto',
  'fetch',
  'globalThis',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
])

function effectIn(node: Node, parent: Node, key: string): string | undefined {
  if (node.type === 'MetaProperty') return 'import.meta'
  if (node.type === 'MemberExpression' && nameOf(node.object) === 'Math' && nameOf(node.property) === 'random')
    return 'Math.random'
  const name = nameOf(node)
  if (name === undefined || !IMPURE_GLOBALS.has(name) || isLabel(parent, key)) return undefined
  return name === 'Date' && isParsing(parent) ? undefined : name
}

/** Whether the name is that of a field, a type or a parameter, not of the global. */
function isLabel(parent: Node, key: string): boolean {
  if (parent.computed !== true && (key === 'key' || key === 'property')) return true
  return parent.type.startsWith('TS') && parent.type !== 'TSAsExpression' && parent.type !== 'TSNonNullExpression'
}

/** `new Date(text)` and `Date.parse(text)` do not read the clock. */
function isParsing(parent: Node): boolean {
  if (parent.type === 'NewExpression') return Array.isArray(parent.arguments) && parent.arguments.length > 0
  return parent.type === 'MemberExpression' && ['UTC', 'parse'].includes(nameOf(parent.property) ?? '')
}

const CONTAINERS: ReadonlySet<string> = new Set(['Map', 'Set', 'WeakMap', 'WeakSet'])

/** `let` at module level, and empty containers without a readonly type. */
function stateIn(program: Node): readonly { readonly name: string; readonly start: number }[] {
  const statements = (program.body as readonly Node[]).map(statement =>
    isNode(statement.declaration) ? statement.declaration : statement,
  )
  return statements
    .filter(({ type }) => type === 'VariableDeclaration')
    .flatMap(({ kind, declarations, start }) => {
      if (kind === 'let' || kind === 'var') return [{ name: String(kind), start }]
      return (declarations as readonly Node[])
        .filter(({ id, init }) => isEmptyContainer(init) && !isConstant(id))
        .map(({ id }) => ({ name: nameOf(id) ?? 'a container', start }))
    })
}

function isEmptyContainer(node: unknown): boolean {
  if (!isNode(node)) return false
  if (node.type === 'ArrayExpression') return Array.isArray(node.elements) && node.elements.length === 0
  if (node.type !== 'NewExpression' || !CONTAINERS.has(nameOf(node.callee) ?? '')) return false
  return Array.isArray(node.arguments) && node.arguments.length === 0
}

/** Whether the declared type is immutable: `readonly string[]`, `ReadonlyMap`, or any other named type. */
function isConstant(id: unknown): boolean {
  const annotation = isNode(id) && isNode(id.typeAnnotation) ? id.typeAnnotation.typeAnnotation : undefined
  if (!isNode(annotation) || annotation.type === 'TSArrayType') return false
  return annotation.type !== 'TSTypeReference' || !CONTAINERS.has(nameOf(annotation.typeName) ?? '')
}
