import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Assembly, assemble, EMPTY_ASSEMBLY } from '../../../src/sources/folder/assemble.ts'
import { type AcceptanceRules, observeFile, type TrackedFile } from '../../../src/sources/folder/tracked-file.ts'
import { target, validate, yaml } from './folder-fixture.ts'

const AT_ONCE: AcceptanceRules = { now: 0, settleMs: 0, acceptsDeletions: true, validate }

/** The contents of one file after an edit: Targets by name, with a number as content; undefined if it is deleted. */
type Edit = { readonly path: string; readonly content: Readonly<Record<string, number>> | undefined }

const edits = fc.array(
  fc.record<Edit>({
    path: fc.constantFrom('a.yaml', 'b.yaml', 'c.yaml'),
    content: fc.option(fc.dictionary(fc.constantFrom('w', 'x', 'y', 'z'), fc.nat(2)), { nil: undefined }),
  }),
  { maxLength: 12 },
)

type Folder = Map<string, TrackedFile>

function apply(folder: Folder, { path, content }: Edit): Folder {
  const documents = Object.entries(content ?? {}).map(([name, retry]) => target(name, { cluster: { retry } }))
  const text = yaml(...documents)
  const sight = content ? { tag: 'read' as const, stamp: text, text } : { tag: 'missing' as const }
  const file = observeFile(path, folder.get(path), sight, AT_ONCE)
  const next = new Map(folder)
  next.delete(path)
  return file ? next.set(path, file) : next
}

const specs = ({ snapshot }: Assembly) => [...snapshot.targets].map(([name, { spec }]) => [name, spec])

function expectSameWhereEqual(before: Assembly, after: Assembly): void {
  for (const [name, now] of after.snapshot.targets) {
    const then = before.snapshot.targets.get(name)
    if (!then) continue
    const isEqual = JSON.stringify(then.spec) === JSON.stringify(now.spec)
    expect(now === then).toBe(isEqual)
    expect(now.metadata.generation).toBe((then.metadata.generation ?? 0) + (isEqual ? 0 : 1))
  }
}

describe('an assembly', () => {
  it('does not depend on earlier ones, except for the generation', () => {
    fc.assert(
      fc.property(edits, all => {
        let folder: Folder = new Map()
        let assembly = EMPTY_ASSEMBLY
        for (const edit of all) {
          folder = apply(folder, edit)
          assembly = assemble(folder.values(), assembly)
          const fresh = assemble(folder.values(), EMPTY_ASSEMBLY)
          expect(specs(assembly)).toEqual(specs(fresh))
          expect(assembly.problems).toEqual(fresh.problems)
        }
      }),
    )
  })

  it('does not depend on the order of edits in different files', () => {
    fc.assert(
      fc.property(edits, all => {
        const inOrder = all.reduce(apply, new Map())
        const byFile = all.toSorted((a, b) => (a.path > b.path ? -1 : Number(a.path < b.path)))
        const other = byFile.reduce(apply, new Map())
        expect(specs(assemble(other.values(), EMPTY_ASSEMBLY))).toEqual(
          specs(assemble(inOrder.values(), EMPTY_ASSEMBLY)),
        )
      }),
    )
  })

  it('keeps the identity of an object exactly while its content is unchanged', () => {
    fc.assert(
      fc.property(edits, all => {
        let folder: Folder = new Map()
        let before = EMPTY_ASSEMBLY
        for (const edit of all) {
          folder = apply(folder, edit)
          const after = assemble(folder.values(), before)
          expectSameWhereEqual(before, after)
          before = after
        }
      }),
    )
  })

  it('returns the same snapshot if nothing changed', () => {
    const folder = apply(new Map(), { path: 'a.yaml', content: { x: 1 } })
    const first = assemble(folder.values(), EMPTY_ASSEMBLY)
    const moved = apply(apply(folder, { path: 'a.yaml', content: undefined }), { path: 'b.yaml', content: { x: 1 } })
    expect(assemble(moved.values(), first).snapshot).toBe(first.snapshot)
  })

  it('does not count label changes as generations, and keeps the generation of a manifest', () => {
    const write = (text: string, before?: TrackedFile) => {
      const file = observeFile('a.yaml', before, { tag: 'read', stamp: text, text }, AT_ONCE)
      if (!file) throw new Error('no file')
      return file
    }
    const plain = write(yaml(target('x')))
    const first = assemble([plain], EMPTY_ASSEMBLY)
    const labelled = { ...target('x'), metadata: { name: 'x', labels: { team: 'a' } } }
    const second = assemble([write(yaml(labelled), plain)], first)
    expect(second.snapshot.targets.get('default/x')?.metadata).toMatchObject({ generation: 1, labels: { team: 'a' } })
    const given = { ...target('x'), metadata: { name: 'x', generation: 7 } }
    const third = assemble([write(yaml(given), plain)], second)
    expect(third.snapshot.targets.get('default/x')?.metadata).toMatchObject({ generation: 7 })
  })
})
