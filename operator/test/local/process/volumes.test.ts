import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Reaper, startReaper } from '../../../src/local/process/reaper.ts'
import { boundVolumes, mountPoints, sharedVolumes } from '../../../src/local/process/volumes.ts'
import { pod, workloadsOf } from '../support/documents.ts'

let folder: string
let reaper: Reaper
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'l7mesh-volumes-'))
  reaper = startReaper()
})
afterEach(async () => {
  reaper.close()
  await rm(folder, { recursive: true })
})

/** The spec of a pod whose containers `a` and `b` share a volume at these paths. */
function spec(...paths: readonly string[]) {
  const container = (name: string, path: string) => ({
    name,
    command: ['true'],
    volumeMounts: [{ name: 'v', mountPath: path }],
  })
  const containers = paths.map((path, index) => container('ab'[index] ?? 'c', path))
  const [found] = workloadsOf(pod('p', { volumes: [{ name: 'v', emptyDir: {} }], containers }))
  if (found === undefined) throw new Error('no pod')
  return found.template.spec
}
const shared = (taken = new Set<string>()) => ({ temporary: [folder], taken, reaper })

describe('sharedVolumes', () => {
  it('creates the mount path and its parents, and removes them', async () => {
    const path = join(folder, 'deep/sockets')
    const volumes = await sharedVolumes(spec(path, path), shared())
    expect(volumes.binds.size).toBe(0)
    await writeFile(join(path, 'left'), '')
    await volumes.remove()
    expect(existsSync(join(folder, 'deep'))).toBe(false)
    expect(existsSync(folder)).toBe(true)
  })

  it('provides one volume at all of its paths', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'x/two')]
    const volumes = await sharedVolumes(spec(one, two), shared())
    await writeFile(join(two, 'file'), 'seen')
    expect(await readFile(join(one, 'file'), 'utf8')).toBe('seen')
    await volumes.remove()
    expect(await readdir(folder)).toEqual([])
  })

  it('keeps parents that existed before', async () => {
    await mkdir(join(folder, 'mine'))
    const volumes = await sharedVolumes(spec(join(folder, 'mine/sockets')), shared())
    await volumes.remove()
    expect(existsSync(join(folder, 'mine'))).toBe(true)
  })

  it('rejects a path outside the temporary folder', async () => {
    await expect(sharedVolumes(spec('/var/run/mesh'), shared())).rejects.toThrow(
      `the mount path /var/run/mesh is not below ${folder}: move it there, or run with --netns (Linux)`,
    )
  })

  it('uses the temporary folder of the machine if that is the mount path, also for several pods', async () => {
    const all = shared()
    const path = join(folder, 'sockets')
    for (const paths of [[folder], ['/var/tmp'], ['/dev/shm'], [folder, path], [path, folder]]) {
      const [one, two] = [await sharedVolumes(spec(...paths), all), await sharedVolumes(spec(folder), all)]
      if (paths.includes(path)) {
        await writeFile(join(path, 'file'), 'seen')
        expect(await readFile(join(folder, 'file'), 'utf8')).toBe('seen')
      }
      await one.remove()
      await two.remove()
      expect(existsSync(folder)).toBe(true)
      await rm(join(folder, 'file'), { force: true })
    }
    expect(await readdir(folder)).toEqual([])
  })

  it('allows one pod per path at a time', async () => {
    const path = join(folder, 'sockets')
    const all = shared()
    const first = await sharedVolumes(spec(path), all)
    await expect(sharedVolumes(spec(path), all)).rejects.toThrow(`another pod uses the mount path ${path}`)
    await first.remove()
    await (await sharedVolumes(spec(path), all)).remove()
    expect(all.taken.size).toBe(0)
  })

  it('does not touch existing content at the path', async () => {
    const path = join(folder, 'data')
    await mkdir(path)
    await writeFile(join(path, 'precious'), '')
    const all = shared()
    await expect(sharedVolumes(spec(join(folder, 'other'), path), all)).rejects.toThrow('is not empty: remove it')
    expect(existsSync(join(path, 'precious'))).toBe(true)
    expect(existsSync(join(folder, 'other'))).toBe(false)
    expect(all.taken.size).toBe(0)
  })
})

describe('boundVolumes', () => {
  it('returns the bind mounts of each container', async () => {
    const [one, two] = [join(folder, 'x/one'), join(folder, 'x/two')]
    const volumes = await boundVolumes(spec(one, two), join(folder, 'pod'), mountPoints(reaper))
    const from = join(folder, 'pod/volumes/v')
    expect([...volumes.binds]).toEqual([
      ['a', [{ from, to: one }]],
      ['b', [{ from, to: two }]],
    ])
    expect([from, one, two].map(existsSync)).toEqual([true, true, true])
    await volumes.remove()
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })

  it('keeps a mount point until its last pod terminates, because removing it removes all mounts', async () => {
    const points = mountPoints(reaper)
    const path = join(folder, 'x/one')
    const first = await boundVolumes(spec(path), join(folder, 'first'), points)
    const second = await boundVolumes(spec(path, join(folder, 'x/two')), join(folder, 'second'), points)
    await first.remove()
    expect(existsSync(path)).toBe(true)
    await second.remove()
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })
})
