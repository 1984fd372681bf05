/**
 * A client session through a proxy, with the same interface for each protocol: send a message, receive messages, wait
 * for the end.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import type { Protocol } from './echo.ts'

export type Session = {
  /** Resolves when messages can be sent; rejects if the connection fails. */
  readonly open: Promise<void>
  send(message: string): void
  close(): void
}
export type Hear = { message(text: string): void; ended(): void }

export function openSession(protocol: Protocol, port: number, hear: Hear, host = '127.0.0.1'): Session {
  switch (protocol) {
    case 'UDP':
      return udpSession(port, host, hear)
    case 'TCP':
      return tcpSession(port, host, hear)
    case 'WebSocket':
      return webSocketSession(port, host, hear)
  }
}

function udpSession(port: number, host: string, hear: Hear): Session {
  const socket = createSocket('udp4')
  socket.on('message', message => hear.message(`${message}`))
  socket.on('error', () => hear.ended())
  socket.connect(port, host)
  return {
    open: once(socket, 'connect').then(() => {}),
    send: message => socket.send(message, () => {}),
    close: () => void socket.close(),
  }
}

function tcpSession(port: number, host: string, hear: Hear): Session {
  const socket = connect(port, host).setNoDelay()
  createInterface({ input: socket })
    .on('line', line => hear.message(line))
    .on('error', () => {})
  socket.on('error', () => {})
  socket.on('close', () => hear.ended())
  return {
    open: once(socket, 'connect').then(() => {}),
    send: message => void socket.write(`${message}\n`),
    close: () => void socket.end(),
  }
}

function webSocketSession(port: number, host: string, hear: Hear): Session {
  const socket = new WebSocket(`ws://${host}:${port}/`)
  socket.on('message', message => hear.message(`${message}`))
  socket.on('error', () => {})
  socket.on('close', () => hear.ended())
  return {
    open: once(socket, 'open').then(() => {}),
    send: message => socket.send(message),
    close: () => socket.close(),
  }
}
