import { describe, expect, it } from 'vitest'
import { confined } from '../../src/local/sandbox.ts'

const words = ['serve', '--now']

describe('confined', () => {
  it('leaves a command alone that nothing is taken from', () => {
    expect(confined(words, { binds: [] }, true)).toEqual(words)
  })

  it('mounts volumes by arguments, so that no path is read as a part of the script', () => {
    const binds = [
      { from: '/run/a;b', to: '/data' },
      { from: '/run/c', to: '/etc/x', readOnly: true },
    ]
    const command = confined(words, { binds, readOnlyRoot: true }, true)
    expect(command.slice(0, 4)).toEqual(['unshare', '--mount', 'sh', '-c'])
    expect(command[4]?.split(' && ')).toEqual([
      `mount --bind "\${1}" "\${2}"`,
      `mount --bind "\${3}" "\${4}"`,
      `mount -o remount,bind,ro "\${4}"`,
      'mount -o remount,bind,ro /',
      'shift 4',
      'exec "$@"',
    ])
    expect(command.slice(5)).toEqual(['sh', '/run/a;b', '/data', '/run/c', '/etc/x', ...words])
  })

  it('takes users and capabilities away last, for the mounts need them', () => {
    const sandbox = { binds: [], readOnlyRoot: true, user: 5, capabilities: ['net_raw'], noNewPrivileges: true }
    const command = confined(words, sandbox, true)
    const limits = [
      '--reuid=5',
      '--regid=5',
      '--clear-groups',
      '--inh-caps=-all,+net_raw',
      '--bounding-set=-all,+net_raw',
    ]
    expect(command.slice(-9)).toEqual(['sh', 'setpriv', ...limits, '--no-new-privs', ...words].slice(-9))
  })

  it('takes no user where there is none but this one', () => {
    expect(confined(words, { binds: [], user: 5 }, false)).toEqual(words)
  })
})
