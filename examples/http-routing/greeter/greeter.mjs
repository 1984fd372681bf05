/**
 * Greets over TCP: each line that comes in is a name, and so is what stands after the last line when the other end has
 * said all it has to say. Then it closes.
 *
 * Usage: node greeter.mjs GREETING PORT, with POD_IP in the environment.
 */
import { createServer } from 'node:net'

/** A name that gets longer than this is none. */
const LONGEST_NAME = 1000

const address = process.env.POD_IP ?? '127.0.0.1'
const [greeting = 'Hello', port = '9082'] = process.argv.slice(2)
const greet = name => `${greeting}, ${name.trim() || 'stranger'}!\n`

const server = createServer({ allowHalfOpen: true }, connection => {
  let rest = ''
  let greeted = false
  connection.setEncoding('utf8')
  connection.on('error', error => console.error(`greeter: ${error.message}`))
  connection.on('data', text => {
    const names = (rest + text).split('\n')
    rest = names.pop() ?? ''
    greeted ||= names.length > 0
    if (names.length > 0) connection.write(names.map(greet).join(''))
    if (rest.length > LONGEST_NAME) connection.destroy()
  })
  connection.on('end', () => (rest === '' && greeted ? connection.end() : connection.end(greet(rest))))
})
server.listen(Number(port), address, () => {
  console.log(`greeter: saying ${greeting} on ${address}:${server.address().port}`)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
