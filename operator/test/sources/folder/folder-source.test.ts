import { mkdir, open, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createValidator } from '@l7mesh/crds'
import { describe, expect, it } from 'vitest'
import { DISK, type Disk } from '../../../src/sources/folder/disk.ts'
import { countedDisk, Fixture, target, yaml } from './folder-fixture.ts'

const POD = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'dns' }, spec: { containers: [{ name: 'dns' }] } }

function report(what: string, since: number): void {
  process.stdout.write(`${what}: ${(performance.now() - since).toFixed(1)} ms\n`)
}

describe('a folder that is read', () => {
  it('contains the YAML and JSON files of all subfolders, without hidden and backup files', async () => {
    await using mesh = await Fixture.start({
      'a.yaml': yaml(target('a'), POD),
      'deep/er/b.yml': yaml(target('b')),
      'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [target('c'), target('d')] }),
      'e.json': JSON.stringify([target('e')]),
      '.hidden.yaml': yaml(target('hidden')),
      '.git/x.yaml': yaml(target('git')),
      'a.yaml~': yaml(target('backup')),
    })
    expect(mesh.targets().toSorted()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(mesh.source.snapshot()?.pods.get('default/dns')?.metadata).toEqual({
      name: 'dns',
      namespace: 'default',
      generation: 1,
    })
    expect(mesh.problems()).toEqual([])
    expect(mesh.source.isComplete()).toBe(true)
  })

  it('reports file and line of mistakes, and uses the rest', async () => {
    await using mesh = await Fixture.start({
      'a.yaml': `${yaml(target('a'))}---\nkind: Target\n${yaml(target('b', {}, 'Tarket'), target('bad', { bad: true }))}`,
      'b.yaml': yaml(target('a', { cluster: { retry: 1 } }), target('c')),
      'd.yaml': yaml(target('c')),
      'c.yaml': 'kind: Target\n  bad: [\n',
    })
    expect(mesh.targets()).toEqual(['a', 'c'])
    expect(mesh.problems()).toEqual([
      'a.yaml:9 Target has no apiVersion',
      'a.yaml:11 l7mp.io/v1 has no kind Tarket',
      `b.yaml:2 Target default/a is already defined in ${mesh.path('a.yaml')}:2, which is used`,
      expect.stringMatching(/^c\.yaml:[12] /),
    ])
    expect(mesh.source.problems()[1]?.help).toBe('Did you mean Target?')
    expect([...mesh.source.rejected().keys()]).toEqual(['Target/default/bad'])
    expect(mesh.source.isComplete()).toBe(false)
  })

  it('validates resources by their CRDs: an unknown field in spec is a rejection, one outside spec a problem', async () => {
    const { validate } = createValidator()
    const udp = (port: unknown, more: object = {}) => ({ cluster: { spec: { UDP: { port } }, ...more } })
    const odd = { ...target('a', udp(53)), statuss: {} }
    const files = { 'a.yaml': yaml(odd, target('b', udp('x')), target('c', udp(53, { retries: 1 }))) }
    await using mesh = await Fixture.start(files, { validate })
    expect(mesh.target('a')?.spec).toEqual(udp(53))
    expect(mesh.problems()).toEqual(['a.yaml:2 Target default/a: statuss: unknown field'])
    expect(mesh.source.rejected().get('Target/default/b')).toMatchObject([{ path: 'spec.cluster.spec.UDP.port' }])
    expect(mesh.source.rejected().get('Target/default/c')).toMatchObject([{ path: 'spec.cluster.retries' }])
  })

  it('has no snapshot before the folder exists', async () => {
    await using mesh = await Fixture.create()
    await rm(mesh.root, { recursive: true })
    mesh.run()
    await mesh.until('a problem', () => mesh.problems().length === 1)
    expect(mesh.source.snapshot()).toBe(undefined)
    await mesh.write('a.yaml', yaml(target('a')))
    await mesh.until('its object', () => mesh.targets().length === 1)
    expect(mesh.problems()).toEqual([])
  })
})

describe('a folder that is edited', () => {
  it('detects an atomic save, and keeps the identity of unchanged objects', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a'), target('b')), 'c.yaml': yaml(target('c')) })
    const [a, b, c] = ['a', 'b', 'c'].map(name => mesh.target(name))
    const saved = performance.now()
    await mesh.save('a.yaml', `# moved down by a line\n${yaml(target('a', { cluster: { retry: 1 } }), target('b'))}`)
    await mesh.until('the edit', () => mesh.target('a') !== a)
    report('save to snapshot', saved)
    expect([mesh.target('b') === b, mesh.target('c') === c]).toEqual([true, true])
    expect(mesh.target('a')).toMatchObject({ metadata: { generation: 2 }, spec: { cluster: { retry: 1 } } })
    expect(mesh.source.located().get('l7mp.io/Target/default/b')).toBe(`${mesh.path('a.yaml')}:11`)
  })

  it('does not report a change if the same content is saved again', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')) })
    const before = mesh.source.snapshot()
    await mesh.save('a.yaml', yaml(target('a')))
    await mesh.write('b.yaml', yaml({ ...POD, kind: 'ConfigMap' }))
    await mesh.until('the next file', () => mesh.source.manifests().length === 2)
    expect(mesh.source.snapshot()).toBe(before)
  })

  it('never uses a half-written file', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a'), target('b')) }, { settleMs: 10_000 })
    const seen: string[] = []
    const file = await open(mesh.path('a.yaml'), 'w')
    const text = yaml(target('a', { cluster: { retry: 2 } }), target('b'))
    for (const at of [0, 17, 60]) {
      await mesh.save(`tick-${at}.yaml`, yaml(target(`tick-${at}`)))
      await mesh.until('a read', () => mesh.targets().includes(`tick-${at}`))
      seen.push(mesh.targets().join())
      await file.write(text.slice(at, at === 0 ? 17 : at === 17 ? 60 : undefined))
    }
    await file.close()
    await mesh.until('the whole', () => mesh.target('a')?.metadata?.generation === 2)
    expect(seen).toEqual(['a,b,tick-0', 'a,b,tick-0,tick-17', 'a,b,tick-0,tick-17,tick-60'])
    expect(mesh.problems()).toEqual([])
  })

  it('keeps the last valid version of a file that does not parse, until it is fixed', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')) })
    const a = mesh.target('a')
    await mesh.save('a.yaml', 'apiVersion: l7mp.io/v1\nkind: Target\nmetadata: {name: a\n')
    await mesh.until('a problem', () => mesh.problems().length === 1)
    expect(mesh.problems()[0]).toMatch(/^a\.yaml:[34] /)
    expect(mesh.target('a')).toBe(a)
    await mesh.save('a.yaml', yaml(target('a')))
    await mesh.until('no problem', () => mesh.problems().length === 0)
    expect(mesh.target('a')).toBe(a)
  })

  it('keeps the last valid version of a resource that is rejected', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')) })
    const a = mesh.target('a')
    await mesh.save('a.yaml', yaml(target('a', { bad: true })))
    await mesh.until('a rejection', () => mesh.source.rejected().has('Target/default/a'))
    expect(mesh.target('a')).toBe(a)
    await mesh.save('a.yaml', yaml(target('a', { bad: false })))
    await mesh.until('none', () => mesh.source.rejected().size === 0)
    expect(mesh.target('a')?.metadata?.generation).toBe(2)
  })

  it('removes the objects of a deleted file, moves those of a renamed one, and finds new folders', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')), 'b.yaml': yaml(target('b')) })
    const b = mesh.target('b')
    await rename(mesh.path('b.yaml'), mesh.path('z.yaml'))
    await unlink(mesh.path('a.yaml'))
    await mesh.until('deletion of a', () => mesh.targets().join() === 'b')
    expect(mesh.target('b')).toBe(b)
    expect(mesh.source.located().get('l7mp.io/Target/default/b')).toBe(`${mesh.path('z.yaml')}:2`)
    await mesh.write('new/er/c.yaml', yaml(target('c')))
    await mesh.until('c', () => mesh.targets().includes('c'))
    await mesh.write('new/er/c.yaml', yaml(target('d')))
    await mesh.until('d', () => mesh.targets().includes('d'))
    await rm(mesh.path('new'), { recursive: true })
    await mesh.until('only b', () => mesh.targets().join() === 'b')
    expect(mesh.problems()).toEqual([])
  })

  it('keeps everything while the folder is missing and while a new one is being filled', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')), 'b.yaml': yaml(target('b')) })
    const [a, b] = [mesh.target('a'), mesh.target('b')]
    await rename(mesh.root, `${mesh.root}-away`)
    await mesh.until('a problem', () => mesh.problems().length === 1)
    expect(mesh.targets()).toEqual(['a', 'b'])
    await mkdir(mesh.root)
    await mesh.until('another problem', () => mesh.problems().some(problem => problem.includes('without manifests')))
    await mesh.write('a.yaml', yaml(target('a')))
    await mesh.until('no problem', () => mesh.problems().length === 0)
    expect([mesh.target('a') === a, mesh.target('b') === b]).toEqual([true, true])
    await mesh.until('deletion of b', () => mesh.targets().join() === 'a')
    expect(mesh.target('a')).toBe(a)
    await mesh.save('a.yaml', yaml(target('a2')))
    await mesh.until('an edit in the new folder', () => mesh.targets().join() === 'a2')
  })

  it('follows links: an updated ConfigMap volume, and an edited file outside the folder', async () => {
    await using mesh = await Fixture.create()
    const mount = async (version: string, name: string) => {
      await mkdir(mesh.path(`..${version}/sub`), { recursive: true })
      await writeFile(mesh.path(`..${version}/a.yaml`), yaml(target(name)))
      await writeFile(mesh.path(`..${version}/sub/b.yaml`), yaml(target(`sub-${name}`)))
      await symlink(`..${version}`, mesh.path('..data_tmp'))
      await rename(mesh.path('..data_tmp'), mesh.path('..data'))
    }
    await mount('v1', 'one')
    await symlink('..data/a.yaml', mesh.path('a.yaml'))
    await symlink('..data/sub', mesh.path('sub'))
    await writeFile(join(mesh.place, 'else.yaml'), yaml(target('else-1')))
    await symlink('../else.yaml', mesh.path('else.yaml'))
    await symlink('..', mesh.path('loop'))
    mesh.run()
    await mesh.until('all', () => mesh.targets().length === 3)
    expect(mesh.targets()).toEqual(['one', 'else-1', 'sub-one'])
    await mount('v2', 'two')
    await mesh.until('the swap', () => mesh.targets().join() === 'two,else-1,sub-two')
    await writeFile(join(mesh.place, 'else.tmp'), yaml(target('else-2')))
    await rename(join(mesh.place, 'else.tmp'), join(mesh.place, 'else.yaml'))
    await mesh.until('the save', () => mesh.targets().join() === 'two,else-2,sub-two')
  })

  it('keeps the objects of a broken link, but not those of a deleted link', async () => {
    await using mesh = await Fixture.create()
    const mount = async (version: string) => {
      await symlink(`..${version}`, mesh.path('..data_tmp'))
      await rename(mesh.path('..data_tmp'), mesh.path('..data'))
    }
    await mkdir(mesh.path('..v1/sub'), { recursive: true })
    await writeFile(mesh.path('..v1/a.yaml'), yaml(target('one')))
    await writeFile(mesh.path('..v1/sub/b.yaml'), yaml(target('sub-one')))
    await mount('v1')
    await symlink('..data/a.yaml', mesh.path('a.yaml'))
    await symlink('..data/sub', mesh.path('sub'))
    mesh.run()
    await mesh.until('all', () => mesh.targets().length === 2)
    await mount('nothing')
    await mesh.until('the problems', () => mesh.source.problems().length === 2)
    expect(mesh.targets()).toEqual(['one', 'sub-one'])
    await unlink(mesh.path('a.yaml'))
    await mesh.until('deletion of the file', () => mesh.targets().join() === 'sub-one')
    await mount('v1')
    await mesh.until('no problem', () => mesh.source.problems().length === 0)
    await unlink(mesh.path('sub'))
    await mesh.until('deletion of the folder', () => mesh.targets().length === 0)
  })
})

