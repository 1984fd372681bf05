/** Resolves names through the proxies, and sees edits of the zone, the Deployment and the VirtualService arrive. */
import { deepEqual, equal } from 'node:assert/strict'
import { NO_SUCH_NAME, resolve } from '../dns-query.ts'
import { ingressAddresses, type Mesh } from '../mesh.ts'
import type { UdpPeer } from '../udp.ts'

const PORT = 5053
const OTHER_PORT = 5055

export async function check(mesh: Mesh): Promise<void> {
  const addresses = await ingressAddresses(mesh)
  const ingresses = addresses.map(address => ({ address, port: PORT }))
  for (const ingress of ingresses) await resolvesNames(mesh, ingress)
  await servesAnEditedZone(mesh, ingresses)
  await spreadsOverAllPods(mesh, ingresses)
  await movesToAnotherPort(mesh, ingresses)
}

async function resolvesNames(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  const web = await mesh.waitFor('the address of web.l7mesh.test', () => resolve(ingress, 'web.l7mesh.test'))
  deepEqual(web.addresses, ['192.0.2.10'])
  const missing = await mesh.waitFor('an answer on a missing name', () => resolve(ingress, 'missing.l7mesh.test'))
  equal(missing.rcode, NO_SUCH_NAME)
}

/** No proxy can know this address: it proves that the answer comes from the server of this very folder. */
async function servesAnEditedZone(mesh: Mesh, ingresses: readonly UdpPeer[]): Promise<void> {
  await mesh.edit('dns-server/zone.txt', zone => `${zone}\nfresh.l7mesh.test. 60 IN A 198.51.100.7\n`)
  for (const ingress of ingresses)
    await mesh.waitFor('the address of the new name', async () => {
      const fresh = await resolve(ingress, 'fresh.l7mesh.test')
      return fresh?.addresses.includes('198.51.100.7') || undefined
    })
}

async function spreadsOverAllPods(mesh: Mesh, ingresses: readonly UdpPeer[]): Promise<void> {
  await mesh.edit('dns.yaml', manifest => manifest.replace('replicas: 1', 'replicas: 2'))
  for (const ingress of ingresses) await bothAnswer(mesh, ingress)
}

async function bothAnswer(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  const answering = new Set<string>()
  await mesh.waitFor('answers from two pods', async () => {
    const whoami = await resolve(ingress, 'whoami.l7mesh.test')
    for (const address of whoami?.addresses ?? []) answering.add(address)
    return answering.size === 2 || undefined
  })
  const pods = await mesh.pods({ app: 'dns' })
  deepEqual([...answering].sort(), pods.map(pod => pod.address).sort())
}

async function movesToAnotherPort(mesh: Mesh, ingresses: readonly UdpPeer[]): Promise<void> {
  for (const { address } of ingresses) {
    const answer = await resolve({ address, port: OTHER_PORT }, 'web.l7mesh.test')
    equal(answer, undefined, 'nothing listens on the new port before the edit')
  }
  await mesh.edit('virtualservice.yaml', manifest => manifest.replace(`port: ${PORT}`, `port: ${OTHER_PORT}`))
  for (const ingress of ingresses) await hasMoved(mesh, ingress)
}

async function hasMoved(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  const moved = { ...ingress, port: OTHER_PORT }
  const web = await mesh.waitFor('an answer on the new port', () => resolve(moved, 'web.l7mesh.test'))
  deepEqual(web.addresses, ['192.0.2.10'])
  // One question without an answer says little: a datagram may get lost.
  await mesh.waitFor('silence on the old port', async () => {
    for (let asked = 0; asked < 3; asked++)
      if ((await resolve(ingress, 'web.l7mesh.test')) !== undefined) return undefined
    return true
  })
}
