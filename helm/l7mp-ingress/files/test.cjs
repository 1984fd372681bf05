// The program of `helm test`: checks that the proxy echoes over UDP and over TCP. Retries each for a minute, because the
// VirtualServices have just been applied.
'use strict'
const { createSocket } = require('node:dgram')
const { connect } = require('node:net')

// biome-ignore lint/style/noProcessEnv: environment variables configure the pod.
const { PROXY: host, PORT } = process.env
const port = Number(PORT)
const sent = `l7mesh ${process.pid} ${Date.now()}`
const GIVE_UP_MS = 60_000
const ANSWER_MS = 1_000

const say = line => process.stdout.write(`${line}\n`)

const asks = {
  UDP(answered) {
    const socket = createSocket('udp4')
    socket.on('message', answered).on('error', () => {})
    socket.send(sent, port, host)
    return () => socket.close()
  },
  TCP(answered) {
    const socket = connect(port, host)
    socket.on('data', answered).on('error', () => {})
    socket.write(sent)
    return () => socket.destroy()
  },
}

function ask(protocol) {
  return new Promise(resolve => {
    const close = asks[protocol](answer => end(String(answer) === sent))
    const timer = setTimeout(() => end(false), ANSWER_MS)
    function end(good) {
      clearTimeout(timer)
      close()
      resolve(good)
    }
  })
}

async function test(protocol) {
  const start = Date.now()
  while (!(await ask(protocol))) {
    if (Date.now() - start < GIVE_UP_MS) continue
    say(`${protocol} ${host}:${port} gives nothing back. Does the operator run, and lead? Its log says what it did.`)
    process.exit(1)
  }
  say(`${protocol} ${host}:${port} gives back what it is sent`)
}

void Promise.all(Object.keys(asks).map(test)).then(() => process.exit(0))
