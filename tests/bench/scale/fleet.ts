/** Fake proxies in other processes, so that their cost is not measured. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export type ToHost = { readonly id: number } & (
  | {
      readonly kind: 'start'
      readonly addresses: readonly string[]
      readonly port: number
      /** How many VirtualServices the proxies hold already; 0: they are empty. */
      readonly services: number
    }
  | ({ readonly kind: 'watch'; readonly addresses: readonly string[] } & Sight)
  | { readonly kind: 'traffic' }
)

/** A read by the operator to report. */
export type Sight = {
  /** A part of its path. */
  readonly url: string
  /** Whether the requested object exists. */
  readonly found: boolean
  /** A part of the response. */
  readonly text: string
}

/** Requests so far. */
export type Traffic = {
  readonly heartbeats: number
  /** How often all of a proxy that was there at first was read. */
  readonly audits: number
  /** All but heartbeats and the requests of audits. */
  readonly others: number
  /** When the last write came, in milliseconds since the epoch. */
  readonly lastWrite: number
}

const HOSTS = 2
const HOST = fileURLToPath(new URL('./host.ts', import.meta.url))

export class ProxyFleet {
  readonly port: number
  readonly #network: number
  readonly #hosts: readonly Host[]
  readonly #addresses: readonly string[][]

  private constructor(port: number, network: number) {
    this.port = port
    this.#network = network
    this.#hosts = Array.from({ length: HOSTS }, () => new Host())
    this.#addresses = this.#hosts.map(() => [])
  }

  /** All proxies have one port, as in a cluster: those that differ in it would not be alike. */
  static async start(proxies: number, services: number): Promise<ProxyFleet> {
    // A network of the loopback that no other run has.
    const network = 16 + (process.pid % 200)
    const fleet = new ProxyFleet(await freePort(addressIn(network, 0)), network)
    try {
      await fleet.#add(0, proxies, services)
    } catch (error) {
      fleet.stop()
      throw error
    }
    return fleet
  }

  addressOf(proxy: number): string {
    return addressIn(this.#network, proxy)
  }

  /** One more, which is empty. */
  async add(proxy: number): Promise<void> {
    await this.#add(proxy, 1, 0)
  }

  /** When the last of them was read like this, in milliseconds since the epoch. Default: all that were there at first */
  async seen(sight: Sight, proxies?: readonly number[]): Promise<number> {
    const times = this.#hosts.map((host, index) => {
      const addresses = proxies
        ? proxies.filter(proxy => proxy % HOSTS === index).map(proxy => this.addressOf(proxy))
        : (this.#addresses[index] ?? [])
      return addresses.length === 0 ? 0 : host.ask({ kind: 'watch', addresses, ...sight })
    })
    return Math.max(...((await Promise.all(times)) as number[]))
  }

  async traffic(): Promise<Traffic> {
    const all = (await Promise.all(this.#hosts.map(host => host.ask({ kind: 'traffic' })))) as Traffic[]
    const sum = (of: (one: Traffic) => number) => all.reduce((total, one) => total + of(one), 0)
    return {
      heartbeats: sum(one => one.heartbeats),
      audits: sum(one => one.audits),
      others: sum(one => one.others),
      lastWrite: Math.max(...all.map(({ lastWrite }) => lastWrite)),
    }
  }

  stop(): void {
    for (const host of this.#hosts) host.stop()
  }

  async #add(first: number, count: number, services: number): Promise<void> {
    const added = Array.from({ length: count }, (_, n) => first + n)
    const starts = this.#hosts.map(async (host, index) => {
      const addresses = added.filter(proxy => proxy % HOSTS === index).map(proxy => this.addressOf(proxy))
      if (addresses.length === 0) return
      await host.ask({ kind: 'start', addresses, port: this.port, services })
      if (first === 0) this.#addresses[index]?.push(...addresses)
    })
    await Promise.all(starts)
  }
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never

/** The process of some of them. */
class Host {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, (result: unknown) => void>()
  #id = 0

  constructor() {
    this.#child = fork(HOST)
    this.#child.on('message', ({ id, result }: { readonly id: number; readonly result: unknown }) => {
      this.#asked.get(id)?.(result)
      this.#asked.delete(id)
    })
  }

  /** Rejects where the process ends. */
  ask(message: Unnumbered<ToHost>): Promise<unknown> {
    const id = ++this.#id
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const onExit = () => reject(new Error('the process of the fake proxies has ended'))
    this.#child.once('exit', onExit)
    this.#asked.set(id, resolve)
    this.#child.send({ id, ...message })
    return promise.finally(() => this.#child.off('exit', onExit))
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}

function addressIn(network: number, proxy: number): string {
  return `127.${network}.${Math.floor(proxy / 250)}.${1 + (proxy % 250)}`
}

async function freePort(address: string): Promise<number> {
  const server = createServer()
  await once(server.listen(0, address), 'listening')
  const found = server.address()
  await once(server.close(), 'close')
  if (found === null || typeof found === 'string') throw new Error('the server has no port')
  return found.port
}
