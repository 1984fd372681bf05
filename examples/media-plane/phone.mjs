/**
 * A phone for the terminal: what is typed goes to the gateway as a packet, and what comes in is printed.
 *
 * Usage: node examples/media-plane/phone.mjs alice|bob|carol
 */
import { createSocket } from 'node:dgram'
import { createInterface } from 'node:readline'

const GATEWAY = '127.0.0.1'
/** The port of the phone, and the one of the gateway for this user: as users.yaml and carol.yaml have them. */
const USERS = { alice: [7101, 9101], bob: [7102, 9102], carol: [7103, 9103] }

const name = process.argv[2]
const ports = USERS[name]
if (ports === undefined) {
  console.error(`usage: node phone.mjs ${Object.keys(USERS).join('|')}`)
  process.exit(2)
}
const [port, gatewayPort] = ports

const socket = createSocket('udp4')
socket.on('error', error => {
  console.error(error.message)
  if (error.syscall === 'bind') process.exit(1)
})
socket.on('message', packet => console.log(packet.toString()))
socket.bind(port, GATEWAY, () => console.log(`${name} is on the phone: type, and press Enter (Ctrl-D hangs up)`))
createInterface({ input: process.stdin })
  .on('line', line => socket.send(`${name}: ${line}`, gatewayPort, GATEWAY))
  .on('close', () => socket.close())
