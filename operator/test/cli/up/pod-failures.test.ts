import { expect, it } from 'vitest'
import { lastLines, podFailures } from '../../../src/cli/up/pod-failures.ts'
import type { LogLine } from '../../../src/local/process/logs.ts'

const printed = (stream: LogLine['stream'], line: string): LogLine => ({ pod: 'dns/a', container: 'app', stream, line })
const pod = (state: string) => ({ pod: 'dns/a', address: '127.0.0.2', state, ready: false, restarts: 1 })
const options = { logFile: (name: string, container: string) => `/logs/${name}/${container}`, share: false }

it('shows the line that explains why a pod exited', () => {
  const last = lastLines()
  for (const line of ['TypeError: out of coffee', '    at brew (file.js:1:1)', '', 'Node.js v26.10.0'])
    last.take(printed('stderr', line))
  last.take(printed('stdout', 'bye'))
  expect(podFailures([pod('CrashLoopBackOff')], last, options)).toEqual([
    {
      where: 'pod dns/a',
      message: 'CrashLoopBackOff: TypeError: out of coffee',
      help: 'Its log: /logs/dns/a/app',
    },
  ])
})

it('shows the message of an error of Node.js, and not its fields', () => {
  const last = lastLines()
  const dump = [
    'node:events:487',
    '      throw er; // Unhandled error event',
    '      ^',
    '',
    'Error: bind EADDRINUSE 0.0.0.0:5000',
    '    at node:dgram:373:20',
    "Emitted 'error' event on Socket instance at:",
    '    at node:dgram:375:14 {',
    '  errno: -98,',
    "  code: 'EADDRINUSE',",
    '  port: 5000',
    '}',
    '',
    'Node.js v26.10.0',
  ]
  for (const line of dump) last.take(printed('stderr', line))
  const message = 'CrashLoopBackOff: Error: bind EADDRINUSE 0.0.0.0:5000'
  const help = 'Its log: /logs/dns/a/app'
  expect(podFailures([pod('CrashLoopBackOff')], last, options)).toMatchObject([{ message, help }])
  const shared =
    'Pods share the ports and files of this machine: listen at the address of the pod, or run with --netns (Linux).'
  expect(podFailures([pod('CrashLoopBackOff')], last, { ...options, share: true })).toMatchObject([
    { message, help: `${shared} ${help}` },
  ])
})

it('shows the error of mount, and not its hint', () => {
  const last = lastLines()
  const lines = [
    'mount: /etc: mount point does not exist.',
    '       dmesg(1) may have more information after failed mount system call.',
  ]
  for (const line of lines) last.take(printed('stderr', line))
  expect(podFailures([pod('Error')], last, options)).toMatchObject([{ message: `Error: ${lines[0]}` }])
})

it('shows the standard output without errors, or that there was no output', () => {
  const last = lastLines()
  expect(podFailures([pod('Error')], last, options)).toEqual([
    { where: 'pod dns/a', message: 'Error', help: 'It printed nothing; it is restarted.' },
  ])
  last.take(printed('stdout', 'bye'))
  expect(podFailures([pod('Error')], last, options)).toMatchObject([{ message: 'Error: bye' }])
})

it('ignores healthy pods', () => {
  expect(podFailures([pod('ready'), pod('ContainerCreating')], lastLines(), options)).toEqual([])
})
