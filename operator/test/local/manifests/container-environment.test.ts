import { describe, expect, it } from 'vitest'
import {
  commandOf,
  environmentOf,
  expand,
  inheritedVariables,
} from '../../../src/local/manifests/container-environment.ts'
import type { ContainerSpec } from '../../../src/local/manifests/workload.ts'

const POD = {
  name: 'web-0',
  namespace: 'shop',
  uid: 'u-1',
  labels: { app: 'web', 'a.b/c': 'slash' },
  annotations: { note: 'hello' },
  nodeName: 'node-2',
  hostNetwork: true,
  podIP: '10.244.1.1',
  hostIP: '10.244.0.3',
}

describe('expand', () => {
  // The cases of Kubernetes' third_party/forked/golang/expansion/expand_test.go.
  it.each([
    ['$(VAR_A)', 'A'],
    ['___$(VAR_B)___', '___B___'],
    ['$(VAR_EMPTY)', ''],
    ['f00-$(VAR_A)-$(VAR_B)', 'f00-A-B'],
    ['$(VAR_A)$(VAR_A)', 'AA'],
    ['$(VAR_DNE)', '$(VAR_DNE)'],
    ['$$(VAR_A)', '$(VAR_A)'],
    ['$$$(VAR_A)', '$A'],
    ['$$$$(VAR_A)', '$$(VAR_A)'],
    ['$VAR_A)', '$VAR_A)'],
    ['$(VAR_A', '$(VAR_A'],
    ['foo$', 'foo$'],
    ['$()', '$()'],
    ['$(toString)', '$(toString)'],
  ])('%s', (text, expanded) => {
    expect(expand(text, { VAR_A: 'A', VAR_B: 'B', VAR_EMPTY: '' })).toBe(expanded)
  })
})

describe('environmentOf', () => {
  it.each([
    ['metadata.name', 'web-0'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u-1'],
    ["metadata.labels['a.b/c']", 'slash'],
    ["metadata.annotations['note']", 'hello'],
    ["metadata.labels['none']", ''],
    ['spec.nodeName', 'node-2'],
    ['spec.hostNetwork', 'true'],
    ['status.podIP', '10.244.1.1'],
    ['status.hostIP', '10.244.0.3'],
  ])('gives the pod’s field %s', (fieldPath, value) => {
    expect(environmentOf([{ name: 'FIELD', fieldPath }], POD, {}).FIELD).toBe(value)
  })

  it('lets a value refer only to variables before it', () => {
    const env = [
      { name: 'ADDRESS', fieldPath: 'status.podIP' },
      { name: 'URL', value: 'http://$(ADDRESS):$(PORT)' },
      { name: 'PORT', value: '80' },
    ]
    expect(environmentOf(env, POD, { PATH: '/bin' })).toEqual({
      PATH: '/bin',
      POD_IP: '10.244.1.1',
      HOSTNAME: 'web-0',
      ADDRESS: '10.244.1.1',
      URL: 'http://10.244.1.1:$(PORT)',
      PORT: '80',
    })
  })
})

describe('commandOf', () => {
  it('expands command and arguments with the variables that a cluster would also have', () => {
    const container: ContainerSpec = {
      name: 'app',
      image: '',
      command: ['serve', '$(NAME)'],
      args: ['$(POD_IP)', '$$(NAME)'],
      env: [{ name: 'NAME', fieldPath: 'metadata.name' }],
      ports: [],
      mounts: [],
    }
    expect(commandOf(container, POD)).toEqual(['serve', 'web-0', '$(POD_IP)', '$(NAME)'])
  })
})

describe('inheritedVariables', () => {
  it('keeps what programs need and none of the operator’s own variables', () => {
    const kept = { HOME: '/home/me', NODE_COMPILE_CACHE: '/var/cache/node' }
    const machine = { PATH: '/usr/bin', NODE_OPTIONS: '--inspect', TOKEN: 'secret', ...kept }
    expect(inheritedVariables(machine, '/opt/node/bin')).toEqual({
      ...kept,
      PATH: '/opt/node/bin:/usr/bin',
    })
  })
})
