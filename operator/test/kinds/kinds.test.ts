/** The table of kinds is consistent with other definitions of kinds, and a row suffices to add a kind. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CRDS } from '@l7mesh/crds'
import { startFakeProxy } from '@l7mesh/proxy-client/testing'
import { expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { groupKindOf, KINDS, RESOURCE_FIELDS, rowOf, SNAPSHOT_FIELDS } from '../../src/kinds/kinds.ts'
import { EMPTY_SNAPSHOT, RESOURCE_KINDS } from '../../src/sources/snapshot.ts'
import { isCoreKind } from '../../src/sources/validation/core-schemas.ts'
import { folderWith, proxyPod } from '../cli/support/folder.ts'
import { copyRepository, type RepositoryCopy } from '../support/repository-copy.ts'

it('names the kinds of l7mesh like their CRDs', () => {
  expect(RESOURCE_KINDS).toEqual(Object.keys(CRDS))
  for (const kind of RESOURCE_KINDS) {
    const { group, names, versions } = CRDS[kind].spec
    expect(rowOf(kind)).toMatchObject({ group, kind: names.kind, plural: names.plural })
    expect(versions.map(({ name }) => name)).toEqual([rowOf(kind).version])
  }
})

it('has a schema for each kind of Kubernetes, and a field of the snapshot for each kind', () => {
  const others = SNAPSHOT_FIELDS.map(field => KINDS[field]).filter(({ origin }) => origin === 'kubernetes')
  for (const row of others) expect(groupKindOf(row)).toSatisfy(isCoreKind)
  expect(Object.keys(EMPTY_SNAPSHOT)).toEqual(SNAPSHOT_FIELDS)
})

it('matches the permissions of the chart to read kinds and write statuses', async () => {
  const file = new URL('../../../helm/l7mp-operator/files/rbac.yaml', import.meta.url)
  const { mesh, definitions } = parse(await readFile(file, 'utf8')) as Record<string, readonly unknown[]>
  const rows = SNAPSHOT_FIELDS.map(field => KINDS[field])
  const resources = RESOURCE_FIELDS.map(field => KINDS[field])
  for (const [group, members] of Map.groupBy(rows, ({ group }) => group))
    expect(mesh).toContainEqual(
      expect.objectContaining({
        apiGroups: [group],
        resources: members.map(({ plural }) => plural),
        verbs: ['list', 'watch'],
      }),
    )
  expect(mesh).toContainEqual(
    expect.objectContaining({ resources: resources.map(({ plural }) => `${plural}/status`), verbs: ['patch'] }),
  )
  expect(definitions).toContainEqual(
    expect.objectContaining({ resourceNames: resources.map(({ plural, group }) => `${plural}.${group}`) }),
  )
})

/** Everything that is added for a kind: new files by path, and insertions into existing ones. */
const NEW_FILES: Readonly<Record<string, string>> = {
  'crds/crds/beacon.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: beacons.l7mp.io }
spec:
  group: l7mp.io
  scope: Namespaced
  names: { kind: Beacon, listKind: BeaconList, plural: beacons, singular: beacon, categories: [l7mp, all] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      additionalPrinterColumns: []
      schema:
        openAPIV3Schema:
          description: A UDP port of every proxy that returns what it receives.
          type: object
          required: [spec]
          properties:
            spec:
              description: The port.
              type: object
              required: [port]
              properties:
                port: { description: Its number., type: integer, minimum: 1, maximum: 65535 }
            status: { description: As of each kind., type: object, x-kubernetes-preserve-unknown-fields: true }
`,
  'operator/src/translate/beacons/beacons.ts': `import { DEFAULT_RETRY } from '@l7mesh/proxy-client'
import { defineFragments, type FragmentFactory } from '../fragment.ts'
import { baseName, namespaceOf, resourceKey } from '../names.ts'
import { ProblemCollector } from '../problems.ts'

const one = <T extends { name: string }>(object: T) => new Map([[object.name, object]])

export const createBeaconFragments: FragmentFactory = (memo, lookup) => [
  defineFragments(memo, {
    kind: 'Beacon',
    keys: lookup.beacons.keys,
    selection: key => lookup.select({}, namespaceOf(key), new ProblemCollector()),
    fragment(key) {
      const port = lookup.beacons.get(key)?.spec.port ?? 0
      const [name, rules] = [\`\${baseName('beacons', key)}@\${port}\`, \`\${baseName('beacons', key)}/rules\`]
      const config = {
        clusters: one({ name, spec: { protocol: 'Echo' as const }, loadbalancer: { policy: 'Trivial' as const }, endpoints: [] }),
        routes: one({ name, destination: name, ingress: [], egress: [], retry: DEFAULT_RETRY }),
        rules: one({ name, action: { route: name } }),
        rulelists: one({ name: rules, rules: [name] }),
        listeners: one({ name, spec: { protocol: 'UDP' as const, port }, options: { track: 0 }, rules }),
      }
      return { config, parts: new Map([[resourceKey('Beacon', key), [{ kind: 'listener' as const, name }]]]), needs: [] }
    },
    verdict: () => ({ problems: [], notes: [] }),
  }),
]
`,
}
const INSERTED = [
  {
    path: 'operator/src/kinds/kinds.ts',
    after: "plural: 'routes', retained: false },\n",
    text: `  beacons: { ...MESH, kind: 'Beacon', plural: 'beacons', retained: false },\n`,
  },
  {
    path: 'operator/src/translate/translate.ts',
    after: "import type { Snapshot } from '../sources/snapshot.ts'\n",
    text: "import { createBeaconFragments } from './beacons/beacons.ts'\n",
  },
  {
    path: 'operator/src/translate/translate.ts',
    after: 'FRAGMENTS: readonly FragmentFactory<TranslateOptions>[] = [',
    text: 'createBeaconFragments, ',
  },
  {
    path: 'scripts/rooms.ts',
    after:
      "pure('translate/fleet', 'BASE proxy-client/index.ts sources translate translate/{incremental,lookup,fragment.ts}'),\n",
    text: "  pure('translate/beacons', 'proxy-client/index.ts translate translate/fragment.ts'),\n",
  },
  { path: 'scripts/rooms.ts', after: "pure('translate/translate.ts', '", text: 'translate/beacons ' },
]

async function withBeacons(): Promise<RepositoryCopy> {
  const copy = await copyRepository()
  for (const [path, text] of Object.entries(NEW_FILES)) await copy.add(path, text)
  for (const { path, after, text } of INSERTED) await copy.insert(path, after, text)
  expect(await copy.node('crds/scripts/generate.ts')).toMatchObject({ code: 0, stderr: '' })
  return copy
}

const beacon = (port: number) => `apiVersion: l7mp.io/v1
kind: Beacon
metadata: { name: light, namespace: mesh }
spec: { port: ${port} }
`

it('supports a new kind with less than 60 lines', () => {
  const added = [...Object.values(NEW_FILES), ...INSERTED.map(({ text }) => text)]
  expect(added.flatMap(text => text.trimEnd().split('\n')).length).toBeLessThan(60)
})

it('provides types, validation, objects on proxies and status for a new kind', async () => {
  const copy = await withBeacons()
  expect(await copy.node('node_modules/typescript/bin/tsc', '-p', '.')).toEqual({ code: 0, stdout: '', stderr: '' })

  expect(await copy.node('scripts/directions.ts')).toMatchObject({ code: 0, stdout: '' })

  const wrong = await folderWith({ 'light.yaml': beacon(70000) })
  const judged = await copy.node('operator/src/main.ts', 'validate', wrong)
  expect(judged).toMatchObject({ code: 1, stdout: expect.stringContaining('spec.port') })

  const proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  const folder = await folderWith({ 'light.yaml': beacon(9000), 'pod.yaml': proxyPod(proxy.port) })
  const status = await folderWith({})
  const options = ['--source', folder, '--once', '--status-dir', status]
  expect(await copy.node('operator/src/main.ts', 'run', ...options)).toMatchObject({ code: 0, stderr: '' })
  const written = parse(await readFile(join(status, 'Beacon/mesh/light.yaml'), 'utf8'))
  expect(written).toMatchObject({
    kind: 'Beacon',
    status: {
      observedGeneration: 1,
      conditions: expect.arrayContaining([
        expect.objectContaining({ type: 'Accepted', status: 'True' }),
        expect.objectContaining({ type: 'Programmed', status: 'True' }),
      ]),
    },
  })
})
