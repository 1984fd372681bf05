import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { startGroup } from '../../../src/local/process/process-group.ts'
import { type Reaper, startReaper } from '../../../src/local/process/reaper.ts'
import { eventually, isAlive } from '../support/eventually.ts'

const reapers: Reaper[] = []
afterEach(() => {
  for (const reaper of reapers.splice(0)) reaper.close()
})

/** Starts a shell script as a group and collects its lines. */
function start(script: string) {
  const reaper = startReaper()
  reapers.push(reaper)
  const lines: string[] = []
  const command = { words: ['sh', '-c', script], cwd: tmpdir(), environment: { PATH: process.env.PATH ?? '' } }
  const group = startGroup(command, reaper, (stream, line) => lines.push(`${stream} ${line}`))
  return { group, lines, line: (wanted: string) => eventually(wanted, () => lines.includes(wanted)) }
}

/** The process ids that a script has printed. */
const pids = (lines: readonly string[]) => lines.map(line => Number(line.split(' ')[1]))

describe('startGroup', () => {
  it('reports the output by line and the exit code', async () => {
    const { group, lines } = start('printf "one\\ntwo\\nthree"; echo four >&2; exit 7')
    expect(await group.exit).toEqual({ code: 7 })
    await eventually('all lines', () => lines.length === 4)
    expect(lines.toSorted()).toEqual(['stderr four', 'stdout one', 'stdout three', 'stdout two'])
  })

  it('kills the processes that the leader leaves behind', async () => {
    const { group, lines } = start('sleep 1000 & echo $!; exit 0')
    expect(await group.exit).toEqual({ code: 0 })
    await eventually('the child has ended', () => lines.length === 1 && !pids(lines).some(isAlive))
  })

  it('reports why a command cannot be started', async () => {
    const reaper = startReaper()
    reapers.push(reaper)
    const run = (words: readonly string[]) => startGroup({ words, cwd: '/', environment: {} }, reaper, () => {}).exit
    expect(await run(['/does/not/exist'])).toMatchObject({ code: 127, failed: expect.stringContaining('ENOENT') })
    expect(await run(['true\0'])).toMatchObject({ code: 127, failed: expect.stringContaining('null bytes') })
  })

  it('gives all processes of the group the grace period', async () => {
    const { group, line } = start(
      '(trap "sleep 0.1; echo done; exit" TERM; echo up; while :; do sleep 0.01; done) & wait',
    )
    await line('stdout up')
    await group.end(10_000)
    expect(await group.exit).toEqual({ code: 143, signal: 'SIGTERM' })
    await line('stdout done')
  })

  it('kills processes after the grace period', async () => {
    const { group, line } = start('trap "" TERM; echo up; while :; do sleep 0.01; done')
    await line('stdout up')
    await group.end(50)
    expect(await group.exit).toEqual({ code: 137, signal: 'SIGKILL' })
    expect(isAlive(group.id ?? 0)).toBe(false)
  })

  it('cuts the grace period short on a second call with 0', async () => {
    const { group, line } = start('trap "echo asked" TERM; echo up; while :; do sleep 0.02; done')
    await line('stdout up')
    const ended = group.end(600_000)
    await line('stdout asked')
    await group.end(0)
    await ended
    expect(await group.exit).toMatchObject({ signal: 'SIGKILL' })
  })
})
