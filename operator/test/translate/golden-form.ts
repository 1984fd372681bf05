/**
 * The form of a golden output: compact, and every difference in a fleet shows in it.
 *
 * - Names start at the namespace. The hash at the end is omitted, or replaced by a number if a resource has several
 *   such objects; equal numbers stand for equal hashes. `golden.test.ts` pins some hashes.
 * - A field with its default value is omitted; a field that is missing is `absent`.
 * - An endpoint is the last part of its name, if that says all of it: `ADDRESS`, `pod/ADDRESS`, `…@pPORT`, `…@wWEIGHT`.
 * - `parts` lists the differences from the default, which is all objects under the name of the resource and the endpoints
 *   of its clusters: `and` has the additional objects, `but` the missing ones.
 */
import { isDeepStrictEqual } from 'node:util'
import { Document, isMap, type YAMLMap } from 'yaml'
import type { translated } from './support.ts'

type Fleet = ReturnType<typeof translated>
type Fields = { readonly [field: string]: unknown }
type Named = Fields & { readonly name: string }
type Kind = (typeof KINDS)[number]
type Objects = { readonly [kind in Kind]?: readonly Named[] }
type Parts = { readonly [resource: string]: readonly string[] }
type Proxy = Objects & { readonly on: readonly string[]; readonly parts: Parts }

/** In the order in which a session passes them. */
const KINDS = ['listeners', 'rulelists', 'rules', 'routes', 'clusters'] as const

const DEFAULTS: { readonly [kind in Kind]: Fields } = {
  listeners: { options: { track: 0 } },
  rulelists: {},
  rules: {},
  routes: { ingress: [], egress: [], retry: { retry_on: 'never', num_retries: 1, timeout: 2000 } },
  clusters: { loadbalancer: { policy: 'Trivial' }, endpoints: [] },
}

export function goldenForm({ proxies, verdicts }: Fleet): string {
  const shown = withShortNames(proxies.map(proxyForm))
  const options = { aliasDuplicateObjects: false }
  const document = new Document({ proxies: shown, verdicts: verdictsForm(verdicts) }, options)
  const kinds = shown.flatMap((_, i) => KINDS.map(kind => document.getIn(['proxies', i, kind])))
  for (const objects of kinds) if (isMap(objects)) inOneLineEach(objects)
  return document.toString({ lineWidth: 140 })
}

/** One object a line, unless it is too long. */
function inOneLineEach(objects: YAMLMap): void {
  for (const { value } of objects.items) if (isMap(value)) value.flow = true
}

function proxyForm(proxy: Proxy): object {
  return { on: proxy.on, ...configForm(proxy, proxy.parts) }
}

function configForm(objects: Objects, parts: Parts): object {
  const kinds = KINDS.flatMap(kind => {
    const ofKind = objects[kind]
    return ofKind === undefined
      ? []
      : [[kind, Object.fromEntries(ofKind.map(object => objectForm(object, DEFAULTS[kind])))]]
  })
  const others = partsForm(parts, objects)
  return { ...Object.fromEntries(kinds), ...(Object.keys(others).length > 0 && { parts: others }) }
}

function objectForm({ name, ...fields }: Named, defaults: Fields): readonly [string, unknown] {
  const absent = Object.keys(defaults).filter(field => !Object.hasOwn(fields, field))
  const whole = { ...fields, ...Object.fromEntries(absent.map(field => [field, 'absent'])) }
  const { endpoints, ...kept } = Object.fromEntries(
    Object.entries(whole).filter(([field, value]) => !isDeepStrictEqual(value, defaults[field])),
  )
  // The form of a rulelist is its list of rules.
  if (Array.isArray(kept.rules) && Object.keys(kept).length === 1) return [name, kept.rules]
  return [name, { ...kept, ...(endpoints !== undefined && { endpoints: endpointsForm(endpoints, name) }) }]
}

function endpointsForm(endpoints: unknown, cluster: string): unknown {
  return Array.isArray(endpoints) ? endpoints.map(one => endpointForm(one, cluster)) : endpoints
}

