/** The discovery API of the fake API server. */
import type { ServedKind } from './object-store.ts'

/**
 * The response to a discovery request; undefined for other paths. `terminating` are the kinds whose CRD is being
 * deleted.
 */
export function discoveryAt(
  path: string,
  kinds: ReadonlySet<ServedKind>,
  terminating: ReadonlySet<ServedKind>,
): object | undefined {
  if (path === '/apis') return { kind: 'APIGroupList', groups: groupsOf(kinds) }
  return definitionAt(path, kinds, terminating) ?? resourcesAt(path, kinds, terminating)
}

function groupsOf(kinds: ReadonlySet<ServedKind>): readonly object[] {
  return [...Map.groupBy(kinds, ({ group }) => group)].map(([name, members]) => ({
    name,
    versions: [...new Set(members.map(({ version }) => version))].map(version => ({ version })),
  }))
}

function definitionAt(
  path: string,
  kinds: ReadonlySet<ServedKind>,
  terminating: ReadonlySet<ServedKind>,
): object | undefined {
  const name = /^\/apis\/apiextensions.k8s.io\/v1\/customresourcedefinitions\/([^/]+)$/.exec(path)?.[1]
  const found = [...kinds].find(({ group, plural }) => `${plural}.${group}` === name)
  if (!found) return undefined
  return { metadata: { name, ...(terminating.has(found) && { deletionTimestamp: '2026-01-01T00:00:00Z' }) } }
}

function resourcesAt(
  path: string,
  kinds: ReadonlySet<ServedKind>,
  terminating: ReadonlySet<ServedKind>,
): object | undefined {
  const [, group = '', version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? []
  const members = [...kinds].filter(kind => kind.group === group && kind.version === version)
  if (members.length === 0) return undefined
  const verbsOf = (kind: ServedKind) => ['get', 'list', 'watch', ...(terminating.has(kind) ? [] : ['create', 'update'])]
  return {
    kind: 'APIResourceList',
    resources: members.map(kind => ({ name: kind.plural, kind: kind.kind, verbs: verbsOf(kind) })),
  }
}
