/** Snapshots from YAML, and fleets as plain data. */
import type { Config } from '@l7mesh/proxy-client'
import { parseAllDocuments } from 'yaml'
import { EMPTY_SNAPSHOT, type Snapshot } from '../../src/sources/snapshot.ts'
import type { DesiredFleet } from '../../src/translate/desired.ts'
import { createTranslator, DEFAULT_OPTIONS, type TranslateOptions } from '../../src/translate/translate.ts'

const TABLES: { readonly [kind: string]: keyof Snapshot } = {
  VirtualService: 'virtualServices',
  Target: 'targets',
  Rule: 'rules',
  Route: 'routes',
  Pod: 'pods',
  Service: 'services',
  EndpointSlice: 'endpointSlices',
}

type Manifest = { kind: string; metadata: { name: string; namespace?: string } }

/** Documents of resources. One of kind `Options` sets options; one of kind `Pods` has `pods`, each in one line. */
export function readCase(text: string): { snapshot: Snapshot; options: TranslateOptions } {
  const documents = parseAllDocuments(text).map(document => document.toJS())
  const options = documents.find(({ kind }) => kind === 'Options')
  const pods = documents.filter(({ kind }) => kind === 'Pods').flatMap(({ pods }) => pods.map(podOf))
  const resources = documents.filter(({ kind }) => kind in TABLES)
  return { snapshot: snapshotOf([...pods, ...resources]), options: { ...DEFAULT_OPTIONS, ...options?.options } }
}

export function snapshotOf(resources: readonly Manifest[]): Snapshot {
  const tables = Object.fromEntries(Object.keys(EMPTY_SNAPSHOT).map(name => [name, new Map<string, unknown>()]))
  for (const resource of resources) {
    const { name, namespace = 'default' } = resource.metadata
    tables[TABLES[resource.kind] ?? '']?.set(`${namespace}/${name}`, {
      ...resource,
      metadata: { ...resource.metadata, name, namespace },
    })
  }
  // Tests may have resources that violate their schemas.
  return tables as unknown as Snapshot
}

type PodLine = {
  name: string
  ns?: string
  ip?: string
  ips?: string[]
  labels?: Record<string, string>
  proxy?: boolean | number
  /** The port of a proxy's own metrics. */
  metrics?: number
  ready?: boolean
  node?: string
  terminating?: boolean
  phase?: string
  /** Whether it uses the network of its node (`hostNetwork`). */
  host?: boolean
  created?: string
}

/** A pod in one line: `{name, ip, labels, proxy: true}`. */
export function podOf(line: PodLine) {
  const { name, ns = 'default', ip, ips, labels = {}, proxy, metrics, ready = true, node, terminating } = line
  const { phase = 'Running', host, created } = line
  const controller = typeof proxy === 'number' ? [{ name: 'controller', containerPort: proxy }] : []
  const ports = metrics === undefined ? controller : [...controller, { name: 'metrics', containerPort: metrics }]
  const l7mp = { name: 'l7mp', ports }
  const addresses = ips ?? (ip === undefined ? [] : [ip])
  return {
    kind: 'Pod',
    metadata: {
      name,
      namespace: ns,
      uid: `uid-${name}`,
      labels,
      ...(created !== undefined && { creationTimestamp: created }),
      ...(terminating && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: {
      containers: proxy ? [l7mp] : [{ name: 'app' }],
      ...(node !== undefined && { nodeName: node }),
      ...(host && { hostNetwork: true }),
    },
    status: {
      phase,
      ...(addresses[0] !== undefined && { podIP: addresses[0] }),
      podIPs: addresses.map(address => ({ ip: address })),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  }
}

export function translated(snapshot: Snapshot, options?: TranslateOptions) {
  return plainFleet(createTranslator(options)(snapshot))
}

/** Proxies that share a config are one entry. */
export function plainFleet({ proxies, verdicts }: DesiredFleet) {
  const configs = [...new Set([...proxies.values()].map(({ config }) => config))]
  return {
    proxies: configs.map(config => {
      const holders = [...proxies.values()].filter(one => one.config === config)
      return {
        on: holders.map(({ proxy }) => `${proxy.key} at ${proxy.address}:${proxy.port}`),
        ...plainConfig(config),
        parts: Object.fromEntries(
          inOrder([...(holders[0]?.parts ?? [])], ([key]) => key).map(([key, ids]) => [
            key,
            ids.map(id => `${id.kind} ${id.name}`),
          ]),
        ),
      }
    }),
    verdicts: Object.fromEntries([...verdicts].filter(([, { problems, notes }]) => problems.length + notes.length > 0)),
  }
}

export function plainConfig(config: Config) {
  const plain = Object.entries(config).map(
    ([kind, objects]) => [kind, inOrder([...objects.values()], ({ name }) => resourceIn(name))] as const,
  )
  return Object.fromEntries(plain.filter(([, objects]) => objects.length > 0))
}

/** A translator does not define the order of objects. */
function inOrder<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return items.toSorted((a, b) => (key(a) === key(b) ? 0 : key(a) < key(b) ? -1 : 1))
}

/** `/apis/l7mp.io/v1/namespaces/NS/KIND/NAME` of the name of an object. */
function resourceIn(name: string): string {
  return name.split(/[/@]/).slice(0, 8).join('/')
}
