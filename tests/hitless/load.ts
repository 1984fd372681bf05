/**
 * The traffic of the hitless tests and its backends, in a separate process, so that work of the operator and the test runner
 * does not appear as a loss.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Backend, echo, type Protocol } from '../support/echo.ts'
import { type Losses, Traffic, type TrafficOptions } from '../support/traffic.ts'

/** Distinguishes the process from other importers of this file. */
const CHILD = 'hitless-load'

/** The requests to the process, and their responses. */
type Ask =
  | { readonly ask: 'backends'; readonly protocol: Protocol; readonly addresses: readonly string[] }
  | { readonly ask: 'begin'; readonly options: TrafficOptions }
  | { readonly ask: 'losses' }
type Reply = { readonly value: unknown } | { readonly failure: string }

/** The client of the process, for tests. */
export class Load {
  readonly #child = fork(fileURLToPath(import.meta.url), [CHILD])

  /** Starts a backend on each address, all on one port. Resolves with the port. */
  async backends(protocol: Protocol, addresses: readonly string[]): Promise<number> {
    return (await this.#ask({ ask: 'backends', protocol, addresses })) as number
  }

  async begin(options: TrafficOptions): Promise<void> {
    await this.#ask({ ask: 'begin', options })
  }

  /** Ends all traffic and returns its counts, in order of start. */
  async losses(): Promise<readonly Losses[]> {
    return (await this.#ask({ ask: 'losses' })) as readonly Losses[]
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  async #ask(ask: Ask): Promise<unknown> {
    this.#child.send(ask)
    const [reply]: [Reply] = (await once(this.#child, 'message')) as [Reply]
    if ('failure' in reply) throw new Error(reply.failure)
    return reply.value
  }
}

if (process.argv[2] === CHILD) {
  const running: Traffic[] = []
  process.on('message', (ask: Ask) => {
    answer(ask, running).then(
      value => process.send?.({ value }),
      error => process.send?.({ failure: String(error) }),
    )
  })
}

/** Every datagram that reached a backend of this process. */
const heard = new Set<string>()
const reached = (message: string) => heard.has(message)

async function answer(ask: Ask, running: Traffic[]): Promise<unknown> {
  switch (ask.ask) {
    case 'backends':
      return backendsOn(ask.protocol, ask.addresses)
    case 'begin':
      running.push(await Traffic.start({ ...ask.options, ...(ask.options.protocol === 'UDP' && { reached }) }))
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
