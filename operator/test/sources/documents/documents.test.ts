import { describe, expect, it } from 'vitest'
import { type Documents, keyOf, readDocuments } from '../../../src/sources/documents/documents.ts'
import { Fixture, target, validate, yaml } from '../folder/folder-fixture.ts'

const read = (text: string, before?: Documents, path = 'mesh/a.yaml') => readDocuments(path, text, validate, before)
const namesOf = (items: Documents['items']) => items.flatMap(item => keyOf(item)?.split('/').at(-1) ?? [])
const keptOf = ({ kept }: Documents) => namesOf(kept.map(({ item }) => item)).toSorted()
const BROKEN = '---\ndata: {motd: hello: world}\n'

describe('an unreadable document', () => {
  it('does not affect others, and is reported with its line', () => {
    const { items, broken, kept } = read(`${yaml(target('a'))}${BROKEN}${yaml(target('b'))}`)
    expect([namesOf(items), kept]).toEqual([['a', 'b'], []])
    expect(broken).toMatchObject([{ where: expect.stringMatching(/^mesh\/a\.yaml:\d+$/) }])
  })

  it('keeps the object that it names', () => {
    const before = read(yaml(target('a'), target('b'), target('c')))
    const after = read(`${yaml(target('a'))}---\nmetadata: {name: b\nspec: {}\n${yaml(target('d'))}`, before)
    expect([namesOf(after.items), keptOf(after)]).toEqual([['a', 'd'], ['b']])
  })

  it('keeps all missing objects if it names none', () => {
    const before = read(yaml(target('a'), target('b'), target('c')))
    const after = read(`${yaml(target('a'))}${BROKEN}`, before)
    expect(keptOf(after)).toEqual(['b', 'c'])
  })

  it('keeps them while it is broken, whatever else is edited', () => {
    const broken = '---\nmetadata: {name: b\n'
    const before = read(yaml(target('a'), target('b')))
    const first = read(`${yaml(target('a'))}${broken}`, before)
    const second = read(`${yaml(target('x'))}${broken}`, first)
    const third = read(`${yaml(target('x'))}---\nmetadata: {name: b, labels: {\n`, second)
    expect([first, second, third].map(keptOf)).toEqual([['b'], ['b'], ['b']])
    expect(keptOf(read(yaml(target('x')), third))).toEqual([])
    expect(keptOf(read(yaml(target('x'), target('b')), third))).toEqual([])
  })

  it('does not keep objects that are deleted later', () => {
    const before = read(`${BROKEN}${yaml(target('a'), target('b'))}`)
    expect(keptOf(read(`${BROKEN}${yaml(target('a'))}`, before))).toEqual([])
  })

  it.each([
    ['its kind', { ...target('b'), kind: 'Tarket' }],
    ['its apiVersion', { kind: 'Target', metadata: { name: 'b' }, spec: {} }],
    ['its namespace', { ...target('b'), metadata: { name: 'b', namespace: 7 } }],
    ['its name', { ...target('b'), metadata: { name: 'B' } }],
  ])('also includes one that has lost %s', (_what, document) => {
    const before = read(yaml(target('a'), target('b')))
    expect(keptOf(read(yaml(target('a'), document), before))).toEqual(['b'])
  })

  it('does not affect other documents of its file in a folder, at the start and later', async () => {
    await using mesh = await Fixture.start({ 'a.yaml': `${yaml(target('a'))}${BROKEN}${yaml(target('b'))}` })
    expect([mesh.targets(), mesh.problems().length, mesh.source.isComplete()]).toEqual([['a', 'b'], 1, false])
    const b = mesh.target('b')
    await mesh.save('a.yaml', `${yaml(target('a', { cluster: { retry: 1 } }))}---\nmetadata: {name: b\n`)
    await mesh.until('the edit', () => mesh.target('a')?.metadata?.generation === 2)
    expect(mesh.target('b')).toBe(b)
    await mesh.save('a.yaml', yaml(target('a')))
    await mesh.until('its deletion', () => mesh.targets().join() === 'a')
    expect([mesh.problems(), mesh.source.isComplete()]).toEqual([[], true])
  })
})

