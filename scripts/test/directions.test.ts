/** Adds every forbidden import, effect and state to a copy of the code, and checks that lint rejects each of them. */
import { spawnSync } from 'node:child_process'
import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path/posix'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { upward } from '../directions.ts'
import { EXCEPTIONS, ROOMS, type Room } from '../rooms.ts'

const PACKAGES = ['crds', 'proxy-client', 'operator']
const names = ROOMS.map(({ name }) => name)
const [files, folders] = [ROOMS.filter(isFile), ROOMS.filter(room => !isFile(room))]

const FORBIDDEN_IN_PURE = [
  "import { readFile } from 'node:fs/promises'",
  "import { createServer } from 'node:net'",
  "import { randomUUID } from 'node:crypto'",
  "import { setTimeout as sleep } from 'node:timers/promises'",
  "import { hrtime } from 'node:process'",
  "import { spawn } from 'node:child_process'",
  "import * as os from 'node:os'",
  "import { request } from 'undici'",
  "import { pino } from 'pino'",
  "import PQueue from 'p-queue'",
  "import { Command } from 'commander'",
  "import { KubeConfig } from '@kubernetes/client-node'",
  "import { ProxyClient } from '@l7mesh/proxy-client'",
  "export { connect } from 'node:tls'",
  "export const loaded = import('node:fs')",
  'export const a = Date.now()',
  'export const b = new Date()',
  'export const c = performance.now()',
  'export const d = setTimeout(() => {}, 1)',
  'export const e = setInterval(() => {}, 1)',
  "export const f = fetch('http://localhost')",
  'export const g = process.env.HOME',
  'export const h = Math.random()',
  'export const i = crypto.randomUUID()',
  'export const j = globalThis.process',
  'export const k = import.meta.url',
  "console.log('here')",
]

const ALLOWED_IN_PURE = `/** As the other files of its room. */
import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { Dispatcher } from 'undici'
import { unrelated } from './planted.ts'
export const at = Date.parse('2026-01-01')
export const day = new Date(at)
export const fields = { process: 1, performance: { fetch: 2 } }
export const read = fields.performance.fetch
export const KINDS: ReadonlySet<string> = new Set(['Pod'])
export type Parsed = { readonly createdAt: Date; readonly stats: Stats; readonly dispatcher: Dispatcher }
`

const STATE = [
  'let last = 0',
  'export let next = 0',
  'const seen = new Map()',
  'export const known = new WeakMap()',
  'const all: string[] = []',
  'const some: Set<string> = new Set()',
]

const WAYS_TO_IMPORT = [
  "import { isRecord } from '../sources/planted.ts'",
  "import type { Manifest } from '../sources/planted.ts'",
  "import '../sources/planted.ts'",
  "export { isRecord } from '../sources/planted.ts'",
  "export * from '../sources/planted.ts'",
  "export type { Manifest as Again } from '../sources/planted.ts'",
  "export type Last = import('../sources/planted.ts').Manifest",
  "export const later = () => import('../sources/planted.ts')",
  "export const old = require('../sources/planted.ts')",
]

