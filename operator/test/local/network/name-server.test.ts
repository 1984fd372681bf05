import { createSocket, type RemoteInfo } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import type { ClusterNames } from '../../../src/local/network/cluster-names.ts'
import { serveNames } from '../../../src/local/network/name-server.ts'

const addresses = (...found: readonly string[]) => ({ type: 'addresses', addresses: found }) as const
const alias = (name: string) => ({ type: 'alias', name }) as const

const NAMES: Readonly<Record<string, ReturnType<ClusterNames>>> = {
  'web.cluster.local': addresses('10.0.0.1', '10.0.0.2'),
  'none.cluster.local': addresses(),
  'many.cluster.local': addresses(...Array.from({ length: 100 }, (_, i) => `10.0.1.${i}`)),
  'other.cluster.local': alias('web.cluster.local'),
  'far.cluster.local': alias('far.example'),
  'lost.cluster.local': alias('lost.cluster.local'),
  'digits.cluster.local': alias('192.0.2.7'),
  'long.cluster.local': alias(`${'x'.repeat(80)}.example`),
}

async function serve(names: ClusterNames, upstreams: readonly string[] = []) {
  const server = await serveNames({ address: '127.0.0.1', port: 0, names, upstreams })
  onTestFinished(() => server.close())
  const place = `${server.address}:${server.port}`
  const resolver = new Resolver({ timeout: 5000, tries: 1 })
  resolver.setServers([place])
  return { server, place, resolver }
}

const cluster: ClusterNames = name => NAMES[name] ?? (name.endsWith('.cluster.local') ? { type: 'unknown' } : undefined)

it('resolves the names of the cluster, in any case', async () => {
  const { resolver } = await serve(cluster)
  expect((await resolver.resolve4('WEB.Cluster.local')).sort()).toEqual(['10.0.0.1', '10.0.0.2'])
  expect(await resolver.resolve4('digits.cluster.local')).toEqual(['192.0.2.7'])
  expect((await resolver.resolve4('other.cluster.local')).sort()).toEqual(['10.0.0.1', '10.0.0.2'])
  await expect(resolver.resolve4('no.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  expect(await resolver.resolve4('lost.cluster.local')).toEqual([])
  await expect(resolver.resolve4('none.cluster.local')).rejects.toMatchObject({ code: 'ENODATA' })
  await expect(resolver.resolve6('web.cluster.local')).rejects.toMatchObject({ code: 'ENODATA' })
})

it('limits responses to one datagram, in random order', async () => {
  const { resolver } = await serve(cluster)
  const firsts = new Set<string | undefined>()
  for (let i = 0; i < 20; i++) {
    const found = await resolver.resolve4('many.cluster.local')
    expect(found.length).toBeGreaterThan(10)
    firsts.add(found[0])
  }
  expect(firsts.size).toBeGreaterThan(1)
})

it('forwards all other names to the DNS servers of the machine', async () => {
  const { place } = await serve(name => (name === 'far.example' ? addresses('192.0.2.9') : { type: 'unknown' }))
  const { resolver } = await serve(cluster, ['127.0.0.1:1', place])
  expect(await resolver.resolve4('far.example')).toEqual(['192.0.2.9'])
  expect(await resolver.resolve4('far.cluster.local')).toEqual(['192.0.2.9'])
  await expect(resolver.resolve4('no.example')).rejects.toMatchObject({ code: 'ENOTFOUND' })
})

it('responds with SERVFAIL if no server responds', async () => {
  const { resolver } = await serve(cluster, ['127.0.0.1:1'])
  await expect(resolver.resolve4('far.example')).rejects.toMatchObject({ code: 'ESERVFAIL' })
})

it('survives messages that are not queries', async () => {
  const { server, resolver } = await serve(cluster)
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  const header = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
  for (const bytes of [
    [],
    [1, 2, 3],
    header,
    [...header, 63, 97],
    [...header, 0xc0, 0x0c, 0, 1, 0, 1],
    Array(600).fill(255),
  ])
    socket.send(Uint8Array.from(bytes), server.port, server.address)
  expect(await resolver.resolve4('digits.cluster.local')).toEqual(['192.0.2.7'])
})

it('responds with SERVFAIL for a name that cannot be encoded', async () => {
  const { resolver } = await serve(cluster)
  await expect(resolver.resolve4('long.cluster.local')).rejects.toMatchObject({ code: 'ESERVFAIL' })
  expect(await resolver.resolve4('digits.cluster.local')).toEqual(['192.0.2.7'])
})

it('can be closed while it queries another server', async () => {
  const other = createSocket('udp4')
  onTestFinished(() => void other.close())
  other.bind(0, '127.0.0.1')
  await once(other, 'listening')
  const upstreams = [`127.0.0.1:${other.address().port}`]
  const server = await serveNames({ address: '127.0.0.1', port: 0, names: cluster, upstreams })
  const resolver = new Resolver({ timeout: 5000, tries: 1 })
  resolver.setServers([`${server.address}:${server.port}`])
  const looking = resolver.resolve4('far.example').catch(() => {})
  const [query, { port, address }] = (await once(other, 'message')) as [Buffer, RemoteInfo]
  server.close()
  other.send(query, port, address)
  // An answer that was sent on would fail this as an unhandled rejection.
  await setTimeout(100)
  resolver.cancel()
  await looking
})