describe('an object that is defined twice', () => {
  it('is the first valid one, even with an incomplete patch in the folder', async () => {
    await using mesh = await Fixture.start({
      'a.yaml': yaml(target('v', { bad: true })),
      'b.yaml': yaml(target('v', { cluster: { retry: 1 } })),
      'c.yaml': yaml(target('v', { cluster: { retry: 2 } })),
    })
    expect(mesh.target('v')?.spec).toEqual({ cluster: { retry: 1 } })
    expect(mesh.source.rejected().size).toBe(0)
    expect(mesh.problems()).toEqual([
      `a.yaml:2 Target default/v is already defined in ${mesh.path('b.yaml')}:2, which is used`,
      'a.yaml:2 Target default/v: spec.bad: must be false',
      `c.yaml:2 Target default/v is already defined in ${mesh.path('b.yaml')}:2, which is used`,
    ])
  })
})

describe('files of other tools', () => {
  it.each([
    ['kustomization.yaml', 'resources: [a.yaml]\n', 'kustomize'],
    ['kustomization.yml', 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n', 'kustomize'],
    ['base/any.yaml', 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nmetadata: {name: x}\n', 'object'],
    ['Chart.yaml', 'apiVersion: v2\nname: mesh\nversion: 1.0.0\n', 'Helm'],
    ['values.yaml', 'replicas: 2\nimage: {tag: x}\n', 'Helm'],
    ['values-prod.yml', 'service: {ports: [1]}\n', 'Helm'],
    ['skaffold.yaml', 'apiVersion: skaffold/v4beta11\nkind: Config\nbuild: {}\n', 'object'],
    ['docker-compose.yml', 'services: {web: {image: x}}\n', 'object'],
    ['package.json', '{"name": "x", "version": "1"}', 'object'],
    ['playbook.yaml', '- hosts: all\n- hosts: some\n', 'object'],
    ['kubeconfig.yaml', 'apiVersion: v1\nkind: Config\nclusters: []\n', 'object'],
    ['kind.yaml', 'apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: []\n', 'object'],
    ['chart/templates/vs.yaml', 'metadata: {name: {{ .Values.name }}}\n', 'Helm'],
    ['chart/templates/vs.yaml', yaml(target('x'), { ...target('y'), metadata: { name: '{{ .x }}' } }), 'Helm'],
  ])('are skipped with one note: %s', (path, text, tool) => {
    const { items, broken, note } = read(text, undefined, path)
    expect([items, broken]).toEqual([[], []])
    expect(note).toMatchObject({ isNote: true, message: expect.stringContaining(tool) })
  })

  it.each([
    ['a kind of l7mesh', { kind: 'VirtualService', metadata: { name: 'x' } }],
    ['a kind of l7mesh, in another case', { kind: 'virtualservice' }],
    ['an apiVersion of l7mesh', { apiVersion: 'l7mp.io/v1', spec: {} }],
    ['an apiVersion of l7mesh, in another case', { ApiVersion: 'l7mp.io/v1', Kind: 'Target' }],
    ['a kind of pods', { kind: 'Deployment', spec: {} }],
    ['neither, but fields of an object', { metadata: { name: 'x' }, spec: {} }],
    ['both, without a name', { apiVersion: 'v1', kind: 'Service', spec: {} }],
  ])('do not include documents with %s', (_what, document) => {
    const { items, note } = read(yaml(document))
    expect([items.map(({ admission }) => admission.tag), note]).toEqual([['refused'], undefined])
  })

  it('are not a problem, and do not cause a full rescan', async () => {
    await using mesh = await Fixture.start({
      'a.yaml': yaml(target('a')),
      'kustomization.yaml': 'resources: [a.yaml]\n',
    })
    expect(mesh.source.problems()).toMatchObject([{ isNote: true }])
    await mesh.save('a.yaml', yaml(target('a', { cluster: { retry: 1 } })))
    await mesh.until('the edit', () => mesh.target('a')?.metadata?.generation === 2)
    expect(mesh.source.problems()).toHaveLength(1)
  })
})

describe('a value that is parsed as another type', () => {
  it.each([
    ['y', 'y is read as true, which is a boolean, not a string', 'y'],
    ['0123_4', '0123_4 is read as 668, which is a number, not a string', '0123_4'],
    ['1e3', '1e3 is read as 1000, which is a number, not a string', '1e3'],
    ['5060', '5060 is a number, not a string', '5060'],
  ])('is reported as it is written: %s', (text, message, quoted) => {
    const metadata = `metadata: {name: x, labels: {example.com/a.b: ${text}}}`
    const [item] = read(`kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: ConfigMap, ${metadata}}\n`).items
    expect(item).toMatchObject({
      where: 'mesh/a.yaml:4',
      admission: {
        findings: [{ path: 'metadata.labels[example.com/a.b]', message, help: `put it in quotes: "${quoted}"` }],
      },
    })
  })
})

it('reports a name as it is written, too', () => {
  const [item] = read('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 0x10}\n').items
  expect(item?.admission).toMatchObject({
    message: 'ConfigMap has a metadata.name that is not a string: 0x10 is read as 16, which is a number',
    help: 'Put it in quotes: name: "0x10".',
  })
})

describe('an invalid name', () => {
  const meta = (metadata: object, kind = 'Target', apiVersion = 'l7mp.io/v1') => ({
    ...target('x'),
    apiVersion,
    kind,
    metadata,
  })

  it.each([
    [meta({ generateName: 'x-' }), 'Required', 'only generateName'],
    [meta({ name: '' }), 'Required', 'no metadata.name'],
    [meta({ name: 5060 }), 'WrongType', '5060 is a number'],
    [meta({ name: true }), 'WrongType', 'true is a boolean'],
    [meta({ name: { a: 1 } }), 'WrongType', 'it is an object or a list'],
    [meta({ name: 'x', namespace: 7 }), 'WrongType', '7 is a number'],
    [meta({ name: 'x', namespace: 'VoIP' }), 'Name', '"VoIP"'],
    [meta({ name: 'x', namespace: 'a.b' }), 'Name', '"a.b"'],
    [meta({ name: 'B' }), 'Name', '"B"'],
    [meta({ name: 'h_i' }), 'Name', '"h_i"'],
    [meta({ name: 'a..b' }), 'Name', '"a..b"'],
    [meta({ name: '-a' }), 'Name', '"-a"'],
    [meta({ name: 'a'.repeat(254) }), 'Name', 'aaa…"'],
    [meta({ name: 'a.b' }, 'Service', 'v1'), 'Name', '"a.b"'],
    [meta({ name: 'a/b' }, 'Role', 'rbac.authorization.k8s.io/v1'), 'Name', '"a/b"'],
    [meta({ name: '..' }, 'Role', 'rbac.authorization.k8s.io/v1'), 'Name', '".."'],
  ])('is reported with its cause: %j', (document, kind, message) => {
    const [item] = read(yaml(document)).items
    expect(item?.admission).toMatchObject({ tag: 'refused', kind, message: expect.stringContaining(message) })
  })

  it.each([
    meta({ name: 'j.k-l' }),
    meta({ name: 'a'.repeat(253) }),
    meta({ name: '7' }),
    meta({ name: 'c', namespace: null }),
    meta({ name: 'system:controller:X' }, 'ClusterRole', 'rbac.authorization.k8s.io/v1'),
    meta({ name: '2001:db8::1' }, 'IPAddress', 'networking.k8s.io/v1'),
  ])('is not reported for one that an API server accepts: %j', document => {
    const [item] = read(yaml(document)).items
    expect(item?.admission).toMatchObject({ tag: 'object', findings: [] })
  })
})
