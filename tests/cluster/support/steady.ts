/**
 * Steady traffic through a proxy, with periodic messages on one UDP and one TCP session, and occasional new TCP
 * clients: counts losses during faults.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openSession, type Session } from '../../support/client.ts'

export type SteadyOptions = {
  readonly host: string
  readonly udp: number
  readonly tcp: number | undefined
  /** The address of the server, which runs `ECHO`. */
  readonly backend: string
}

export type Losses = {
  /** Never received by the server. */
  readonly datagramsLost: number
  /** Received by the server, but the response did not arrive. */
  readonly datagramsAstray: number
  readonly linesLost: number
  readonly sessionsEnded: number
  readonly newClientsLost: number
}

/**
 * A busy proxy occasionally sends a response to another client, independent of its config: up to 3 per scenario were
 * observed. Nothing else is tolerated.
 */
const DATAGRAMS_ASTRAY = { least: 5, share: 0.01 }

export const isUnharmed = ({ datagramsAstray, ...lost }: Losses, sent: number) =>
  datagramsAstray <= Math.max(DATAGRAMS_ASTRAY.least, sent * DATAGRAMS_ASTRAY.share) &&
  Object.values(lost).every(count => count === 0)

/** In milliseconds. */
const EVERY = { message: 100, client: 1000 }
const GREETING = 250
/** The timeout of a response, which tolerates delays by a busy machine. */
const PATIENCE = 5000

export class Steady {
  readonly #sessions: Session[] = []
  readonly #pending = new Set<string>()
  readonly #clients: Promise<boolean>[] = []
  readonly #timers: NodeJS.Timeout[] = []
  readonly #backend: string
  #sent = 0
  #ended = 0

  private constructor(backend: string) {
    this.#backend = backend
  }

  /** Resolves when its sessions have had a response. */
  static async start({ host, udp, tcp, backend }: SteadyOptions): Promise<Steady> {
    const steady = new Steady(backend)
    await steady.#begin('UDP', host, udp)
    if (tcp === undefined) return steady
    await steady.#begin('TCP', host, tcp)
    steady.#timers.push(setInterval(() => steady.#clients.push(isAnswered(host, tcp)), EVERY.client))
    return steady
  }

  /** The number of messages sent so far. */
  get sent(): number {
    return this.#sent
  }

  /** Stops it, and counts. */
  async stop(): Promise<Losses> {
    for (const timer of this.#timers) clearInterval(timer)
    const clients = await Promise.all(this.#clients)
    for (let waited = 0; this.#pending.size > 0 && waited < PATIENCE; waited += 20) await sleep(20)
    const sessionsEnded = this.#ended
    for (const session of this.#sessions) session.close()
    const newClientsLost = clients.filter(answered => !answered).length
    const datagrams = [...this.#pending].filter(text => text.startsWith('UDP'))
    const linesLost = this.#pending.size - datagrams.length
    const heard = datagrams.length > 0 ? await heardBy(this.#backend) : new Set<string>()
    const datagramsLost = datagrams.filter(text => !heard.has(text)).length
    const datagramsAstray = datagrams.length - datagramsLost
    return { datagramsLost, datagramsAstray, linesLost, sessionsEnded, newClientsLost }
  }

  async #begin(protocol: 'UDP' | 'TCP', host: string, port: number): Promise<void> {
    const first = Promise.withResolvers<void>()
    const message = (text: string) => {
      this.#pending.delete(text)
      first.resolve()
    }
    const session = openSession(protocol, port, { message, ended: () => (this.#ended += 1) }, host)
    this.#sessions.push(session)
    await session.open
    // The first datagram of a new client can be lost in the proxy.
    const greeting = setInterval(() => session.send('hello'), GREETING)
    session.send('hello')
    await first.promise
    clearInterval(greeting)
    const send = () => {
      const text = `${protocol} ${host} ${this.#sent++}`
      this.#pending.add(text)
      session.send(text)
    }
    this.#timers.push(setInterval(send, EVERY.message))
  }
}

async function isAnswered(host: string, port: number): Promise<boolean> {
  const answer = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => answer.resolve(false), PATIENCE)
  const hear = { message: () => answer.resolve(true), ended: () => answer.resolve(false) }
  const session = openSession('TCP', port, hear, host)
  session.open.then(
    () => session.send('hello'),
    () => answer.resolve(false),
  )
  const answered = await answer.promise
  clearTimeout(timer)
  session.close()
  return answered
}

/** The datagrams that a server has received. */
async function heardBy(backend: string): Promise<ReadonlySet<string>> {
  const answer = await fetch(`http://${backend}:7001`, { signal: AbortSignal.timeout(PATIENCE) })
  return new Set((await answer.json()) as string[])
}

/** An echo server on UDP and TCP, which reports the received datagrams. */
export const ECHO = `
  const heard = new Set()
  const udp = require('node:dgram').createSocket('udp4')
  udp.on('message', (message, { port, address }) => {
    heard.add(String(message))
    udp.send(message, port, address)
  })
  udp.bind(7000)
  require('node:http').createServer((_, response) => response.end(JSON.stringify([...heard]))).listen(7001)
  require('node:net').createServer(socket => socket.on('error', () => socket.destroy()).pipe(socket)).listen(7000)
`
