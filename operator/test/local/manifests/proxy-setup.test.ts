/** The static configuration that the manifest of a proxy gives it. */
import { describe, expect, it } from 'vitest'
import { readManifests } from '../../../src/local/manifests/manifests.ts'
import { proxyCommand, staticConfig } from '../../../src/local/pod/proxy-command.ts'
import { manifest, pod } from '../support/documents.ts'

const YAML = 'admin: { log_level: info }\nlisteners: []\n'
const configMap = (data: object, name = 'config', namespace?: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(namespace !== undefined && { namespace }) },
  data,
})

type Container = Readonly<Record<string, unknown>>
const MOUNT = { name: 'config', mountPath: '/app/config' }

function read(
  container: Container,
  { volume = { configMap: { name: 'config' } }, data = { 'l7mp.yaml': YAML } as object } = {},
) {
  const proxy = pod('proxy', {
    containers: [{ name: 'l7mp', volumeMounts: [MOUNT], ...container }],
    volumes: [{ name: 'config', ...volume }],
  })
  const { workloads, problems } = readManifests([configMap(data), proxy].map(document => manifest(document)))
  return { setup: workloads[0]?.template.spec.containers[0]?.setup, problems: problems.map(({ message }) => message) }
}

const CONFIG = { admin: { log_level: 'info' }, listeners: [] }

describe('the configuration of a proxy', () => {
  const original = { command: ['node'], args: ['l7mp-proxy.js', '-c', 'config/l7mp.yaml', '-s', '-l', 'info'] }

  it.each<[string, Container, readonly string[]]>([
    ['as the original has it', original, ['-l', 'info']],
    ['whole', { command: ['node', '/app/l7mp-proxy.js', '-c', '/app/config/l7mp.yaml'] }, []],
    ['as the image has its program', { command: ['l7mp', '-l', 'warn', '-c', './config/l7mp.yaml'] }, ['-l', 'warn']],
    ['without a command', { args: ['l7mp', '-c', 'config/l7mp.yaml'] }, []],
    ['options alone', { args: ['-s', '-c', 'config/l7mp.yaml'] }, []],
    ['in one word', { args: ['l7mp', '-cconfig/l7mp.yaml'] }, []],
    ['with a sign', { args: ['l7mp', '--c=config/l7mp.yaml'] }, []],
    ['to a shell', { command: ['sh', '-c', 'exec node l7mp-proxy.js -c "config/l7mp.yaml" -s'] }, []],
    [
      'at the end of a script',
      { command: ['sh', '-c'], args: ['sleep 5; node l7mp-proxy.js -c config/l7mp.yaml;'] },
      [],
    ],
    [
      'in the midst of a script',
      {
        command: ['sh', '-c', 'cd /app/l7mp && node l7mp-proxy.js -l info -c "config/l7mp.yaml" >/tmp/log 2>&1 & wait'],
      },
      ['-l', 'info'],
    ],
    [
      'over several lines',
      {
        command: ['bash', '-ec', 'set -x\nexec node l7mp-proxy.js \\\n  -l warn -s \\\n  -c config/l7mp.yaml\nexit 1'],
      },
      ['-l', 'warn'],
    ],
    ['from a folder', { command: ['l7mp', '-c', 'l7mp.yaml'], workingDir: '/app/config' }, []],
    ['by a variable', { command: ['l7mp', '-c', '$(FILE)'], env: [{ name: 'FILE', value: 'config/l7mp.yaml' }] }, []],
    [
      'with a preload',
      { command: ['node', '--require=/x/y.cjs', 'l7mp-proxy.js'], args: ['-c', '/app/config/l7mp.yaml'] },
      [],
    ],
  ])('is found where the command names it: %s', (_, container, options) => {
    expect(read(container)).toEqual({ setup: { config: CONFIG, options }, problems: [] })
  })

  it('is that of the image if the command names none', () => {
    expect(read({}, { data: { 'l7mp-minimal.yaml': YAML } }).setup?.config).toEqual(CONFIG)
    expect(read({ volumeMounts: [] })).toEqual({ setup: undefined, problems: [] })
    expect(read({ command: ['l7mp', '-c', 'other/l7mp.yaml'] })).toEqual({ setup: undefined, problems: [] })
    expect(read({ command: ['/start.sh'] })).toEqual({ setup: undefined, problems: [] })
  })

  it('can be JSON, be renamed in the volume, or be mounted as a single file', () => {
    const json = JSON.stringify(CONFIG)
    const command = ['l7mp', '-c', 'config/l7mp.json']
    expect(read({ command }, { data: { 'l7mp.json': json } }).setup?.config).toEqual(CONFIG)
    const items = [{ key: 'a', path: 'l7mp.json' }]
    const named = { configMap: { name: 'config', items } }
    expect(read({ command }, { data: { a: json }, volume: named }).setup?.config).toEqual(CONFIG)
    const alone = [{ name: 'config', mountPath: '/app/config/l7mp.json', subPath: 'b' }]
    expect(read({ command, volumeMounts: alone }, { data: { b: json } }).setup?.config).toEqual(CONFIG)
  })

  it('comes from the same namespace', () => {
    const proxy = pod(
      'proxy',
      {
        containers: [{ name: 'l7mp', volumeMounts: [MOUNT], ...original }],
        volumes: [{ name: 'config', configMap: { name: 'config' } }],
      },
      { namespace: 'shop' },
    )
    const maps = [configMap({ 'l7mp.yaml': 'a: 1' }), configMap({ 'l7mp.yaml': 'a: 2' }, 'config', 'shop')]
    const { workloads } = readManifests([...maps, proxy].map(document => manifest(document)))
    expect(workloads[0]?.template.spec.containers[0]?.setup?.config).toEqual({ a: 2 })
  })

  it.each<[string, Parameters<typeof read>[1], string]>([
    [
      'no such ConfigMap',
      { volume: { configMap: { name: 'other' } } },
      'spec.volumes[0].configMap.name names the ConfigMap with the configuration of the proxy, which no file of this folder defines: other',
    ],
    [
      'no such file in it',
      { data: { 'other.yaml': YAML } },
      'spec.volumes[0].configMap has no file l7mp.yaml, the configuration of the proxy',
    ],
    [
      'a name that every object has',
      { data: {}, volume: { configMap: { name: 'config', items: [{ key: 'toString', path: 'l7mp.yaml' }] } } as never },
      'spec.volumes[0].configMap has no file l7mp.yaml, the configuration of the proxy',
    ],
    [
      'a text that is no object',
      { data: { 'l7mp.yaml': 'just text' } },
      'spec.volumes[0] has l7mp.yaml, the configuration of the proxy, which is not an object',
    ],
    [
      'a text that is no YAML',
      { data: { 'l7mp.yaml': 'a: [' } },
      'spec.volumes[0] has l7mp.yaml, the configuration of the proxy, which cannot be read: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 5:',
    ],
    [
      'a volume of another kind',
      { volume: { secret: { secretName: 'config' } } as never },
      'spec.volumes[0] holds the configuration of the proxy, /app/config/l7mp.yaml, and must be a ConfigMap',
    ],
  ])('is reported as missing: %s', (_, parts, message) => {
    expect(read(original, parts)).toEqual({ setup: undefined, problems: [message] })
  })
})

