import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { apply, ask, isReady, namespace, pod, podsOf, readyPods, server, workload } from './support/objects.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
  await apply(cluster, namespace('test'))
})
afterAll(() => cluster?.stop())

/** The addresses in the EndpointSlices of the service, by readiness. */
async function endpoints(service: string): Promise<{ readonly ready: string[]; readonly unready: string[] }> {
  const { items } = (await cluster.client.request({
    path: '/apis/discovery.k8s.io/v1/namespaces/test/endpointslices',
    query: { labelSelector: `kubernetes.io/service-name=${service}` },
  })) as { items: { endpoints: { addresses: string[]; conditions: { ready: boolean } }[] | null }[] }
  const all = items.flatMap(({ endpoints: found }) => found ?? [])
  const of = (ready: boolean) =>
    all.filter(({ conditions }) => conditions.ready === ready).flatMap(({ addresses }) => addresses)
  return { ready: of(true).sort(), unready: of(false).sort() }
}

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'test' },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'http' }] },
})

describe('nodes', () => {
  it('are three, ready, without taints, each with its own address', async () => {
    const { stdout } = await cluster.kubectl(['get', 'nodes', '-o', 'json'])
    const items: {
      spec: { taints?: unknown }
      status: { addresses: { type: string; address: string }[]; conditions: { type: string; status: string }[] }
    }[] = JSON.parse(stdout).items
    const addresses = items.map(({ status }) => status.addresses.find(({ type }) => type === 'InternalIP')?.address)
    expect(new Set(addresses)).toEqual(new Set(cluster.nodes.map(({ address }) => address)))
    expect(new Set(addresses).size).toBe(3)
    for (const { spec, status } of items) {
      expect(spec.taints).toBeUndefined()
      expect(status.conditions.find(({ type }) => type === 'Ready')?.status).toBe('True')
    }
  })
})

describe('a Deployment', () => {
  it('has ready pods with their own addresses, and its EndpointSlices follow their readiness', async () => {
    await apply(
      cluster,
      workload('Deployment', 'test', 'web', { containers: [server()] }, { replicas: 3 }),
      service('web'),
    )
    const pods = await readyPods(cluster, 'test', 'web', 3)
    const addresses = pods.map(({ status }) => status.podIP).sort()
    expect(new Set(addresses).size).toBe(3)
    const [first] = pods
    if (first === undefined) throw new Error('no pod')
    await until('all are ready', async () => (await endpoints('web')).ready.join() === addresses.join())

    await ask(first, 'unready')
    const without = addresses.filter(address => address !== first.status.podIP)
    await until('one is not', async () => {
      const now = await endpoints('web')
      return now.ready.join() === without.join() && now.unready.join() === first.status.podIP
    })
    await ask(first, 'again')
    await until('all are ready again', async () => (await endpoints('web')).ready.join() === addresses.join())
  })

  it('replaces a deleted pod, which has its grace period', async () => {
    const spec = {
      containers: [server({ env: [{ name: 'LINGER', value: '1500' }] })],
      terminationGracePeriodSeconds: 20,
    }
    await apply(cluster, workload('Deployment', 'test', 'slow', spec))
    const [before] = await readyPods(cluster, 'test', 'slow', 1)
    if (before === undefined) throw new Error('no pod')
    const began = performance.now()
    const deleted = cluster.kubectl(['delete', 'pod', '-n', 'test', before.metadata.name])
    await until('it gets SIGTERM', async () =>
      (await cluster.log(`test/${before.metadata.name}`, 'server')).includes('asked'),
    )
    expect(await ask(before, 'env/HOSTNAME')).toBe(before.metadata.name)
    await deleted
    expect(performance.now() - began).toBeGreaterThan(1400)
    expect(performance.now() - began).toBeLessThan(15_000)
    const [after] = await readyPods(cluster, 'test', 'slow', 1)
    expect(after?.metadata.uid).not.toBe(before.metadata.uid)
  })

  it('is replaced pod by pod when its template changes', async () => {
    const env = (value: string) => [{ name: 'VERSION', value }]
    const of = (version: string) =>
      workload('Deployment', 'test', 'roll', { containers: [server({ env: env(version) })] }, { replicas: 2 })
    await apply(cluster, of('one'))
    await readyPods(cluster, 'test', 'roll', 2)
    await apply(cluster, of('two'))
    const { code, stderr } = await cluster.kubectl([
      'rollout',
      'status',
      '-n',
      'test',
      'deployment/roll',
      '--timeout=120s',
    ])
    expect(code, stderr).toBe(0)
    for (const pod of await readyPods(cluster, 'test', 'roll', 2)) expect(await ask(pod, 'env/VERSION')).toBe('two')
  })
})

