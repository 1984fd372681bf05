/**
 * Turns what players type (`move 3 4`) into what the game understands (`{"verb":"move","x":3,"y":4}`), a line for a
 * line. It speaks one Unix domain socket and nothing else.
 *
 * Usage: node transcoder.mjs SOCKET-FILE
 */
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'

/** A line that gets longer than this is not a player's. */
const LONGEST_LINE = 1000

const file = process.argv[2] ?? '/tmp/l7mesh-game/transcoder.sock'

const server = createServer(connection => {
  let rest = ''
  connection.setEncoding('utf8')
  connection.on('error', error => console.error(`transcoder: ${error.message}`))
  connection.on('data', text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) connection.write(lines.map(line => `${JSON.stringify(transcode(line))}\n`).join(''))
    if (rest.length > LONGEST_LINE) connection.destroy()
  })
})

// A socket file that an earlier life left behind would be in the way.
rmSync(file, { force: true })
server.listen(file, () => console.log(`transcoder: listening on ${file}`))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
process.on('exit', () => rmSync(file, { force: true }))

function transcode(line) {
  const words = line.trim().split(/\s+/)
  const [verb, x, y] = [words[0], Number(words[1]), Number(words[2])]
  if (verb === 'where' && words.length === 1) return { verb }
  if (verb === 'move' && words.length === 3 && Number.isFinite(x) && Number.isFinite(y)) return { verb, x, y }
  return { verb: 'unknown', text: line }
}