let root = ''
/** The output of lint, by `FILE:LINE`. */
let reported: ReadonlyMap<string | undefined, readonly string[]> = new Map()
/** The output of lint, by FILE. */
let byFile: ReadonlyMap<string | undefined, readonly string[]> = new Map()

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'l7mesh-rooms-'))
  for (const name of PACKAGES) await cp(join(name, 'src'), join(root, name, 'src'), { recursive: true })
  for (const room of folders) await addViolations(room)
  for (const { name } of files) await appendFile(join(root, pathOf(name)), `\n${importsOfAll(name).join('\n')}\n`)
  for (const file of await filesDeclaredPure())
    await appendFile(join(root, file), `\n${FORBIDDEN_IN_PURE.join('\n')}\n`)
  await writeFile(join(root, 'operator/src/kube/ways.ts'), WAYS_TO_IMPORT.join('\n'))
  await cp(join(root, 'operator/src/clock.ts'), join(root, 'operator/src/attic/clock.ts'), { recursive: true })
  const { stdout } = spawnSync(process.execPath, ['scripts/directions.ts', root], { encoding: 'utf8' })
  const lines = stdout.split('\n')
  reported = Map.groupBy(lines, line => /^[^:]+:\d+/.exec(line)?.[0])
  byFile = Map.groupBy(lines, line => /^[^:]+/.exec(line)?.[0])
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('the table', () => {
  it('lists each room once, with imports only from previous rooms', () => {
    expect(new Set(names).size).toBe(names.length)
    for (const [index, { name, imports }] of ROOMS.entries())
      expect(
        imports.filter(other => !names.slice(0, index).includes(other)),
        name,
      ).toEqual([])
  })

  it('keeps the essential restrictions', () => {
    const reach = reachable()
    const never = (from: string, to: (name: string) => boolean) => expect(reach(from).filter(to), from).toEqual([])
    const isOperator = (name: string) => !name.startsWith('crds') && !name.startsWith('proxy-client')
    const isCli = (name: string) => name.startsWith('cli') || name === 'main.ts'
    for (const name of names.filter(name => !isOperator(name))) never(name, isOperator)
    for (const name of names.filter(name => !isCli(name))) never(name, isCli)
    never('kinds', name => !['.', 'crds'].includes(name))
    never('kube', name => /^(kinds|sources|translate|converge|report|local|app)/.test(name))
    never('sources/folder', name => /^(kube|translate|converge|report|local|app)/.test(name))
    never('sources/kubernetes', name => /^(translate|converge|report|local|app)/.test(name))
    never('translate', name => /^(kube|sources\/|converge|report|local|app)/.test(name))
    never('converge', name => /^(kube|sources\/|report|local|app)/.test(name))
    never('report', name => /^(kube|sources\/|local|app)/.test(name))
    never('local', name => /^(kube|sources\/|translate|converge|report|app)/.test(name))
    never('proxy-client/plan', name => /^proxy-client\//.test(name))
    never('proxy-client/apply', name => name === 'proxy-client/l7mp')
  })

  it('declares the core as pure', () => {
    const core = names.filter(name => /^(crds$|proxy-client$|proxy-client\/plan|sources$|translate)/.test(name))
    expect(core.filter(name => !ROOMS.some(room => room.name === name && room.isPure))).toEqual([])
  })
})

describe('an import', () => {
  it.each(ROOMS)('of $name is rejected unless the table allows it', ({ name, imports }) => {
    const from = isFileName(name) ? pathOf(name) : `${pathOf(name)}/planted.ts`
    const refused = (byFile.get(from) ?? []).filter(line => line.includes(` ${name} may not import `))
    const targets = refused.map(line => /may not import (\S+)/.exec(line)?.[1])
    const expected = names.filter(
      other => other !== name && !imports.includes(other) && !Object.hasOwn(EXCEPTIONS, `${name} → ${other}`),
    )
    expect(targets.sort()).toEqual(expected.sort())
  })

  it.each(WAYS_TO_IMPORT.map((text, index) => ({ text, line: index + 1 })))(
    'is detected in the form $text',
    ({ line }) => {
      const at = `operator/src/kube/ways.ts:${line}`
      expect(reported.get(at)).toEqual([`${at}: kube may not import sources ('../sources/planted.ts')`])
    },
  )

  it('is rejected in a folder that is not a room', () => {
    const file = 'operator/src/attic/clock.ts'
    expect(byFile.get(file)).toEqual([`${file}:1: the folder is not a room; add it to scripts/rooms.ts`])
  })
})

describe('pure code', () => {
  const isReported = (file: string, line: number) =>
    reported.get(`${file}:${line}`)?.some(text => text.includes(': pure code may not '))

  it.each(folders.filter(({ isPure }) => isPure))('of $name has no effects', ({ name }) => {
    const file = `${pathOf(name)}/planted-effects.ts`
    expect(FORBIDDEN_IN_PURE.filter((_, index) => !isReported(file, index + 1))).toEqual([])
    expect(byFile.get(`${pathOf(name)}/planted-allowed.ts`)).toBe(undefined)
  })

  it('includes each file whose docstring says so', async () => {
    for (const file of await filesDeclaredPure()) {
      const lines = (await readFile(join(root, file), 'utf8')).split('\n')
      const first = lines.indexOf(FORBIDDEN_IN_PURE[0] ?? '')
      const missed = FORBIDDEN_IN_PURE.filter((_, index) => !isReported(file, first + index + 1))
      expect(missed, file).toEqual([])
    }
  })
})

it('an import of a room that is listed later, or of itself, is rejected', () => {
  const room = (name: string, ...imports: readonly string[]): Room => ({ name, imports, isPure: false })
  expect(upward([room('a'), room('b', 'a', 'c'), room('c', 'c')])).toEqual(['b → c', 'c → c'])
  expect(upward(ROOMS)).toEqual([])
})

it('state at module level is rejected', () => {
  for (const { name } of folders) {
    const file = `${pathOf(name)}/planted-state.ts`
    const found = byFile.get(file)?.filter(text => text.includes('no state at module level'))
    expect(found, name).toHaveLength(STATE.length)
  }
})

function isFile({ name }: Room): boolean {
  return isFileName(name)
}

function isFileName(name: string): boolean {
  return name.endsWith('.ts')
}

/** `kube` is operator/src/kube, `proxy-client/plan` is proxy-client/src/plan. */
function pathOf(name: string): string {
  const [first = '', ...rest] = name.split('/')
  if (first !== 'operator' && PACKAGES.includes(first)) return join(first, 'src', ...rest)
  return join('operator/src', name)
}

/** One import of each other room per line; type imports only, which are not effects. */
function importsOfAll(from: string): readonly string[] {
  const folder = isFileName(from) ? join(pathOf(from), '..') : pathOf(from)
  return names
    .filter(name => name !== from)
    .map(name => {
      const path = relative(folder, isFileName(name) ? pathOf(name) : `${pathOf(name)}/planted.ts`)
      return `import type {} from '${path.startsWith('.') ? path : `./${path}`}'`
    })
}

async function addViolations({ name, isPure }: Room): Promise<void> {
  const write = (file: string, text: string) => writeFile(join(root, pathOf(name), file), text)
  await write('planted.ts', `${importsOfAll(name).join('\n')}\nexport const unrelated = 1\n`)
  await write('planted-state.ts', STATE.join('\n'))
  if (!isPure) return
  await write('planted-effects.ts', FORBIDDEN_IN_PURE.join('\n'))
  await write('planted-allowed.ts', ALLOWED_IN_PURE)
}

/** The files that declare themselves pure in rooms that are not. */
async function filesDeclaredPure(): Promise<readonly string[]> {
  const found = await Promise.all(
    folders
      .filter(({ isPure }) => !isPure)
      .map(async ({ name }) => {
        const inside = (await readdir(pathOf(name))).filter(file => /(?<!\.test)\.ts$/.test(file))
        const paths = inside.map(file => join(pathOf(name), file))
        const texts = await Promise.all(paths.map(path => readFile(path, 'utf8')))
        return paths.filter((_, index) => /^\/\*\*(?:(?!\*\/).)*\bpure\b/is.test(texts[index] ?? ''))
      }),
  )
  return found.flat()
}

/** All rooms that a room imports directly or indirectly. */
function reachable(): (name: string) => readonly string[] {
  const all = new Map<string, ReadonlySet<string>>()
  for (const { name, imports } of ROOMS) {
    const reached = imports.flatMap(other => [other, ...(all.get(other) ?? [])])
    all.set(name, new Set(reached))
  }
  return name => [...(all.get(name) ?? [])]
}
