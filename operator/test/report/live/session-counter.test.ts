import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import { connect } from '../../../src/converge/connect.ts'
import { withOpenProxies } from '../../../src/converge/proxy-access.ts'
import { countSessions } from '../../../src/report/live/session-counter.ts'

const OURS = '/apis/l7mp.io/v1/namespaces/dns/virtualservices/a@0123456789'
const session = (name: string, listener: string) => ({
  name,
  metadata: {},
  source: { origin: listener },
  destination: {},
  status: 'CONNECTED',
})

it('counts the sessions of listeners of l7mesh, and forgets removed proxies', async () => {
  const { proxy, port, stop } = await startFakeProxy()
  onTestFinished(stop)
  for (const name of ['a', 'b']) proxy.sessions.set(name, session(name, OURS))
  proxy.sessions.set('c', session('c', 'controller-listener'))
  const ref = { key: 'l7mp/a', uid: '1', address: '127.0.0.1', port }
  await withOpenProxies([ref], connect, async access => {
    const counter = countSessions(access, () => {})
    onTestFinished(counter.close)
    counter.follow([ref])
    await expect.poll(() => counter.counts().get('l7mp/a')).toBe(2)
    counter.follow([])
    expect(counter.counts().size).toBe(0)
  })
})