describe('a proxy with a configuration of its own', () => {
  const rest = (port: number) => ({ name: 'controller-listener', spec: { protocol: 'HTTP', port }, rules: [] })
  const other = { name: 'other', spec: { protocol: 'UDP', port: 5000 } }

  it('keeps everything but the port of its REST API', () => {
    const config = staticConfig(1235, { admin: { x: 1 }, clusters: [1], listeners: [other, rest(1234)] }, 1234)
    expect(config).toMatchObject({ admin: { x: 1 }, clusters: [1], listeners: [other, rest(1235)] })
  })

  it.each([[undefined], [[]], [[other]], ['odd'], [[null, 7]]])('has one where it has none: %j', listeners => {
    const written: readonly unknown[] = Array.isArray(listeners) ? listeners : []
    const config = staticConfig(1234, { listeners })
    expect(config).toMatchObject({ listeners: [...written, { ...rest(1234), rules: [expect.anything()] }] })
  })

  it('has the options of its command', () => {
    const options = { config: '/c', script: '/x/p.js', harden: '/h' }
    expect(proxyCommand({ ...options, options: ['-s'] }).args.slice(-4)).toEqual(['/x/p.js', '-c', '/c', '-s'])
    expect(proxyCommand(options).args.slice(-2)).toEqual(['-l', 'warn'])
  })
})