describe('a DaemonSet', () => {
  it('has a pod on the host network of each node', async () => {
    await apply(cluster, workload('DaemonSet', 'test', 'agent', { hostNetwork: true, containers: [server()] }))
    const pods = await readyPods(cluster, 'test', 'agent', 3)
    const places = pods.map(({ spec, status }) => [spec.nodeName, status.podIP])
    expect(places).toEqual(cluster.nodes.map(({ name, address }) => [name, address]))
    const inside = await cluster.run('node-2', [
      'node',
      '-e',
      "fetch('http://127.0.0.1:8080/env/HOSTNAME').then(r => r.text()).then(console.log)",
    ])
    expect(inside.stdout.trim()).toBe(pods[1]?.metadata.name)
    await cluster.kubectl(['delete', 'daemonset', '-n', 'test', 'agent'])
  })
})

describe('a container', () => {
  it('restarts when it exits, and when its liveness probe fails', async () => {
    const check = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 }
    const probes = {
      startupProbe: { ...check, failureThreshold: 30 },
      livenessProbe: { ...check, failureThreshold: 1 },
    }
    await apply(cluster, pod('test', 'frail', { containers: [server(probes)] }))
    const [frail] = await readyPods(cluster, 'test', 'frail', 1)
    if (frail === undefined) throw new Error('no pod')
    await ask(frail, 'exit').catch(() => {})
    const restarts = async (count: number) => {
      const [now] = await podsOf(cluster, 'test', 'frail')
      return now && isReady(now) && now.status.containerStatuses?.[0]?.restartCount === count && now
    }
    const { value } = await until('it has restarted', () => restarts(1))
    expect(value.status.containerStatuses?.[0]?.lastState.terminated?.exitCode).toBe(3)
    await ask(frail, 'unready')
    await until('it has restarted again', () => restarts(2))
  })

  it('reports why it cannot start', async () => {
    const containers = [{ name: 'x', image: 'l7mesh.local/nothing:1', command: ['true'] }]
    await apply(cluster, pod('test', 'none', { containers }))
    await until('it is reported', async () => {
      const [none] = await podsOf(cluster, 'test', 'none')
      return none?.status.containerStatuses?.[0]?.state.waiting?.message.includes('no folder nothing')
    })
  })

  it('of a pod that runs once terminates with its exit code', async () => {
    const containers = [{ name: 'x', image: 'x', command: ['sh', '-c', 'echo done; exit $CODE'] }]
    const of = (name: string, code: string) =>
      pod('test', name, {
        restartPolicy: 'Never',
        containers: containers.map(container => ({ ...container, env: [{ name: 'CODE', value: code }] })),
      })
    const suicide = [{ name: 'x', image: 'x', command: ['sh', '-c', 'kill -KILL $$'] }]
    const killed = pod('test', 'killed', { restartPolicy: 'Never', containers: suicide })
    await apply(cluster, of('good', '0'), of('bad', '7'), killed)
    await until('all have terminated', async () => {
      const phases = await Promise.all(
        ['good', 'bad', 'killed'].map(async name => (await podsOf(cluster, 'test', name))[0]?.status.phase),
      )
      return phases.join() === 'Succeeded,Failed,Failed'
    })
    expect((await cluster.kubectl(['logs', '-n', 'test', 'good'])).stdout).toBe('done\n')
  })

  it('runs as the user of its manifest, and can write only where it may', async () => {
    const securityContext = {
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_533,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    }
    const volumes = [{ name: 'own', emptyDir: {} }]
    const volumeMounts = [{ name: 'own', mountPath: '/tmp/l7mesh-own' }]
    await apply(cluster, pod('test', 'small', { volumes, containers: [server({ securityContext, volumeMounts })] }))
    const [small] = await readyPods(cluster, 'test', 'small', 1)
    if (small === undefined) throw new Error('no pod')
    const status = await ask(small, 'id')
    expect(status).toMatch(/^Uid:\s+65532\s+65532\s/m)
    expect(status).toMatch(/^Gid:\s+65533\s+65533\s/m)
    expect(status).toMatch(/^CapEff:\s+0+$/m)
    expect(status).toMatch(/^CapBnd:\s+0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(await ask(small, 'write/tmp/l7mesh-own/file')).toBe('undefined')
    expect(await ask(small, 'write/tmp/l7mesh-other')).toMatch(/EROFS/)
  })

  it('starts after the init containers of its pod have completed, one after the other', async () => {
    const volumeMounts = [{ name: 'work', mountPath: '/run/work' }]
    const step = (name: string, script: string) => ({ name, image: 'x', command: ['sh', '-c', script], volumeMounts })
    // The first init container fails once.
    const first = step(
      'first',
      'cat /run/work/tried || { echo tried > /run/work/tried; exit 1; }; echo one > /run/work/steps',
    )
    const second = step('second', 'echo two >> /run/work/steps')
    await apply(
      cluster,
      pod('test', 'prepared', {
        volumes: [{ name: 'work', emptyDir: {} }],
        initContainers: [first, second],
        containers: [server({ volumeMounts })],
      }),
    )
    const [prepared] = await readyPods(cluster, 'test', 'prepared', 1)
    if (prepared === undefined) throw new Error('no pod')
    expect(await ask(prepared, 'file/run/work/steps')).toBe('one\ntwo\n')
    const statuses = prepared.status.initContainerStatuses ?? []
    expect(statuses.map(({ restartCount }) => restartCount)).toEqual([1, 0])
  })

  it('loses the rest of its grace period when its pod is force-deleted', async () => {
    const spec = {
      terminationGracePeriodSeconds: 60,
      containers: [server({ env: [{ name: 'LINGER', value: '60000' }] })],
    }
    await apply(cluster, pod('test', 'lingers', spec))
    const [lingers] = await readyPods(cluster, 'test', 'lingers', 1)
    if (lingers === undefined) throw new Error('no pod')
    await cluster.kubectl(['delete', 'pod', '-n', 'test', 'lingers', '--wait=false'])
    await until('it gets SIGTERM', async () => (await cluster.log('test/lingers', 'server')).includes('asked'))
    expect(await ask(lingers, 'ready')).toBe('ready')
    await cluster.kubectl(['delete', 'pod', '-n', 'test', 'lingers', '--force', '--grace-period=0'])
    await until('it is deleted', () =>
      ask(lingers, 'ready').then(
        () => false,
        () => true,
      ),
    )
  })

  it('terminates after its preStop hook', async () => {
    const volumeMounts = [{ name: 'work', mountPath: '/run/work' }]
    const preStop = {
      exec: { command: ['sh', '-c', 'echo yes > /run/work/told; until [ -e /run/work/go ]; do sleep 0.05; done'] },
    }
    const spec = {
      volumes: [{ name: 'work', emptyDir: {} }],
      containers: [server({ lifecycle: { preStop }, volumeMounts })],
    }
    await apply(cluster, pod('test', 'tidy', spec))
    const [tidy] = await readyPods(cluster, 'test', 'tidy', 1)
    if (tidy === undefined) throw new Error('no pod')
    await cluster.kubectl(['delete', 'pod', '-n', 'test', 'tidy', '--wait=false'])
    await until('its hook runs', async () => (await ask(tidy, 'file/run/work/told')) === 'yes\n')
    expect(await cluster.log('test/tidy', 'server')).not.toContain('asked to end')
    await ask(tidy, 'write/run/work/go')
    await until('it is deleted', async () => (await podsOf(cluster, 'test', 'tidy')).length === 0)
    expect(await cluster.log('test/tidy', 'server')).toContain('asked to end')
  })

  it('with runAsNonRoot is not started as root', async () => {
    await apply(cluster, pod('test', 'root', { containers: [server({ securityContext: { runAsNonRoot: true } })] }))
    await until('it is reported', async () => {
      const [root] = await podsOf(cluster, 'test', 'root')
      return root?.status.containerStatuses?.[0]?.state.waiting?.message.includes('will run as root')
    })
  })
})

