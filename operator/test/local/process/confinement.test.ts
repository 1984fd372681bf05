import { describe, expect, it } from 'vitest'
import { confinedCommand } from '../../../src/local/process/confinement.ts'

const words = ['serve', '--now']

describe('confined', () => {
  it('returns the command unchanged without mounts and restrictions', () => {
    expect(confinedCommand(words, { binds: [] }, true)).toEqual(words)
  })

  it('passes paths as arguments, so that none is interpreted as part of the script', () => {
    const binds = [
      { from: '/run/a;b', to: '/state' },
      { from: '/run/c', to: '/etc/x', readOnly: true },
    ]
    const command = confinedCommand(words, { binds, readOnlyRoot: true }, true)
    expect(command.slice(0, 4)).toEqual(['unshare', '--mount', 'sh', '-c'])
    expect(command[4]?.split(' && ')).toEqual([
      `mount --rbind "\${1}" "\${2}"`,
      `mount --rbind "\${3}" "\${4}"`,
      `mount -o remount,bind,ro "\${4}"`,
      'mount -o remount,bind,ro /',
      'shift 4',
      'cd "$PWD"',
      'exec "$@"',
    ])
    expect(command.slice(5)).toEqual(['sh', '/run/a;b', '/state', '/run/c', '/etc/x', ...words])
  })

  it('mounts the folders that a process needs into the volume that would hide them', () => {
    const binds = [
      { from: '/v/deep', to: '/tmp/deep' },
      { from: '/v/tmp', to: '/tmp' },
      { from: '/v/etc', to: '/etc', readOnly: true },
    ]
    const keep = ['/tmp/run/pod', '/tmpx', '/etc/needed', '/opt']
    const command = confinedCommand(words, { binds, keep }, true)
    expect(command[4]?.split(' && ')).toEqual([
      `mkdir -p "\${2}"`,
      `mount --rbind "\${1}" "\${2}"`,
      `mkdir -p "\${4}"`,
      `mount --rbind "\${3}" "\${4}"`,
      `mount --rbind "\${5}" "\${6}"`,
      `mount --rbind "\${7}" "\${8}"`,
      `mount -o remount,bind,ro "\${8}"`,
      'shift 8',
      'cd "$PWD"',
      'exec "$@"',
    ])
    const mounts = ['/tmp/run/pod', '/v/tmp/run/pod', '/v/deep', '/v/tmp/deep', '/v/tmp', '/tmp', '/v/etc', '/etc']
    expect(command.slice(6)).toEqual([...mounts, ...words])
  })

  it('drops users and capabilities last, because the mounts need them', () => {
    const sandbox = { binds: [], readOnlyRoot: true, user: 5, capabilities: ['net_raw'], noNewPrivileges: true }
    const command = confinedCommand(words, sandbox, true)
    const limits = [
      '--reuid=5',
      '--regid=5',
      '--clear-groups',
      '--inh-caps=-all,+net_raw',
      '--bounding-set=-all,+net_raw',
    ]
    expect(command.slice(-9)).toEqual(['sh', 'setpriv', ...limits, '--no-new-privs', ...words].slice(-9))
  })

  it('does not change the user without root of the machine', () => {
    expect(confinedCommand(words, { binds: [], user: 5 }, false)).toEqual(words)
  })
})
