/**
 * The cluster DNS server for the pods of this machine: it resolves names of the cluster domain, and forwards all other
 * queries to the DNS servers of the machine.
 */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import dns2 from 'dns2'
import type { ClusterNames } from './cluster-names.ts'

const { Packet } = dns2
type Packet = InstanceType<typeof Packet>
type DnsAnswer = Packet['answers'][number]

export type NameServer = { readonly address: string; readonly port: number; close(): void }

export type NameServerOptions = {
  readonly address: string
  /** 0: any free port. */
  readonly port: number
  readonly names: ClusterNames
  /** Upstream servers for all other names, `ADDRESS` or `ADDRESS:PORT`, in order of preference. */
  readonly upstreams: readonly string[]
}

/** Rejects if it cannot listen. */
export async function serveNames({ address, port, names, upstreams }: NameServerOptions): Promise<NameServer> {
  const socket = createSocket('udp4')
  let isClosed = false
  const reply = (message: Buffer, { port, address }: RemoteInfo) => {
    // A response of an upstream server may arrive after this server was closed.
    if (!isClosed) socket.send(message, port, address, () => {})
  }
  socket.on('message', (message, client) => {
    void responseOrFailure(message, names, query => queryUpstreams(query, upstreams)).then(
      found => found && reply(found, client),
    )
  })
  socket.once('close', () => {
    isClosed = true
  })
  socket.bind({ address, port, exclusive: true })
  await once(socket, 'listening')
  // A response to a client that has closed its socket is reported as an error here.
  socket.on('error', () => {})
  return { address, port: socket.address().port, close: () => void socket.close() }
}

type Forward = (query: Buffer) => Promise<Buffer | undefined>

/** Not every name can be encoded: labels of an externalName can exceed the 63 octets of DNS. */
async function responseOrFailure(message: Buffer, names: ClusterNames, forward: Forward): Promise<Buffer | undefined> {
  try {
    return await responseTo(message, names, forward)
  } catch {
    return failureFor(message)
  }
}

function failureFor(message: Buffer): Buffer | undefined {
  const query = parsed(message)
  try {
    return query && encoded(query, { rcode: Packet.RCODE.SERVFAIL })
  } catch {
    return undefined
  }
}

/** undefined: the message is not a query. */
async function responseTo(message: Buffer, names: ClusterNames, forward: Forward): Promise<Buffer | undefined> {
  const query = parsed(message)
  const question = query?.questions[0]
  if (query === undefined || question === undefined || query.header.qr === 1) return undefined
  const name = question.name.toLowerCase()
  const found = names(name)
  if (found === undefined) return (await forward(message)) ?? encoded(query, { rcode: Packet.RCODE.SERVFAIL })
  if (found.type === 'unknown') return encoded(query, { rcode: Packet.RCODE.NXDOMAIN })
  if (found.type === 'addresses') return encoded(query, { answers: addressRecords(question, found.addresses) })
  return encoded(query, { answers: await aliasRecords(question, found.name, names, forward) })
}

function parsed(message: Buffer): Packet | undefined {
  try {
    return Packet.parse(message)
  } catch {
    return undefined
  }
}

const TTL_SECONDS = 1
/** More do not fit into the 512 octets that every client accepts. */
const MAX_RECORDS = 24

type Question = { readonly name: string; readonly type: number }

/** In random order, so that clients that use the first address are distributed. */
function addressRecords({ name, type }: Question, addresses: readonly string[]): readonly DnsAnswer[] {
  if (type !== Packet.TYPE.A && type !== Packet.TYPE.ANY) return []
  return shuffled(addresses)
    .slice(0, MAX_RECORDS)
    .map(address => record({ name, type: Packet.TYPE.A, address }))
}

const record = (fields: Partial<DnsAnswer>) =>
  new Packet.Resource({ class: Packet.CLASS.IN, ttl: TTL_SECONDS, ...fields })

async function aliasRecords(question: Question, target: string, names: ClusterNames, forward: Forward) {
  // Some externalNames are IP addresses.
  if (isIP(target) !== 0) return addressRecords(question, [target])
  const { name } = question
  const alias = record({ name, type: Packet.TYPE.CNAME, domain: target })
  const found = names(target)
  if (found?.type === 'addresses') return [alias, ...addressRecords({ ...question, name: target }, found.addresses)]
  if (found !== undefined) return [alias]
  const query = new Packet()
  query.header.rd = 1
  query.header.id = 1
  query.questions.push(new Packet.Question({ name: target, type: question.type, class: Packet.CLASS.IN }))
  const answer = await forward(query.toBuffer())
  const records = (answer && parsed(answer)?.answers) ?? []
  return [alias, ...records.filter(({ type }) => FORWARDED_TYPES.includes(type)).slice(0, MAX_RECORDS)]
}

function encoded(
  query: Packet,
  { rcode = 0, answers = [] }: { rcode?: number; answers?: readonly DnsAnswer[] },
): Buffer {
  const response = new Packet()
  const { id, opcode, rd } = query.header
  Object.assign(response.header, { id, opcode, rd, qr: 1, aa: 1, ra: 1, rcode })
  response.questions.push(...query.questions.slice(0, 1))
  response.answers.push(...answers)
  return response.toBuffer()
}

const FORWARDED_TYPES: readonly number[] = [Packet.TYPE.A, Packet.TYPE.AAAA, Packet.TYPE.CNAME]

const shuffled = <T>(items: readonly T[]): readonly T[] =>
  items
    .map(item => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

const TIMEOUT_MS = 2000

/** The first response; the servers are queried one after the other. */
async function queryUpstreams(query: Buffer, servers: readonly string[]): Promise<Buffer | undefined> {
  for (const server of servers) {
    const answer = await queryUpstream(query, server)
    if (answer !== undefined) return answer
  }
  return undefined
}

function queryUpstream(query: Buffer, server: string): Promise<Buffer | undefined> {
  const { address, port } = serverAt(server)
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4')
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const timer = setTimeout(() => resolve(undefined), TIMEOUT_MS)
  socket.once('message', resolve)
  socket.on('error', () => resolve(undefined))
  socket.once('connect', () => socket.send(query))
  socket.connect(port, address)
  return promise.finally(() => {
    clearTimeout(timer)
    socket.close()
  })
}

/** Parses the format of `dns.getServers`: `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`. */
function serverAt(server: string): { readonly address: string; readonly port: number } {
  const [, bracketed, plain, port = '53'] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(server) ?? []
  return { address: bracketed ?? plain ?? server, port: Number(port) }
}
