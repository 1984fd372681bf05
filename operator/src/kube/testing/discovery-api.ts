/** What the API server of the tests says of the kinds that it has. */
import type { ServedKind } from './object-store.ts'

/** The answer to a question about kinds; undefined where the path is none. `leaving` are those that are being deleted. */
export function discoveryAt(
  path: string,
  kinds: ReadonlySet<ServedKind>,
  leaving: ReadonlySet<ServedKind>,
): object | undefined {
  if (path === '/apis') return { kind: 'APIGroupList', groups: groupsOf(kinds) }
  return definitionAt(path, kinds, leaving) ?? resourcesAt(path, kinds, leaving)
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
  leaving: ReadonlySet<ServedKind>,
): object | undefined {
  const name = /^\/apis\/apiextensions.k8s.io\/v1\/customresourcedefinitions\/([^/]+)$/.exec(path)?.[1]
  const defined = [...kinds].find(({ group, plural }) => `${plural}.${group}` === name)
  if (!defined) return undefined
  return { metadata: { name, ...(leaving.has(defined) && { deletionTimestamp: '2026-01-01T00:00:00Z' }) } }
}

function resourcesAt(
  path: string,
  kinds: ReadonlySet<ServedKind>,
  leaving: ReadonlySet<ServedKind>,
): object | undefined {
  const [, group = '', version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? []
  const members = [...kinds].filter(kind => kind.group === group && kind.version === version)
  if (members.length === 0) return undefined
  const verbsOf = (kind: ServedKind) => ['get', 'list', 'watch', ...(leaving.has(kind) ? [] : ['create', 'update'])]
  return {
    kind: 'APIResourceList',
    resources: members.map(kind => ({ name: kind.plural, kind: kind.kind, verbs: verbsOf(kind) })),
  }
}