function endpointForm(endpoint: Named & { spec: Fields; weight: unknown }, cluster: string): unknown {
  const { weight, spec } = endpoint
  const { address, port } = spec
  const end = `${address}${port === undefined ? '' : `@p${port}`}${weight === 1 ? '' : `@w${weight}`}`
  const whole = { weight, spec: { address, ...(port !== undefined && { port }) } }
  const form = [end, `pod/${end}`].find(one => isDeepStrictEqual(endpoint, { ...whole, name: `${cluster}/${one}` }))
  return form ?? endpoint
}

const PLURALS: { readonly [kind: string]: string } = {
  VirtualService: 'virtualservices',
  Target: 'targets',
  Rule: 'rules',
  Route: 'routes',
}

function partsForm(parts: Parts, objects: Objects): object {
  const ids = KINDS.flatMap(kind => (objects[kind] ?? []).flatMap(object => idsOf(kind.slice(0, -1), object)))
  const owners = new Set([...Object.keys(parts), ...ids.flatMap(id => ownerOf(id) ?? [])])
  const shown = [...owners].sort().map(owner => {
    const part = parts[owner] ?? []
    const inOrder = [...new Set([...ids.filter(id => part.includes(id)), ...part])]
    const isImplied = (id: string) => ownerOf(id) === owner || isOfItsCluster(id, part)
    const and = inOrder.filter(id => !isImplied(id))
    const but = ids.filter(id => isImplied(id) && !part.includes(id))
    return [owner, { ...(and.length > 0 && { and }), ...(but.length > 0 && { but }) }] as const
  })
  return Object.fromEntries(shown.filter(([, { and, but }]) => and !== undefined || but !== undefined))
}

function idsOf(kind: string, { name, endpoints }: Named): readonly string[] {
  const ends = Array.isArray(endpoints) ? endpoints : []
  return [`${kind} ${name}`, ...ends.map(endpoint => `endpoint ${endpoint.name}`)]
}

/** `KIND/NAMESPACE/NAME` of the resource under whose name an object is; undefined for an implied Target. */
function ownerOf(id: string): string | undefined {
  const [, namespace, plural, name] =
    /^[a-z]+ \/apis\/l7mp\.io\/v1\/namespaces\/([^/]+)\/([^/]+)\/([^/@]+)(?!.*\/target@)/.exec(id) ?? []
  const kind = Object.keys(PLURALS).find(one => PLURALS[one] === plural)
  return kind && `${kind}/${namespace}/${name}`
}

/** Whether the id is an endpoint whose cluster is in `part`. */
function isOfItsCluster(id: string, part: readonly string[]): boolean {
  const [, cluster] = /^endpoint (.*@[0-9a-f]{10})\//.exec(id) ?? []
  return cluster !== undefined && part.includes(`cluster ${cluster}`)
}

const HASHED = /(\/apis\/l7mp\.io\/v1\/namespaces\/[^" ]*?)@([0-9a-f]{10})(?=["/])/g
const PREFIX = /\/apis\/l7mp\.io\/v1\/namespaces\//g

function withShortNames<T>(proxies: T): T {
  const text = JSON.stringify(proxies)
  const hashes = new Map<string, string[]>()
  for (const [, base = '', hash = ''] of text.matchAll(HASHED)) {
    const known = hashes.get(base) ?? []
    if (!known.includes(hash)) hashes.set(base, [...known, hash])
  }
  const numbered = text.replace(HASHED, (_, base: string, hash: string) => {
    const known = hashes.get(base) ?? []
    return known.length === 1 ? base : `${base}#${known.indexOf(hash) + 1}`
  })
  return JSON.parse(numbered.replace(PREFIX, ''))
}

function verdictsForm(verdicts: Fleet['verdicts']): object {
  return Object.fromEntries(
    Object.entries(verdicts).map(([resource, { problems, notes }]) => [
      resource,
      {
        ...(problems.length > 0 && {
          problems: problems.map(
            ({ condition, reason, path, message }) => `${condition} ${reason}${path && ` at ${path}`}: ${message}`,
          ),
        }),
        ...(notes.length > 0 && { notes }),
      },
    ]),
  )
}
