/** DNS over UDP as the checks need it: one A question out, the addresses and the response code back. */
import { randomInt } from 'node:crypto'
import { askOnce, type UdpClient, type UdpPeer } from './udp.ts'

export type DnsAnswer = { readonly rcode: number; readonly addresses: readonly string[] }

export const NO_ERROR = 0
export const NO_SUCH_NAME = 3

const HEADER_BYTES = 12
const TYPE_A = 1
const CLASS_IN = 1

/** Asks a server once, from a new port. Undefined where no answer comes in time. */
export async function resolve(server: UdpPeer, name: string): Promise<DnsAnswer | undefined> {
  const asked = question(name)
  return readAnswer(await askOnce(server, asked), asked)
}

/** Asks once from the port of this client. */
export async function resolveFrom(client: UdpClient, name: string): Promise<DnsAnswer | undefined> {
  const asked = question(name)
  return readAnswer(await client.ask(asked), asked)
}

export function question(name: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(randomInt(0x10000), 0)
  header.writeUInt16BE(0x0100, 2)
  header.writeUInt16BE(1, 4)
  const labels = name.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, TYPE_A, 0, CLASS_IN])])
}

/**
 * Reads a reply whose answers are A records with names that point back at the question. Undefined where there is none,
 * or one to another question.
 */
export function readAnswer(reply: Buffer | undefined, asked: Buffer): DnsAnswer | undefined {
  if (reply === undefined || reply.readUInt16BE(0) !== asked.readUInt16BE(0)) return undefined
  const rcode = reply.readUInt8(3) & 0x0f
  const count = reply.readUInt16BE(6)
  let at = HEADER_BYTES
  while (reply.readUInt8(at) !== 0) at += 1 + reply.readUInt8(at)
  at += 5
  const addresses = Array.from({ length: count }, (_, index) => {
    const data = at + index * 16 + 12
    return reply.subarray(data, data + 4).join('.')
  })
  return { rcode, addresses }
}
