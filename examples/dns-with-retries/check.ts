/**
 * A client sticks to one server; with no server its question waits; when its server dies the client goes on with the
 * other; strangers get no answer.
 */
import { equal, notEqual, ok } from 'node:assert/strict'
import { question, resolve, resolveFrom } from '../dns-query.ts'
import { ingressAddresses, type Mesh } from '../mesh.ts'
import { type UdpClient, type UdpPeer, udpClient } from '../udp.ts'

const PORT = 5054
const LOOPBACK = '127.0.0.1'
const PRIVATE_RANGES = '[10.0.0.0/8, 127.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]'
/** Addresses for documentation: no client has one. */
const NOBODY = '[192.0.2.0/24]'

const SERVERS = 'app: sticky-dns\n'
const NO_SERVERS = 'app: nobody\n'
/** Chance alone would give so many equal answers once in half a million times. */
const IN_A_ROW = 20

export async function check(mesh: Mesh): Promise<void> {
  const addresses = await ingressAddresses(mesh)
  const ingresses = addresses.map(address => ({ address, port: PORT }))
  const ingress = { address: addresses[0], port: PORT }
  await bothServersRun(mesh)
  for (const each of ingresses) await sticksToOneServer(mesh, each)
  if (ingress.address === LOOPBACK && process.platform === 'linux') await spreadsClients(mesh, ingress)
  await holdsAQuestionUntilThereIsAServer(mesh, ingress)
  await outlivesItsServer(mesh, ingress)
  await strangersGetNoAnswer(mesh, ingresses)
}

async function bothServersRun(mesh: Mesh): Promise<void> {
  await mesh.waitFor('two ready DNS servers', async () => {
    const pods = await mesh.pods({ app: 'sticky-dns' })
    return (pods.length === 2 && pods.every(pod => pod.ready)) || undefined
  })
}

/** Each question comes from a new port, so it is a new session, and still the same server answers it. */
async function sticksToOneServer(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  await mesh.waitFor(`${IN_A_ROW} answers in a row from one server`, async () => {
    const servers = new Set<string | undefined>()
    for (let session = 0; session < IN_A_ROW; session++) servers.add(await whoami(ingress))
    return (servers.size === 1 && !servers.has(undefined)) || undefined
  })
}

/** Linux answers on all of 127.0.0.0/8, so one machine can be many clients there, and nowhere else. */
async function spreadsClients(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  const servers = new Set<string>()
  let host = 1
  await mesh.waitFor('clients at two servers', async () => {
    host = (host % 254) + 1
    await using client = await udpClient(ingress, { address: `127.0.0.${host}` })
    servers.add(await serverOf(mesh, client))
    return servers.size === 2 || undefined
  })
}

/** The question is sent once. What the retry is for: a session waits for a server instead of failing. */
async function holdsAQuestionUntilThereIsAServer(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  await mesh.edit('virtualservice.yaml', manifest => manifest.replace(SERVERS, NO_SERVERS))
  await becomesSilent(mesh, ingress, 'silence where there is no server')
  await using client = await udpClient(ingress)
  client.send(question('whoami.l7mesh.test'))
  await mesh.edit('virtualservice.yaml', manifest => manifest.replace(NO_SERVERS, SERVERS))
  await mesh.waitFor('an answer to a question that was asked before there was a server', async () => {
    return client.received()[0]
  })
}

/** The session from before the death moves to the server that is left, and new sessions start there. */
async function outlivesItsServer(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  await using client = await udpClient(ingress)
  const dead = await serverOf(mesh, client)
  await mesh.kill(await podAt(mesh, dead))
  const heir = await serverOf(mesh, client)
  notEqual(heir, dead)
  ok(await podAt(mesh, heir), 'a DNS pod answers')
  equal(await mesh.waitFor('an answer for a new session', () => whoami(ingress)), heir)
}

async function strangersGetNoAnswer(mesh: Mesh, ingresses: readonly UdpPeer[]): Promise<void> {
  await mesh.edit('virtualservice.yaml', manifest => manifest.replace(PRIVATE_RANGES, NOBODY))
  for (const ingress of ingresses) await becomesSilent(mesh, ingress, 'silence for clients outside the range')
  await mesh.edit('virtualservice.yaml', manifest => manifest.replace(NOBODY, PRIVATE_RANGES))
  for (const ingress of ingresses)
    await mesh.waitFor('an answer for clients inside the range again', () => whoami(ingress))
}

async function whoami(ingress: UdpPeer): Promise<string | undefined> {
  return (await resolve(ingress, 'whoami.l7mesh.test'))?.addresses[0]
}

/** One question without an answer says little: a datagram may get lost. */
async function becomesSilent(mesh: Mesh, ingress: UdpPeer, what: string): Promise<void> {
  await mesh.waitFor(what, async () => {
    for (let asked = 0; asked < 3; asked++) if ((await whoami(ingress)) !== undefined) return undefined
    return true
  })
}

/** The server that answers the session of this client. */
function serverOf(mesh: Mesh, client: UdpClient): Promise<string> {
  const what = 'an answer from a DNS server to a session that lives on'
  return mesh.waitFor(what, async () => (await resolveFrom(client, 'whoami.l7mesh.test'))?.addresses[0])
}

async function podAt(mesh: Mesh, address: string): Promise<string> {
  const pod = (await mesh.pods({ app: 'sticky-dns' })).find(pod => pod.address === address)
  ok(pod, `a DNS pod at ${address}`)
  return pod.key
}
