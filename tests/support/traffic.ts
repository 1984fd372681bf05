/** Live traffic through a proxy, with a count of losses: long-lived sessions, and a continuous stream of new ones. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openSession, type Session } from './client.ts'
import type { Protocol } from './echo.ts'

export type TrafficOptions = {
  readonly protocol: Protocol
  readonly port: number
  readonly host?: string
  /** The number of long-lived sessions. */
  readonly sessions: number
  /** Messages per second of each session. */
  readonly messagesPerSecond: number
  /** The maximum; fewer if the proxy responds slowly. */
  readonly newPerSecond: number
  /** Whether a message has reached a backend by any path. Default: unknown for all. */
  readonly reached?: (message: string) => boolean
}

export type Losses = {
  readonly sessions: number
  readonly sessionsEnded: number
  readonly messages: number
  readonly messagesLost: number
  readonly connections: number
  readonly connectionsLost: number
  /**
   * Messages that reached a backend, but whose response did not return to the sender; not counted as lost elsewhere.
   * The UDP listener of the proxy occasionally delivers a datagram to another session while it accepts a new client,
   * independent of its config.
   */
  readonly astray: number
}

/** The timeout after which a response counts as lost, in milliseconds. */
const PATIENCE = 2000

/**
 * The maximum number of new connections that wait for a response, a quarter of a second's worth at full rate. Otherwise
 * a proxy on a busy machine would be overloaded by connections that have already failed.
 */
const WAITING_AT_ONCE = 25

/** How long to wait for the response to a greeting before the next, in milliseconds. */
const GREETING = 250

export class Traffic {
  readonly #options: TrafficOptions
  readonly #stopping = new AbortController()
  readonly #pending = new Set<string>()
  readonly #sessions: Session[] = []
  readonly #work: Promise<void>[] = []
  #ended = 0
  #sent = 0
  #connections = 0
  #waiting = 0
  readonly #unanswered: string[] = []

  private constructor(options: TrafficOptions) {
    this.#options = options
  }

  /** Resolves when every long-lived session has had its first response. */
  static async start(options: TrafficOptions): Promise<Traffic> {
    const traffic = new Traffic(options)
    for (let i = 0; i < options.sessions; i++) await traffic.#begin(i)
    traffic.#work.push(traffic.#every(1000 / options.newPerSecond, () => traffic.#connect()))
    return traffic
  }

  /** Stops the traffic, waits for pending messages, and counts. */
  async stop(): Promise<Losses> {
    this.#stopping.abort()
    await Promise.all(this.#work)
    for (let waited = 0; this.#pending.size > 0 && waited < PATIENCE; waited += 20) await sleep(20)
    const ended = this.#ended
    for (const session of this.#sessions) session.close()
    const { reached = () => false } = this.#options
    const isLost = (message: string) => !reached(message)
    const lost = [...this.#pending].filter(isLost)
    const lostHellos = this.#unanswered.filter(isLost)
    return {
      sessions: this.#sessions.length,
      sessionsEnded: ended,
      messages: this.#sent,
      messagesLost: lost.length,
      connections: this.#connections,
      connectionsLost: lostHellos.length,
      astray: this.#pending.size + this.#unanswered.length - lost.length - lostHellos.length,
    }
  }

  async #begin(index: number): Promise<void> {
    const { protocol, port, host, messagesPerSecond } = this.#options
    const first = Promise.withResolvers<void>()
    const session = openSession(
      protocol,
      port,
      {
        message: text => {
          const message = contentOf(text)
          if (message.startsWith(`${index}-`)) this.#pending.delete(message)
          first.resolve()
        },
        ended: () => (this.#ended += 1),
      },
      host,
    )
    this.#sessions.push(session)
    await session.open
    let n = 0
    const send = () => {
      const message = `${index}-${n++}`
      this.#pending.add(message)
      this.#sent += 1
      session.send(message)
    }
    await greeted(session, first.promise)
    this.#work.push(this.#every(1000 / messagesPerSecond, send))
  }

  /**
   * Does not catch up after a stall of this process: new clients in a burst lose each other's first datagrams in the
   * proxy, independent of edits.
   */
  async #every(milliseconds: number, work: () => void): Promise<void> {
    const { signal } = this.#stopping
    for (let due = performance.now(); !signal.aborted; due = Math.max(due + milliseconds, performance.now())) {
      await sleep(Math.max(1, due - performance.now()))
      work()
    }
  }

  #connect(): void {
    if (this.#waiting >= WAITING_AT_ONCE) return
    this.#work.push(this.#countedRoundTrip(`hello-${this.#connections++}`))
  }

  async #countedRoundTrip(hello: string): Promise<void> {
    this.#waiting += 1
    try {
      await this.#roundTrip(hello)
    } catch {
      this.#unanswered.push(hello)
    } finally {
      this.#waiting -= 1
    }
  }

  async #roundTrip(hello: string): Promise<void> {
    const { protocol, port, host } = this.#options
    const answer = Promise.withResolvers<void>()
    const lost = new Error('no response')
    // It may be rejected before it is awaited.
    answer.promise.catch(() => {})
    const timer = setTimeout(() => answer.reject(lost), PATIENCE)
    const message = (text: string) => {
      if (contentOf(text) === hello) answer.resolve()
    }
    const session = openSession(protocol, port, { message, ended: () => answer.reject(lost) }, host)
    try {
      await session.open
      session.send(hello)
      await answer.promise
    } finally {
      clearTimeout(timer)
      session.close()
    }
  }
}

/** Repeats a greeting until there is a response: the first datagram of a new client can be lost in the proxy. */
async function greeted(session: Session, answer: Promise<void>): Promise<void> {
  const again = setInterval(() => session.send('hello'), GREETING)
  session.send('hello')
  await answer
  clearInterval(again)
}

/** A backend responds with its name, a space, and the message. */
function contentOf(text: string): string {
  return text.slice(text.indexOf(' ') + 1)
}
