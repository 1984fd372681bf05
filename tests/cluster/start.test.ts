/** A cluster starts quickly, also after another one has stopped, and with the user's own programs if there are any. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { kubePrograms } from './kube-programs.ts'
import { tools } from './tools.ts'

afterEach(() => vi.unstubAllEnvs())

/** The cluster of a test; there is one at a time. */
async function started(): Promise<Cluster> {
  const cluster = await startCluster({ nodes: 1 })
  onTestFinished(() => cluster.stop())
  return cluster
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'l7mesh-assets-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** A folder with the programs of envtest; each reports its use. */
async function assets(): Promise<{ readonly folder: string; used(): Promise<string> }> {
  const { kube } = await tools(() => {})
  const folder = await emptyFolder()
  const used = join(folder, 'used')
  const programs = { etcd: kube.etcd, 'kube-apiserver': kube.apiserver, kubectl: kube.kubectl }
  for (const [name, command] of Object.entries(programs)) {
    const script = `#!/bin/sh\necho ${name} >> ${used}\nexec ${command.join(' ')} "$@"\n`
    await writeFile(join(folder, name), script, { mode: 0o755 })
  }
  return { folder, used: () => readFile(used, 'utf8') }
}

/** Starts a cluster and lists its nodes. Resolves with the startup time, in milliseconds. */
async function startsWell(): Promise<{ readonly cluster: Cluster; readonly took: number }> {
  const began = performance.now()
  const cluster = await started()
  const took = performance.now() - began
  const { code, stdout } = await cluster.kubectl(['get', 'nodes', '-o', 'name'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'node/node-1\n' })
  return { cluster, took }
}

describe('startCluster', () => {
  it('takes less than 20 seconds, starts another cluster after one has stopped, and uses the programs in KUBEBUILDER_ASSETS', async () => {
    // The user's own cluster, which tests must not use.
    vi.stubEnv('KUBECONFIG', '/somebody/else')
    const first = await startsWell()
    await first.cluster.stop()
    expect(existsSync(first.cluster.folder)).toBe(false)
    const { folder, used } = await assets()
    vi.stubEnv('KUBEBUILDER_ASSETS', folder)
    const second = await startsWell()
    // The controllers and the scheduler are built here.
    expect(await used()).toBe('etcd\nkube-apiserver\nkubectl\n')
    // A busy machine may delay one of them.
    expect(Math.min(first.took, second.took)).toBeLessThan(20_000)
  })
})

describe('KUBEBUILDER_ASSETS', () => {
  it('may contain some of the programs, but at least one', async () => {
    const folder = await emptyFolder()
    const ours = { kube: async () => '/ours/kube', kubectl: async () => '/ours/kubectl' }
    await expect(kubePrograms(ours, folder)).rejects.toThrow(
      `KUBEBUILDER_ASSETS is '${folder}', which contains none of`,
    )
    await mkdir(join(folder, 'kube-scheduler'))
    expect(await kubePrograms(ours, folder)).toEqual({
      etcd: ['/ours/kube', 'etcd'],
      apiserver: ['/ours/kube', 'apiserver'],
      controllers: ['/ours/kube', 'controllers'],
      scheduler: [join(folder, 'kube-scheduler')],
      kubectl: ['/ours/kubectl'],
    })
  })
})
