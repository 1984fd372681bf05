/** What an operator writes to a real API server about resources, and how people read it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { apply, echoing, installBareMesh, succeed } from './support/bare-mesh.ts'
import { type OperatorProcess, SHORT_LEASE, startOperator } from './support/operator-process.ts'

let cluster: Cluster
let operator: OperatorProcess
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 })
  operator = startOperator(await installBareMesh(cluster), 'operator-1', ...SHORT_LEASE)
  await operator.logged(/this operator leads/)
})
afterAll(async () => {
  await operator?.end()
  await cluster?.stop()
})
afterEach(() => kubectl('delete', 'virtualservices,targets,rules,routes', '--all', '--wait=true'))

const kubectl = (...args: readonly string[]) => succeed(cluster.kubectl(args))

type Condition = {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
}
type Resource = {
  readonly metadata: {
    readonly generation: number
    readonly resourceVersion: string
    readonly managedFields: readonly {
      readonly manager: string
      readonly operation: string
      readonly subresource?: string
      readonly fieldsV1: object
    }[]
  }
  readonly status?: { readonly observedGeneration: number; readonly conditions: readonly Condition[] }
}

async function read(name: string): Promise<Resource> {
  return JSON.parse(await kubectl('get', 'vsvc', name, '-o', 'json', '--show-managed-fields'))
}
async function condition(name: string, type: string): Promise<Condition | undefined> {
  return (await read(name)).status?.conditions.find(found => found.type === type)
}
const programmed = (name: string) => kubectl('wait', '--for=condition=Programmed', `vsvc/${name}`, '--timeout=120s')

describe('kubectl', () => {
  it('waits for a resource to be on every proxy', async () => {
    await apply(cluster, echoing('a', 5001))
    expect(await programmed('a')).toContain('condition met')
    expect(await condition('a', 'Programmed')).toMatchObject({ message: '2 of 2 proxies hold it' })
  })

  it('waits for the newest version, and not for one before', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    await apply(cluster, echoing('a', 5002))
    await programmed('a')
    const { metadata, status } = await read('a')
    expect(metadata.generation).toBe(2)
    expect(status).toMatchObject({ observedGeneration: 2 })
    for (const { address } of cluster.nodes) {
      const listeners = await (await fetch(`http://${address}:1234/api/v1/listeners`)).text()
      expect(listeners).toContain('5002')
    }
  })

  it('shows in a line what each resource is and whether it is in force', async () => {
    await apply(cluster, echoing('first', 5001))
    await programmed('first')
    await apply(cluster, echoing('second', 5001))
    await kubectl('wait', '--for=condition=Accepted=false', 'vsvc/second', '--timeout=120s')
    const table = await kubectl('get', 'vsvc', '-o', 'wide')
    const [head = '', ...rows] = table.split('\n').filter(Boolean)
    expect(head.split(/\s{2,}/).map(word => word.trim())).toEqual(
      'NAME,LISTENER,ACCEPTED,RESOLVED,PROGRAMMED,REASON,PROXIES,OF,NOTES,REFERENCES,MESSAGE,AGE'
        .split(',')
        .filter(Boolean),
    )
    expect(rows[0]).toMatch(/^first +\{"UDP":\{"port":5001\}\} +True +True +True +Programmed +2 +2 .*2 of 2 proxies/)
    expect(rows[1]).toMatch(/^second .* False +True +False +NotAccepted +0 +0 .*first/)
  })

  it('explains every field', async () => {
    expect(await kubectl('explain', 'vsvc.spec')).toMatch(/selector\t.*-required-/)
    expect(await kubectl('explain', 'vsvc.spec.listener.spec.UDP')).toContain('port')
    expect(await kubectl('explain', 'tr.spec.cluster')).toContain('DESCRIPTION')
  })
})

describe('the status', () => {
  it('is ours in its own fields, and leaves those of others alone', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const foreign = {
      type: 'Approved',
      status: 'True',
      reason: 'Ann',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    const patch = JSON.stringify([{ op: 'add', path: '/status/conditions/-', value: foreign }])
    await kubectl('patch', 'vsvc', 'a', '--subresource=status', '--type=json', '-p', patch)
    await apply(cluster, echoing('a', 5002))
    await programmed('a')
    const { metadata, status } = await read('a')
    expect(status?.conditions).toContainEqual(foreign)
    const ours = metadata.managedFields.filter(({ manager }) => manager === 'l7mesh')
    expect(ours).toMatchObject([{ operation: 'Apply', subresource: 'status' }])
    expect(JSON.stringify(ours)).not.toContain('Approved')
  })

  it('is put right where somebody changed it', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const patch = JSON.stringify({ status: { proxies: { selected: 9, programmed: 9 } } })
    await kubectl('patch', 'vsvc', 'a', '--subresource=status', '--type=merge', '-p', patch)
    await until('put right', async () => JSON.stringify((await read('a')).status).includes('"selected":2'))
  })

  it('tells owners which of their resources were applied, beside what it says of themselves', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const uid = await kubectl('get', 'vsvc', 'a', '-o', 'jsonpath={.metadata.uid}')
    const owner = { apiVersion: 'l7mp.io/v1', kind: 'VirtualService', name: 'a', uid }
    const rule = {
      apiVersion: 'l7mp.io/v1',
      kind: 'Rule',
      metadata: { name: 'b', namespace: 'default', ownerReferences: [owner] },
      spec: {
        updateOwners: true,
        selector: {},
        rulelist: 'a',
        position: 0,
        rule: { action: { route: { destination: { spec: { Echo: {} } } } } },
      },
    }
    await apply(cluster, rule)
    const applied = async () => {
      const { children } = JSON.parse(await kubectl('get', 'vsvc', 'a', '-o', 'jsonpath={.status}'))
      return children?.applied['/l7mp.io/v1/Rule/default/b'] === 1
    }
    await until('the owner is told', applied)
    await apply(cluster, echoing('a', 5002))
    await programmed('a')
    expect(await applied()).toBe(true)
  })

  it('says that a port is taken, and takes it over when it is free', async () => {
    await apply(cluster, echoing('first', 5001))
    await programmed('first')
    await apply(cluster, echoing('second', 5001))
    await kubectl('wait', '--for=condition=Accepted=false', 'vsvc/second', '--timeout=120s')
    expect(await condition('second', 'Accepted')).toMatchObject({
      reason: 'PortConflict',
      message: expect.stringContaining('first'),
    })
    await kubectl('delete', 'vsvc', 'first')
    await programmed('second')
  })

  it('does not flap while a resource is edited again and again', async () => {
    await apply(cluster, echoing('a', 5001))
    await programmed('a')
    const seen = watchProgrammed()
    const since = await condition('a', 'Programmed')
    for (let port = 5002; port < 5012; port++) await apply(cluster, echoing('a', port))
    await programmed('a')
    await until('the last edit is told', async () => (await read('a')).status?.observedGeneration === 11)
    expect(await condition('a', 'Programmed')).toMatchObject({ lastTransitionTime: since?.lastTransitionTime })
    seen.end()
    expect(new Set(seen.statuses)).toEqual(new Set(['True']))
  })

  it('is not written while nothing happens', async () => {
    await apply(cluster, echoing('a', 5001), echoing('b', 5002))
    await programmed('a')
    await programmed('b')
    const versions = async () =>
      Promise.all([read('a'), read('b')].map(async one => (await one).metadata.resourceVersion))
    const before = await versions()
    // Longer than anything that is held back.
    await new Promise(resolve => setTimeout(resolve, 5000))
    expect(await versions()).toEqual(before)
  })
})

/** Every status of Programmed that a watch brings. */
function watchProgrammed(): { readonly statuses: readonly string[]; end(): void } {
  const statuses: string[] = []
  const stopped = new AbortController()
  const path = '/apis/l7mp.io/v1/namespaces/default/virtualservices'
  const watch = async () => {
    const request = { path, query: { watch: true }, silenceMs: 60_000, signal: stopped.signal }
    for await (const lines of await cluster.client.stream(request))
      for (const line of lines) {
        const { object }: { object: Resource } = JSON.parse(line)
        statuses.push(object.status?.conditions.find(({ type }) => type === 'Programmed')?.status ?? 'none')
      }
  }
  watch().catch(error => {
    if (!stopped.signal.aborted) throw error
  })
  return { statuses, end: () => stopped.abort() }
}