describe('a folder with a relative path', () => {
  it('contains each file once, even if it has a link to another path in it', async () => {
    await using mesh = await Fixture.create({ 'a.yaml': yaml(target('a')) }, { isRelative: true })
    await mkdir(mesh.path('b'))
    mesh.run()
    await mesh.until('a snapshot', () => mesh.targets().join() === 'a')
    await symlink('../a.yaml', mesh.path('b/link.yaml'))
    await mesh.save('a.yaml', yaml(target('a2')))
    await mesh.until('the edit', () => mesh.targets().join() === 'a2')
    expect([...mesh.source.located().values()]).toEqual([`${mesh.path('a.yaml')}:2`])
  })
})

describe('a folder that is hard to read', () => {
  it('reads 10,000 objects once, and after an edit only the edited file', async () => {
    const disk = countedDisk()
    await using mesh = await Fixture.create({}, { disk })
    for (let file = 0; file < 1000; file++) {
      const names = Array.from({ length: 10 }, (_, index) => `t-${file}-${index}`)
      await mesh.write(`${file % 20}/${file}.yaml`, yaml(...names.map(name => target(name))))
    }
    const started = performance.now()
    mesh.run()
    await mesh.until('a snapshot', () => mesh.source.snapshot() !== undefined)
    report('10,000 objects in 1,000 files, read', started)
    expect([mesh.source.snapshot()?.targets.size, disk.reads.length]).toEqual([10_000, 1000])
    const other = mesh.target('t-8-0')
    const text = await readFile(mesh.path('7/7.yaml'), 'utf8')
    disk.reads.length = 0
    disk.stats.length = 0
    const saved = performance.now()
    await mesh.save('7/7.yaml', text.replace('cluster: {}', 'cluster: { retry: 3 }'))
    await mesh.until('the edit', () => mesh.target('t-7-0')?.metadata?.generation === 2)
    report('one edit among 10,000 objects, save to snapshot', saved)
    expect(new Set(disk.reads)).toEqual(new Set([mesh.path('7/7.yaml')]))
    expect(disk.stats.length).toBeLessThan(12)
    expect(mesh.target('t-8-0')).toBe(other)
  })

  it('finds changes without events, and reports that it cannot watch', async () => {
    const watch = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, watch'), { code: 'ENOSPC' })
    }
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')) }, { disk: countedDisk({ watch }) })
    expect(mesh.problems().join()).toContain('cannot be watched: ENOSPC')
    await mesh.save('a.yaml', yaml(target('b')))
    await mesh.until('the edit', () => mesh.targets().join() === 'b')
  })

  it('finds changes without events by the periodic rescan', async () => {
    const disk = countedDisk({ watch: () => ({ close: () => {} }) })
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')) }, { disk, rescanMs: 50 })
    await mesh.save('a.yaml', yaml(target('b')))
    await mesh.until('the edit', () => mesh.targets().join() === 'b')
    expect(mesh.problems()).toEqual([])
  })

  it('reads everything after so many events that some may be lost', async () => {
    const events: (() => void)[] = []
    const watch: Disk['watch'] = (folder, onEvent) => {
      events.push(() => onEvent(folder.endsWith('mesh') ? 'noise.txt' : null))
      return { close: () => {} }
    }
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')) }, { disk: countedDisk({ watch }) })
    await mesh.save('a.yaml', yaml(target('b')))
    for (let event = 0; event < 5000; event++) events.at(-1)?.()
    await mesh.until('the edit', () => mesh.targets().join() === 'b')
  })

  it('reads a UTF-16 file', async () => {
    await using mesh = await Fixture.start()
    await writeFile(mesh.path('a.yaml'), Buffer.from(`\uFEFF${yaml(target('a'))}`, 'utf16le'))
    await mesh.until('a file', () => mesh.targets().join() === 'a')
    expect(mesh.problems()).toEqual([])
  })

  it('keeps the last valid version of a file that becomes unreadable', async () => {
    let isLocked = false
    const read = (file: string) =>
      isLocked
        ? Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }))
        : DISK.read(file)
    await using mesh = await Fixture.start({ 'a.yaml': yaml(target('a')) }, { disk: countedDisk({ read }) })
    isLocked = true
    await mesh.save('a.yaml', yaml(target('b')))
    await mesh.until('a problem', () => mesh.problems().length === 1)
    expect(mesh.targets()).toEqual(['a'])
    isLocked = false
    await mesh.save('a.yaml', yaml(target('b')))
    await mesh.until('the edit', () => mesh.targets().join() === 'b')
    expect(mesh.problems()).toEqual([])
  })
})
