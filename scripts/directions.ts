/**
 * Checks the code against the table of rooms: which folder may import which, that pure code stays pure, and that no
 * module has state. `node scripts/directions.ts [ROOT]` prints the violations, and exits with 1 if there are any.
 *
 * dependency-cruiser could do the first part, but needs an older TypeScript compiler than ours to read types. This
 * reads imports with oxc-parser, which Knip already depends on, and takes a second.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { type Import, parseSource, type SourceFile } from './imports.ts'
import { EXCEPTIONS, PURE_MODULES, ROOMS, type Room, STATEFUL } from './rooms.ts'

/** `FILE:LINE: VIOLATION`, for all files of the rooms below `root`. */
export function violations(root: string): readonly string[] {
  const files = sourceFiles(root).map(file => parseSource(file, readFileSync(join(root, file), 'utf8')))
  const codeBase = codeBaseOf(files)
  const used = new Set<string>()
  const found = files.flatMap(file => [...misdirected(file, used), ...impure(file, codeBase), ...stateful(file, used)])
  const stale = [...Object.keys(EXCEPTIONS), ...Object.keys(STATEFUL)].filter(key => !used.has(key))
  return [
    ...found,
    ...stale.map(key => `scripts/rooms.ts: the exception for '${key}' is not needed`),
    ...upward(ROOMS).map(edge => `scripts/rooms.ts: ${edge}: a room imports only rooms that are listed before it`),
  ]
}

/** `ROOM → ROOM` for each import of a room that is not listed before it. Without one, there are no cycles. */
export function upward(rooms: readonly Room[]): readonly string[] {
  return rooms.flatMap(({ name, imports }, at) => {
    const before = new Set(rooms.slice(0, at).map(room => room.name))
    return imports.filter(target => !before.has(target)).map(target => `${name} → ${target}`)
  })
}

const PACKAGES = ['crds', 'proxy-client', 'operator']

function sourceFiles(root: string): readonly string[] {
  return PACKAGES.flatMap(name =>
    readdirSync(join(root, name, 'src'), { recursive: true, encoding: 'utf8' })
      .map(file => `${name}/src/${file}`)
      .filter(file => /(?<!\.test)\.(ts|cjs)$/.test(file))
      .sort(),
  )
}

const BY_NAME: ReadonlyMap<string, Room> = new Map(ROOMS.map(room => [room.name, room]))

/** A file that is its own room takes precedence over its folder. */
function roomOf(file: string): Room | undefined {
  return BY_NAME.get(nameOf(file)) ?? BY_NAME.get(nameOf(dirname(file)))
}

/** As in the table: `operator/src/kube` is `kube`. */
function nameOf(path: string): string {
  if (path === 'operator/src') return '.'
  return path.replace(/^operator\/src\//, '').replace(/\/src(?=\/|$)/, '')
}

/** The room of an import; undefined for third-party packages and data. */
function roomNameOf({ specifier, file }: Import): string | undefined {
  if (file !== undefined) return file.endsWith('.json') ? undefined : (roomOf(file)?.name ?? nameOf(dirname(file)))
  const [, name, entry] = /^@l7mesh\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? []
  if (name === undefined) return undefined
  return roomOf(`${name}/src/${entry === undefined ? 'index.ts' : `${entry}/index.ts`}`)?.name ?? specifier
}

function misdirected({ file, imports }: SourceFile, used: Set<string>): readonly string[] {
  const room = roomOf(file)
  if (!room) return [`${file}:1: the folder is not a room; add it to scripts/rooms.ts`]
  return imports.flatMap(found => {
    const target = roomNameOf(found)
    if (target === undefined || target === room.name || room.imports.includes(target)) return []
    const exception = `${room.name} → ${target}`
    used.add(exception)
    if (Object.hasOwn(EXCEPTIONS, exception)) return []
    return [`${file}:${found.line}: ${room.name} may not import ${target} ('${found.specifier}')`]
  })
}

/** The source files by name, and which of them are pure. */
type CodeBase = { readonly byFile: ReadonlyMap<string, SourceFile>; isPure(file: string): boolean }

function codeBaseOf(files: readonly SourceFile[]): CodeBase {
  const byFile = new Map(files.map(file => [file.file, file]))
  const isPure = (file: string) => roomOf(file)?.isPure === true || byFile.get(file)?.saysPure === true
  return { byFile, isPure }
}

function impure({ file, imports, effects }: SourceFile, codeBase: CodeBase): readonly string[] {
  if (!codeBase.isPure(file)) return []
  return [
    ...effects.map(({ name, line }) => `${file}:${line}: pure code may not use ${name}: pass it in`),
    ...imports.flatMap(found => {
      const values = found.values.filter(name => !isPureImport(found, name, codeBase))
      const names = values.map(name => (name === '*' ? 'all' : name)).join(', ')
      return values.length === 0
        ? []
        : [`${file}:${found.line}: pure code may not import ${names} of '${found.specifier}'`]
    }),
  ]
}

function isPureImport({ specifier, file }: Import, name: string, { byFile, isPure }: CodeBase): boolean {
  if (file !== undefined) return file.endsWith('.json') || isPure(file)
  const [, owner] = /^@l7mesh\/([^/]+)$/.exec(specifier) ?? []
  if (owner !== undefined) {
    const { reexports } = byFile.get(`${owner}/src/index.ts`) ?? {}
    const from = reexports?.get(name) ?? reexports?.get('*') ?? []
    return from.length > 0 && from.every(specifier => isPure(join(owner, 'src', specifier)))
  }
  const allowed = PURE_MODULES[specifier]
  return allowed === 'all' || (allowed?.includes(name) ?? false)
}

function stateful({ file, state }: SourceFile, used: Set<string>): readonly string[] {
  if (state.length > 0) used.add(file)
  if (Object.hasOwn(STATEFUL, file)) return []
  return state.map(({ name, line }) => `${file}:${line}: no state at module level (${name})`)
}

if (import.meta.main) {
  const found = violations(process.argv[2] ?? '.')
  for (const line of found) console.log(line)
  process.exitCode = found.length === 0 ? 0 : 1
}
