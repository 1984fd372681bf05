/** Plays through the whole chain on both ports, and proves that every datagram went through the transcoder. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { addressOf, ingressAddresses, type Mesh } from '../mesh.ts'
import { askOnce, type UdpClient, type UdpPeer, udpClient } from '../udp.ts'

/** Linked to the transcoder's VirtualService, and with the transcoders spelled out. */
const PORTS = [9001, 9002] as const
const WORKER_PORT = 9010

type Position = { readonly worker: string; readonly x?: number; readonly y?: number; readonly error?: string }

export async function check(mesh: Mesh): Promise<void> {
  for (const address of await ingressAddresses(mesh)) {
    for (const port of PORTS) {
      await playsAGame(mesh, { address, port })
      await usesBothWorkers(mesh, { address, port })
    }
    await keepsAPlayerAtOneWorker(mesh, address)
  }
  await workersTakeNothingElse(mesh)
}

async function playsAGame(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  await using player = await udpClient(ingress)
  const start = await mesh.waitFor(`a position from port ${ingress.port}`, () => play(player, 'where'))
  deepEqual([start.x, start.y], [0, 0])
  const moved = await mesh.waitFor('the position after a move', async () => {
    const position = await play(player, 'move 3 4')
    return position?.x ? position : undefined
  })
  // A move whose answer came too late is made again: three to the right for every four up, however many there were.
  equal((moved.x ?? 0) * 4, (moved.y ?? 0) * 3)
  equal(moved.worker, start.worker)
  const dance = await mesh.waitFor('an answer on a command that is none', async () => {
    return (await play(player, 'dance'))?.error
  })
  equal(dance, 'no such command: dance')
}

async function usesBothWorkers(mesh: Mesh, ingress: UdpPeer): Promise<void> {
  const workers = new Set<string>()
  await mesh.waitFor('players at two workers', async () => {
    await using player = await udpClient(ingress)
    const position = await play(player, 'where')
    if (position) workers.add(position.worker)
    return workers.size === 2 || undefined
  })
}

/** The same port of the same player, through two listeners: two sessions, one key, one worker. */
async function keepsAPlayerAtOneWorker(mesh: Mesh, address: string): Promise<void> {
  const [linked, hashed] = PORTS
  for (let players = 0; players < 5; players++) {
    const { port, worker } = await workerOf(mesh, { address, port: linked })
    equal((await workerOf(mesh, { address, port: hashed }, port)).worker, worker)
  }
}

async function workerOf(mesh: Mesh, ingress: UdpPeer, port?: number): Promise<{ port: number; worker: string }> {
  await using player = await udpClient(ingress, port === undefined ? {} : { port })
  const { worker } = await mesh.waitFor('a position', () => play(player, 'where'))
  return { port: player.port, worker }
}

/** What players type means nothing to a worker: the answers above can only have come through the transcoder. */
async function workersTakeNothingElse(mesh: Mesh): Promise<void> {
  const worker = { address: await addressOf(mesh, { app: 'worker' }), port: WORKER_PORT }
  const answer = await mesh.waitFor('an answer from a worker itself', () => askOnce(worker, 'where\n'))
  match(answer.toString(), /not JSON: this did not come through a transcoder/)
}

/** Types one line and reads the last line of the answer. */
async function play(player: UdpClient, line: string): Promise<Position | undefined> {
  const answer = await player.ask(`${line}\n`)
  const last = answer?.toString().trim().split('\n').at(-1)
  return last === undefined ? undefined : JSON.parse(last)
}
