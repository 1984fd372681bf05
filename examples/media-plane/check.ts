/** Passes media both ways between the two users of a call, through a worker, and none to or from a third. */
import { deepEqual } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { addressOf, type Mesh } from '../mesh.ts'
import { type UdpClient, udpClient } from '../udp.ts'

const LOOPBACK = '127.0.0.1'
/** The ports of the phones and of the gateway, as users.yaml and carol.yaml have them. */
const ALICE = { phone: 7101, gateway: 9101 }
const BOB = { phone: 7102, gateway: 9102 }
const CAROL = { phone: 7103, gateway: 9103 }

export async function check(mesh: Mesh): Promise<void> {
  const address = await addressOf(mesh, { app: 'l7mp-gateway' })
  const phone = (user: typeof ALICE) => udpClient({ address, port: user.gateway }, { port: user.phone })
  await using alice = await phone(ALICE)
  await using bob = await phone(BOB)
  await using carol = await phone(CAROL)
  await talk(mesh, alice, bob)
  await talk(mesh, bob, alice)
  await hearsNothing(mesh, carol, [alice, bob])
  await talksAgainAfterTheWorkerDied(mesh, alice, bob)
  await joinsTheCall(mesh, { address, alice, bob })
}

/** The manifests have the phones on the loopback; the phones are where this check runs. */
export async function prepare(edit: Mesh['edit'], here: string): Promise<void> {
  for (const file of ['users.yaml', 'carol.yaml']) {
    await edit(file, manifest => manifest.replaceAll(`address: ${LOOPBACK}`, `address: ${here}`))
  }
}

/** What one says the other hears, through the recorder of the worker. */
async function talk(mesh: Mesh, speaker: UdpClient, listener: UdpClient): Promise<void> {
  const words = randomUUID()
  await mesh.waitFor('words from one end of the call at the other', async () => {
    speaker.send(words)
    return (await heard(listener, words)) || undefined
  })
  deepEqual(wordsAt(listener, words), [`(recorded) ${words}`], 'every packet went through the recorder, once')
}

/** How often Carol speaks: her session may be set up a little later than theirs. */
const ROUNDS = 25

/** Carol speaks before the others do: when those have heard one another, her words would have come as well. */
async function hearsNothing(
  mesh: Mesh,
  carol: UdpClient,
  [alice, bob]: readonly [UdpClient, UdpClient],
): Promise<void> {
  const words = randomUUID()
  for (let round = 0; round < ROUNDS; round++) {
    carol.send(words)
    await talk(mesh, alice, bob)
    await talk(mesh, bob, alice)
  }
  for (const other of [alice, bob]) deepEqual(wordsAt(other, words), [], 'nobody hears who is on another call')
  deepEqual(carol.received(), [], 'who is on another call hears nobody')
}

/**
 * A stream notices that its worker has died by the next packet that it sends there, and is then connected again,
 * header and all. So both users go on sending, as phones do.
 */
async function talksAgainAfterTheWorkerDied(mesh: Mesh, alice: UdpClient, bob: UdpClient): Promise<void> {
  const [worker] = await mesh.pods({ app: 'media-worker' })
  if (worker === undefined) throw new Error('there is no media worker')
  await mesh.kill(worker.key)
  const words = randomUUID()
  await mesh.waitFor('words at both ends of the call', async () => {
    for (const user of [alice, bob]) user.send(words)
    return ((await heard(alice, words)) && (await heard(bob, words))) || undefined
  })
}

/** A session keeps its call for as long as it lives, so who moves to another call gets a port of her own there. */
async function joinsTheCall(
  mesh: Mesh,
  { address, alice, bob }: { readonly address: string; readonly alice: UdpClient; readonly bob: UdpClient },
): Promise<void> {
  const moved = { phone: 7104, gateway: 9104 }
  await mesh.edit('carol.yaml', manifest =>
    manifest
      .replace('call: another-call', 'call: monday-meeting')
      .replace(`port: ${CAROL.gateway}`, `port: ${moved.gateway}`)
      .replace(`port: ${CAROL.phone}`, `port: ${moved.phone}`),
  )
  await using carol = await udpClient({ address, port: moved.gateway }, { port: moved.phone })
  await talk(mesh, carol, alice)
  await talk(mesh, alice, carol)
  await talk(mesh, bob, carol)
}

async function heard(listener: UdpClient, words: string): Promise<boolean> {
  if (wordsAt(listener, words).length === 0) await listener.next()
  return wordsAt(listener, words).length > 0
}

const wordsAt = (listener: UdpClient, words: string): readonly string[] => [
  ...new Set(
    listener
      .received()
      .map(String)
      .filter(text => text.includes(words)),
  ),
]
