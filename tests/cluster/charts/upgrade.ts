/** An upgrade of the proxies waits for their sessions. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../support/until.ts'
import { apply, echoing, onIngress } from '../support/bare-mesh.ts'
import { chartFolder, NAMESPACE } from '../support/release.ts'
import { cluster, release } from './installed.ts'

const PORT = 5000

const ECHO = onIngress(echoing('lasting', PORT, 'TCP'))

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

/** The name of the proxy pod of the node; empty if there is none. */
async function pod(): Promise<string> {
  const where = ['-l', 'app=l7mp-ingress', `--field-selector=spec.nodeName=${cluster.nodes[0]?.name}`]
  const names = await release.kubectl('get', 'pods', '-n', NAMESPACE, ...where, '-o', 'name')
  return names.split('\n')[0]?.replace('pod/', '') ?? ''
}

describe('an upgrade of the proxies', () => {
  beforeAll(async () => {
    await apply(cluster, ECHO)
    await release.kubectl('wait', '--for=condition=Programmed', 'vsvc/lasting', '--timeout=120s')
  })
  afterAll(async () => {
    await release.kubectl('delete', 'vsvc', 'lasting')
  })

  it('terminates a proxy after its last session, not before', async () => {
    const session = await open()
    expect(await echoed(session)).toBe('hello')
    const old = await pod()
    const chart = chartFolder('l7mp-ingress')
    await release.helm('upgrade', 'l7mp-ingress', chart, '--set=l7mpProxy.logLevel=error')
    const said = async () => (await cluster.log(`${NAMESPACE}/${old}`, 'l7mp')).includes('ending: 1 session left')
    await until('the old proxy drains', said)
    expect(await echoed(session)).toBe('hello')
    expect(await pod()).toBe(old)
    session.end()
    // Long before its grace period of a minute has passed.
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
