/** An upgrade of the proxies waits for the sessions that they have. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { chartFolder, NAMESPACE, openRelease, type Release } from './support/release.ts'

const PORT = 5000

let cluster: Cluster
let release: Release
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 })
  release = openRelease(cluster)
  await release.kubectl('create', 'namespace', NAMESPACE)
  await release.install('l7mp-operator', '--set=replicas=1', '--wait', '--timeout=240s')
  await release.install('l7mp-ingress', '--wait', '--timeout=240s')
  const echo = {
    apiVersion: 'l7mp.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'echo', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'l7mp-ingress' } },
      listener: {
        spec: { TCP: { port: PORT } },
        rules: [{ action: { route: { destination: { spec: { Echo: {} } } } } }],
      },
    },
  }
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(echo) })
  await release.kubectl('wait', '--for=condition=Programmed', 'vsvc/echo', '--timeout=240s')
})
afterAll(() => cluster?.stop())

async function open(): Promise<Socket> {
  const socket = connect(PORT, cluster.nodes[0]?.address)
  await once(socket, 'connect')
  return socket
}

async function echoed(socket: Socket): Promise<string> {
  socket.write('hello')
  const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(5000) })
  return String(answer)
}

/** The name of the proxy's pod; empty where there is none. */
async function pod(): Promise<string> {
  const names = await release.kubectl('get', 'pods', '-n', NAMESPACE, '-l', 'app=l7mp-ingress', '-o', 'name')
  return names.split('\n')[0]?.replace('pod/', '') ?? ''
}

describe('an upgrade of the proxies', () => {
  it('ends a proxy when its last session is over, and not before', async () => {
    const session = await open()
    expect(await echoed(session)).toBe('hello')
    const old = await pod()
    const chart = chartFolder('l7mp-ingress')
    await release.helm('upgrade', 'l7mp-ingress', chart, '--set=l7mpProxy.logLevel=error')
    const said = async () => (await cluster.log(`${NAMESPACE}/${old}`, 'l7mp')).includes('ending: 1 session left')
    await until('the old proxy is to end', said)
    expect(await echoed(session)).toBe('hello')
    expect(await pod()).toBe(old)
    session.end()
    // Long before its grace period of a minute is over.
    await until('there is a new proxy', async () => !['', old].includes(await pod()))
    await release.kubectl('rollout', 'status', '-n', NAMESPACE, 'daemonset/l7mp-ingress', '--timeout=240s')
    await until('the new proxy is filled', async () =>
      open().then(
        socket => socket.destroy(),
        () => false,
      ),
    )
  })
})