describe('what a pod refers to', () => {
  it('is in its environment and its files, which follow changes', async () => {
    const config = (greeting: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'config', namespace: 'test' },
      data: { greeting, other: 'kept' },
    })
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'secret', namespace: 'test' },
      stringData: { key: 'hidden $(X)' },
    }
    const volumes = [
      { name: 'config', configMap: { name: 'config', items: [{ key: 'greeting', path: 'deep/greeting.txt' }] } },
      { name: 'secret', secret: { secretName: 'secret' } },
      { name: 'about', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ]
    const container = server({
      envFrom: [{ prefix: 'C_', configMapRef: { name: 'config' } }],
      env: [
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'secret', key: 'key' } } },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'BOTH', value: '$(NODE) $(C_other)' },
      ],
      volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/run/${name}`, readOnly: true })),
    })
    // The pod is created first: it waits for its references.
    await apply(cluster, pod('test', 'refers', { volumes, containers: [container] }))
    await until('it reports what it waits for', async () => {
      const [waits] = await podsOf(cluster, 'test', 'refers')
      return waits?.status.containerStatuses?.[0]?.state.waiting?.message.includes('configmap "config" not found')
    })
    await apply(cluster, config('hello'), secret)
    const [refers] = await readyPods(cluster, 'test', 'refers', 1)
    if (refers === undefined) throw new Error('no pod')
    expect(await ask(refers, 'env/C_greeting')).toBe('hello')
    expect(await ask(refers, 'env/KEY')).toBe('hidden $(X)')
    expect(await ask(refers, 'env/ADDRESS')).toBe(refers.status.podIP)
    expect(await ask(refers, 'env/BOTH')).toBe(`${refers.spec.nodeName} kept`)
    expect(await ask(refers, 'file/run/config/deep/greeting.txt')).toBe('hello')
    expect(await ask(refers, 'file/run/secret/key')).toBe('hidden $(X)')
    expect(await ask(refers, 'file/run/about/labels')).toBe('app="refers"')
    expect(await ask(refers, 'write/run/secret/new')).toMatch(/EROFS/)

    await apply(cluster, config('good bye'))
    await until(
      'the file has changed',
      async () => (await ask(refers, 'file/run/config/deep/greeting.txt')) === 'good bye',
    )
  })

  it('is a token with exactly the permissions of its service account', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace: 'test' } }
    const rbac = (kind: string, more: object) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      metadata: { name: 'reader', namespace: 'test' },
      ...more,
    })
    const script = `
      const { readFileSync } = require('node:fs')
      const { request } = require('node:https')
      const own = '/var/run/secrets/kubernetes.io/serviceaccount/'
      const [token, ca, ns] = ['token', 'ca.crt', 'namespace'].map(file => readFileSync(own + file, 'utf8'))
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
      for (const kind of ['configmaps', 'secrets']) {
        const path = '/api/v1/namespaces/' + ns + '/' + kind
        request({ host, port, path, ca, headers: { authorization: 'Bearer ' + token } }, answer => {
          console.log(kind, answer.statusCode)
          answer.resume()
        }).end()
      }
    `
    await apply(
      cluster,
      account,
      rbac('Role', { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }] }),
      rbac('RoleBinding', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
        subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'test' }],
      }),
      pod('test', 'asks', {
        serviceAccountName: 'reader',
        restartPolicy: 'Never',
        containers: [{ name: 'asks', image: 'x', command: ['node', '-e', script] }],
      }),
    )
    await until(
      'it has succeeded',
      async () => (await podsOf(cluster, 'test', 'asks'))[0]?.status.phase === 'Succeeded',
    )
    const log = await cluster.log('test/asks', 'asks')
    expect(log.trim().split('\n').sort()).toEqual(['configmaps 200', 'secrets 403'])
  })
})
