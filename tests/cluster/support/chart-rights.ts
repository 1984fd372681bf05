/** The permissions that the operator's chart grants, as rendered by helm, one by one. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { tools } from '../tools.ts'
import type { Document } from './objects.ts'
import { chartFolder } from './release.ts'

export type Rule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}
export type Role = Document & {
  readonly kind: 'Role' | 'ClusterRole'
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules: readonly Rule[]
}
export type Rendered = Document & { readonly kind: string; readonly metadata: { readonly name: string } }

/** One verb on one resource. */
export type Right = {
  readonly role: string
  readonly apiGroup: string
  readonly resource: string
  readonly verb: string
  readonly resourceNames?: readonly string[]
}

/** The namespace that the chart is rendered for. */
export const RENDERED = 'rendered'

/** The service accounts and RBAC objects of the chart, with these values. */
export async function renderRights(...values: readonly string[]): Promise<readonly Rendered[]> {
  const { helm } = await tools(() => {})
  const files = ['serviceaccount', 'rbac', 'cleanup'].flatMap(name => ['--show-only', `templates/${name}.yaml`])
  const args = ['template', 'l7mp-operator', chartFolder('l7mp-operator'), '--namespace', RENDERED]
  const { stdout } = await promisify(execFile)(helm, [...args, '--set=cleanup.enabled=true', ...files, ...values])
  return parseAllDocuments(stdout)
    .map(document => document.toJS() as Rendered | null)
    .filter(document => document !== null)
    .filter(({ kind }) => kind !== 'Job')
}

export const isRole = (document: Rendered): document is Role & Rendered =>
  document.kind === 'Role' || document.kind === 'ClusterRole'

export function rightsOf({ metadata, rules }: Role): readonly Right[] {
  return rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap(apiGroup =>
      resources.flatMap(resource =>
        verbs.map(verb => ({ role: metadata.name, apiGroup, resource, verb, ...(resourceNames && { resourceNames }) })),
      ),
    ),
  )
}

export const titleOf = ({ apiGroup, resource, verb }: Pick<Right, 'apiGroup' | 'resource' | 'verb'>) =>
  `${verb} ${resource}${apiGroup && `, ${apiGroup}`}`

/** The same documents for another namespace, without this permission. */
export function granted(documents: readonly Rendered[], namespace: string, without: Right | undefined) {
  return documents.map((document): Document => {
    const moved: Rendered = JSON.parse(JSON.stringify(document).replaceAll(`"${RENDERED}"`, `"${namespace}"`))
    if (!isRole(moved)) return moved
    const rights = rightsOf(moved).filter(right => !without || right.role !== without.role || !isSame(right, without))
    return { ...moved, rules: rights.map(ruleOf) }
  })
}

const isSame = (a: Right, b: Right) => titleOf(a) === titleOf(b)

const ruleOf = ({ apiGroup, resource, verb, resourceNames }: Right): Rule => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs: [verb],
  ...(resourceNames && { resourceNames }),
})
