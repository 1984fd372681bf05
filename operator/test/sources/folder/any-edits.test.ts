import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { folderSource } from '../../../src/sources/folder/folder-source.ts'
import { Fixture, target, validate, yaml } from './folder-fixture.ts'

type Step = {
  readonly act: 'write' | 'save' | 'remove' | 'move'
  readonly path: string
  readonly to: string
  readonly n: number
}

const paths = fc.constantFrom('a.yaml', 'b.yaml', 'd/a.yaml', 'd/b.yaml', 'd/e/c.yaml', 'd', 'd/e', 'f')
const steps = fc.array(
  fc.record<Step>({
    act: fc.constantFrom('write', 'write', 'save', 'save', 'remove', 'move'),
    path: paths,
    to: paths,
    n: fc.nat(99),
  }),
  { minLength: 5, maxLength: 30 },
)

/** Steps that the file system rejects, such as a file in place of a folder, are ignored. */
async function perform(mesh: Fixture, { act, path, to, n }: Step): Promise<void> {
  const isFile = path.endsWith('.yaml')
  const text = yaml(target(`t-${n % 7}`, { cluster: { retry: n } }), target(`t-${(n + 1) % 7}`))
  if (act === 'write' && isFile) await mesh.write(path, text)
  if (act === 'save' && isFile) await mesh.save(path, text)
  if (act === 'remove') await rm(mesh.path(path), { recursive: true, force: true })
  if (act === 'move' && isFile === to.endsWith('.yaml')) {
    await mkdir(dirname(mesh.path(to)), { recursive: true })
    await rename(mesh.path(path), mesh.path(to)).catch(() => undefined)
  }
}

/** The result of a source that starts now. */
async function contentsFromStart(root: string): Promise<readonly unknown[]> {
  const end = new AbortController()
  const source = folderSource(root, { validate })
  await source.run(end.signal, () => end.abort())
  return contentsOf(source)
}

function contentsOf(source: Fixture['source']): readonly unknown[] {
  const targets = [...(source.snapshot()?.targets ?? [])].map(([name, { spec }]) => [name, spec])
  return [targets, source.problems(), [...source.located()]]
}

it('converges to the contents of the folder by events alone, whatever the edits', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async all => {
      await using mesh = await Fixture.start({ 'z.yaml': yaml(target('z')) }, { settleMs: 20 })
      for (const step of all) await perform(mesh, step)
      await mesh.save('z.yaml', yaml(target('end')))
      const expected = JSON.stringify(await contentsFromStart(mesh.root))
      await mesh.until(expected, () => JSON.stringify(contentsOf(mesh.source)) === expected)
      expect(JSON.stringify(contentsOf(mesh.source))).toBe(expected)
    }),
    { numRuns: 60 },
  )
})
