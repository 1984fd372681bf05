/**
 * Detects that the process of a proxy ends, without requests: holds one TCP connection to its REST port on which nothing
 * is ever sent. When the process ends, its kernel closes the connection; if the network fails, keep-alive probes of this
 * kernel fail. This needs no requests to the proxy, and no timers in this process.
 *
 * Measured on l7mp 0.5.7: Node.js closes such a connection with a 408 response after 60 to 90 seconds. It is then opened
 * again.
 */
import { connect, type Socket } from 'node:net'

export type PresenceOptions = {
  readonly host: string
  readonly port: number
  /** Milliseconds of a clock that never jumps. Default: that of the process. */
  readonly now?: () => number
}

/**
 * Milliseconds until the first probe and between probes, and the number of failed probes: a network failure is detected
 * after about 5 seconds. Node.js before 26.4 probes 10 times.
 */
const PROBES = { initialDelay: 2000, interval: 1000, count: 3 }

/** A connection that takes longer may have reached another process than the one that had just responded. In milliseconds. */
const PROMPT = 100

/**
 * In milliseconds. If a connection is shorter than SHORT_LIVED, something on the path to the proxy does not tolerate idle
 * connections, and the next one is opened only after PAUSE.
 */
const SHORT_LIVED = 10_000
const PAUSE = 60_000

export class Presence {
  readonly #options: PresenceOptions
  readonly #now: () => number
  #onLost: (() => void) | undefined
  #socket: Socket | undefined
  #isConnected = false
  #pausedUntil = Number.NEGATIVE_INFINITY

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /** Whether `onLost` would be called if the process ended now. */
  get isWatching(): boolean {
    return this.#isConnected
  }

  /** Called when the process may have ended: check it with a request. Without it, no connection is opened. */
  onLost(callback: () => void): void {
    this.#onLost = callback
  }

  /** Call it after each response of the proxy: from then on, the end of its process is detected. */
  confirm(): void {
    if (!this.#onLost || this.#socket || this.#now() < this.#pausedUntil) return
    this.#open()
  }

  close(): void {
    this.#onLost = undefined
    this.#socket?.destroy()
  }

  #open(): void {
    const began = this.#now()
    const socket = connect({ host: this.#options.host, port: this.#options.port })
    let isIdleClose = false
    socket.once('connect', () => {
      this.#isConnected = true
      socket.setKeepAlive(true, PROBES.initialDelay, PROBES.interval, PROBES.count)
      if (this.#now() - began > PROMPT) this.#onLost?.()
    })
    // The proxy sends nothing here but a 408 response.
    socket.on('data', () => (isIdleClose = true))
    // `close` follows every error.
    socket.on('error', () => {})
    socket.once('close', () => {
      this.#socket = undefined
      this.#isConnected = false
      const now = this.#now()
      if (now - began < SHORT_LIVED) this.#pausedUntil = now + PAUSE
      else if (isIdleClose) return this.confirm()
      this.#onLost?.()
    })
    this.#socket = socket
  }
}
