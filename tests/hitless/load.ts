/**
 * The traffic of the hitless tests and the backends that answer it, in a thread of their own: what the operator and the
 * test runner do must not be taken for a loss.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { type Backend, echo, type Protocol } from '../support/echo.ts'
import { type Losses, Traffic, type TrafficOptions } from '../support/traffic.ts'

/** Asked of the thread, and its answers, one for each. */
type Ask =
  | { readonly ask: 'backends'; readonly protocol: Protocol; readonly addresses: readonly string[] }
  | { readonly ask: 'begin'; readonly options: TrafficOptions }
  | { readonly ask: 'losses' }
type Reply = { readonly value: unknown } | { readonly failure: string }

/** The thread, from the side of the tests. */
export class Load {
  readonly #worker = new Worker(new URL(import.meta.url))

  /** Starts a backend on each address, all on one port. Resolves with the port. */
  async backends(protocol: Protocol, addresses: readonly string[]): Promise<number> {
    return (await this.#ask({ ask: 'backends', protocol, addresses })) as number
  }

  async begin(options: TrafficOptions): Promise<void> {
    await this.#ask({ ask: 'begin', options })
  }

  /** Ends all traffic and counts, in the order in which it was begun. */
  async losses(): Promise<readonly Losses[]> {
    return (await this.#ask({ ask: 'losses' })) as readonly Losses[]
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #ask(ask: Ask): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#worker.once('error', reject)
    this.#worker.once('message', (reply: Reply) => {
      this.#worker.off('error', reject)
      if ('failure' in reply) reject(new Error(reply.failure))
      else resolve(reply.value)
    })
    this.#worker.postMessage(ask)
    return promise
  }
}

if (!isMainThread && parentPort) {
  const port = parentPort
  const running: Traffic[] = []
  port.on('message', (ask: Ask) => {
    answer(ask, running).then(
      value => port.postMessage({ value }),
      error => port.postMessage({ failure: String(error) }),
    )
  })
}

/** Every datagram that reached a backend of this thread. */
const heard = new Set<string>()

async function answer(ask: Ask, running: Traffic[]): Promise<unknown> {
  switch (ask.ask) {
    case 'backends':
      return backendsOn(ask.protocol, ask.addresses)
    case 'begin':
      running.push(await Traffic.start({ ...ask.options, reached: message => heard.has(message) }))
      return undefined
    case 'losses':
      return Promise.all(running.map(traffic => traffic.stop()))
  }
}

async function backendsOn(protocol: Protocol, addresses: readonly string[]): Promise<number> {
  let port = 0
  for (const address of addresses) {
    const backend: Backend = await echo(protocol, address, { address, port, heard: message => heard.add(message) })
    port = backend.port
  }
  return port
}
