import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import { clusterNames } from '../../src/local/network/cluster-names.ts'
import { serviceViews } from '../../src/local/network/local-services.ts'
import { serveNames } from '../../src/local/network/name-server.ts'
import { clusterLookup } from '../../src/resolve/cluster-lookup.ts'

const service = (name: string, spec: object = {}) =>
  [`shop/${name}`, { metadata: { name, namespace: 'shop' }, spec }] as const
const slice = {
  metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2'] }],
} as const

async function lookupIn(...namespaces: readonly string[]) {
  const services = new Map([service('web'), service('empty')])
  const names = clusterNames(
    serviceViews({ services, endpointSlices: new Map([['shop/web-1', slice]]) }),
    () => undefined,
  )
  const server = await serveNames({ address: '127.0.0.1', port: 0, names, upstreams: [] })
  onTestFinished(() => server.close())
  return clusterLookup(
    server,
    () => namespaces,
    async name => [{ family: name === 'six.example' ? 6 : 4 }],
  )
}

const TWO = [{ family: 4 }, { family: 4 }]

it.each(['web', 'web.shop', 'web.shop.svc', 'WEB.shop.svc.cluster.local.'])(
  'finds what the pods find: %s',
  async name => {
    expect(await (await lookupIn('other', 'shop'))(name)).toEqual(TWO)
  },
)

it('uses the DNS of the machine for other names, and for short ones that are unknown in all namespaces', async () => {
  const lookup = await lookupIn('other')
  expect(await lookup('six.example')).toEqual([{ family: 6 }])
  expect(await lookup('web')).toEqual([{ family: 4 }])
})

it.each(['none.shop.svc', 'web.other.svc', 'none.shop.svc.cluster.local', 'empty.shop.svc'])(
  'says what does not exist, or has no address, as the machine says it: %s',
  async name => {
    await expect((await lookupIn('shop'))(name)).rejects.toMatchObject({ code: 'ENOTFOUND' })
  },
)

it('does not report a name as unknown if the server does not respond', async () => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1')
  await once(silent, 'listening')
  const { address, port } = silent.address()
  silent.close()
  const lookup = clusterLookup(
    { address, port },
    () => [],
    async () => [],
  )
  await expect(lookup('web.shop.svc')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
