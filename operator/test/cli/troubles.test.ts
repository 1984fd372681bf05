import { expect, it } from 'vitest'
import { lastLines, troubles } from '../../src/cli/up/troubles.ts'
import type { LogLine } from '../../src/local/logs.ts'

const printed = (stream: LogLine['stream'], line: string): LogLine => ({ pod: 'dns/a', container: 'app', stream, line })
const pod = (state: string) => ({ pod: 'dns/a', address: '127.0.0.2', state, ready: false, restarts: 1 })
const logFile = (name: string, container: string) => `/logs/${name}/${container}`

it('tells the line that says why a pod ended', () => {
  const last = lastLines()
  for (const line of ['TypeError: out of coffee', '    at brew (file.js:1:1)', '', 'Node.js v26.10.0'])
    last.take(printed('stderr', line))
  last.take(printed('stdout', 'bye'))
  expect(troubles([pod('CrashLoopBackOff')], last, logFile)).toEqual([
    {
      where: 'pod dns/a',
      message: 'CrashLoopBackOff: TypeError: out of coffee',
      help: 'All that it printed: /logs/dns/a/app',
    },
  ])
})

it('tells what was printed where there are no errors, and that nothing was', () => {
  const last = lastLines()
  expect(troubles([pod('Error')], last, logFile)).toEqual([
    { where: 'pod dns/a', message: 'Error', help: 'It printed nothing; it is started again.' },
  ])
  last.take(printed('stdout', 'bye'))
  expect(troubles([pod('Error')], last, logFile)).toMatchObject([{ message: 'Error: bye' }])
})

it('tells nothing of pods that are well', () => {
  expect(troubles([pod('ready'), pod('ContainerCreating')], lastLines(), logFile)).toEqual([])
})
