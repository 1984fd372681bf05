/** The content of the archive for clusters and folders alike: the resources, and both configs of each proxy. */
import { type Config, explain, isOurs } from '@l7mesh/proxy-client'
import manifest from '../../../package.json' with { type: 'json' }
import { apiVersionOf, KINDS, KUBERNETES_FIELDS } from '../../kinds/kinds.ts'
import type { Snapshot } from '../../sources/snapshot.ts'
import { plainConfig } from '../inspect/config-command.ts'
import type { Inspection } from '../inspect/inspect-proxies.ts'
import type { CollectedFiles } from './archive.ts'

export function addVersions(collection: CollectedFiles, kubernetes: unknown): void {
  collection.addValue('versions.yaml', {
    l7mesh: manifest.version,
    node: process.version,
    platform: `${process.platform}/${process.arch}`,
    ...(kubernetes !== undefined && { kubernetes }),
  })
}

const FOLDER = 'resources'

/** In a form in which `l7mesh validate` and `l7mesh diff --proxy` can read the folder. */
export function addObjects(collection: CollectedFiles, name: string, items: readonly unknown[]): void {
  collection.addValue(`${FOLDER}/${name}.yaml`, { apiVersion: 'v1', kind: 'List', items })
}

/** The Kubernetes objects that the mesh refers to, reduced to the fields of the snapshot. */
export function addKubernetesObjects(collection: CollectedFiles, snapshot: Snapshot): void {
  for (const field of KUBERNETES_FIELDS) {
    const row = KINDS[field]
    addObjects(collection, row.plural, withKind([...snapshot[field].values()], apiVersionOf(row), row.kind))
  }
}

export function withKind(objects: readonly object[], apiVersion: string, kind: string): readonly object[] {
  return objects.map(object => ({ apiVersion, kind, ...object }))
}

export function addProxies(collection: CollectedFiles, proxies: ReadonlyMap<string, Inspection>): void {
  for (const [key, { desired, live, plan, phase, error }] of proxies) {
    const folder = `proxies/${fileName(key)}`
    collection.addValue(`${folder}/desired.yaml`, plainConfig(desired.config, isOurs))
    if (!live || !plan) {
      collection.miss(`proxy ${key}`, error?.message ?? phase)
      continue
    }
    collection.addValue(`${folder}/live.yaml`, plainConfig(live, isOurs))
    collection.addValue(`${folder}/others.yaml`, othersIn(live))
    const lines = explain(plan, live).flatMap(({ line, changes, ends }) => [
      ends.length > 0 ? `${line} (ends sessions)` : line,
      ...changes.map(change => `    ${change}`),
    ])
    collection.addText(`${folder}/diff.txt`, lines.map(line => `${line}\n`).join(''))
  }
}

/** Only names: the rules that protect a proxy's REST API contain its token. */
function othersIn({ clusters, routes, rules, rulelists, listeners }: Config): object {
  const names = (objects: ReadonlyMap<string, unknown>) => [...objects.keys()].filter(name => !isOurs(name))
  return {
    clusters: names(clusters),
    routes: names(routes),
    rules: names(rules),
    rulelists: names(rulelists),
    listeners: names(listeners),
  }
}

/** `NAMESPACE/POD` as a part of a path. */
export function fileName(key: string): string {
  return key.replace('/', '_')
}
