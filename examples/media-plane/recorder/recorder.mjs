/**
 * Stands for whatever a media worker does with media: it takes each packet and gives it back marked as recorded.
 * Only the proxy of its own pod talks to it.
 *
 * Usage: node recorder.mjs PORT
 */
import { createSocket } from 'node:dgram'

const ADDRESS = '127.0.0.1'
const MARK = Buffer.from('(recorded) ')

const port = process.argv[2] ?? '9111'

const socket = createSocket('udp4')
// A packet for a stream that has ended causes an error here, which does not affect others.
socket.on('error', error => {
  console.error(`recorder: ${error.message}`)
  if (error.syscall === 'bind') process.exit(1)
})
socket.on('message', (packet, stream) => socket.send([MARK, packet], stream.port, stream.address))
socket.bind(Number(port), ADDRESS, () => console.log(`recorder: recording on ${ADDRESS}:${socket.address().port}`))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
