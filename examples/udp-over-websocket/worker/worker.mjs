/**
 * A game worker: it keeps where each of its players is, and answers each line of JSON with a line of JSON. A datagram
 * may hold several lines. A player is identified by address and port: one session of the proxy.
 *
 * Usage: node worker.mjs PORT, with POD_IP and POD_NAME in the environment.
 */
import { createSocket } from 'node:dgram'

/** The players that are remembered; the one that has been here longest makes room. */
const MOST_PLAYERS = 10_000

const address = process.env.POD_IP ?? '127.0.0.1'
const port = process.argv[2] ?? '9010'
const worker = process.env.POD_NAME ?? 'worker'
const players = new Map()

const socket = createSocket('udp4')
// A response to a player that has left causes an error here, which does not affect others.
socket.on('error', error => {
  console.error(`worker: ${error.message}`)
  if (error.syscall === 'bind') process.exit(1)
})
socket.on('message', (message, client) => {
  const lines = message
    .toString()
    .split('\n')
    .filter(line => line.trim() !== '')
  const answers = lines.map(line => `${JSON.stringify({ worker, ...act(`${client.address}:${client.port}`, line) })}\n`)
  if (answers.length > 0) socket.send(answers.join(''), client.port, client.address)
})
socket.bind(Number(port), address, () => {
  console.log(`worker: ${worker} plays on ${address}:${socket.address().port}`)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))

/** The response to a player. */
function act(player, line) {
  const command = parse(line)
  if (command === undefined) return { error: 'not JSON: this did not come through a transcoder' }
  const { x, y } = players.get(player) ?? { x: 0, y: 0 }
  switch (command.verb) {
    case 'where':
      return { x, y }
    case 'move':
      return enter(player, { x: x + command.x, y: y + command.y })
    default:
      return { error: `no such command: ${command.text ?? command.verb}` }
  }
}

function enter(player, position) {
  players.set(player, position)
  if (players.size > MOST_PLAYERS) players.delete(players.keys().next().value)
  return position
}

function parse(line) {
  try {
    const command = JSON.parse(line)
    return typeof command === 'object' && command !== null ? command : undefined
  } catch {
    return undefined
  }
}
