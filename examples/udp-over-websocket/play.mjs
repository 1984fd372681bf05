/**
 * Plays the game from the terminal: `move 3 4` and `where`, each answered by a worker.
 *
 * Usage: node examples/udp-over-websocket/play.mjs [PORT]
 */
import { createSocket } from 'node:dgram'
import { createInterface } from 'node:readline'

const GATEWAY = '127.0.0.1'
const port = Number(process.argv[2] ?? 9001)

const socket = createSocket('udp4')
socket.on('error', error => console.error(error.message))
socket.on('message', answer => process.stdout.write(answer))
createInterface({ input: process.stdin })
  .on('line', line => socket.send(`${line}\n`, port, GATEWAY))
  .on('close', () => socket.close())
console.log(`playing on ${GATEWAY}:${port}: type "move 3 4" or "where", and press Enter (Ctrl-D leaves)`)
