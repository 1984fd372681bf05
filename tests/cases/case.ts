/**
 * Golden cases: folders of realistic manifests with their expected outcome. `input/` contains the manifests, and
 * `expected.yaml` the findings of `validate`, the config of each proxy and the conditions of each resource. To add a
 * case, add a folder; `UPDATE_GOLDEN=1` writes its `expected.yaml`, to be reviewed before it is committed.
 */
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createValidator } from '@l7mesh/crds'
import { CAPABILITIES, type Cluster, type Config, HARDENED, type Json, type Rule } from '@l7mesh/proxy-client'
import { stringify } from 'yaml'
import { validateFiles } from '../../operator/src/cli/validate/validate-files.ts'
import { type Rejections, statuses } from '../../operator/src/report/status.ts'
import { type FolderSource, folderSource } from '../../operator/src/sources/folder/folder-source.ts'
import type { Snapshot } from '../../operator/src/sources/snapshot.ts'
import { createTranslator } from '../../operator/src/translate/translate.ts'

export const CASES = fileURLToPath(new URL('.', import.meta.url))

export function caseNames(): readonly string[] {
  return readdirSync(CASES, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
}

export const inputOf = (name: string): string => join(CASES, name, 'input')
export const expectedFile = (name: string): string => join(CASES, name, 'expected.yaml')

/** The expected outcome of a case, as the text of its `expected.yaml`. */
export function textOf(outcome: object): string {
  return stringify(outcome, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** The findings of `l7mesh validate`, one per line. Paths are relative to the folder. */
export function findingsOf(name: string): readonly string[] {
  const folder = inputOf(name)
  const files = globSync('**/*.{yaml,yml,json}', { cwd: folder })
    .filter(path => !/(?:^|\/)\./.test(path))
    .toSorted()
    .map(path => ({ path, text: readFileSync(join(folder, path), 'utf8') }))
  const result = validateFiles(files, { validate: createValidator().validate, translate: createTranslator() })
  return result.findings.map(({ where, severity, code, object, path, message }) =>
    [`${where}: ${severity} ${code}`, [object, path].filter(Boolean).join(' '), message].filter(Boolean).join(': '),
  )
}

/** The folder as read by `l7mesh run` at startup. */
export async function readFolder(name: string): Promise<FolderSource> {
  const source = folderSource(inputOf(name), { validate: createValidator().validate })
  const ending = new AbortController()
  const first = Promise.withResolvers<void>()
  const running = source.run(ending.signal, first.resolve)
  await first.promise
  ending.abort()
  await running
  return source
}

/** The objects of proxies and the conditions of resources after every proxy has converged. */
export function outcomeOf(snapshot: Snapshot, rejected: Rejections): object {
  const fleet = createTranslator()(snapshot)
  const proxies = new Map(
    [...fleet.proxies].map(([key, desired]) => [
      key,
      {
        desired,
        phase: 'converged' as const,
        live: withPreload(desired.config),
        failures: new Map(),
        error: undefined,
        endedSessions: new Set<string>(),
        strandedSessions: new Map<string, number>(),
      },
    ]),
  )
  const conditions = statuses({ snapshot, fleet, proxies, rejected })
  return {
    proxies: inOrder([...fleet.proxies].map(([key, { config }]) => [key, configOf(config)] as const)),
    resources: inOrder(
      [...conditions].map(([key, { conditions }]) => [
        key,
        Object.fromEntries(
          conditions.map(({ type, status, reason, message }) => [
            type,
            [status, ...(reason === type ? [] : [reason]), ...(message === '' ? [] : [message])].join(': '),
          ]),
        ),
      ]),
    ),
  }
}

/** The config on a proxy with all capabilities. */
function withPreload(config: Config): Config {
  return { ...config, rulelists: new Map([...config.rulelists, [HARDENED, { name: HARDENED, rules: CAPABILITIES }]]) }
}

/** Sorted by key, independently of the order of the source. */
function inOrder<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The effect of the config, without object names: each listener with its rules, routes and clusters. */
function configOf(config: Config): object {
  const used = new Set<string>()
  const listeners = [...config.listeners.values()].map(({ spec, rules }) => ({
    listener: inline(spec),
    rules: rulesOf(rules, config, used),
  }))
  const others = [...config.clusters.values()].filter(({ name }) => !used.has(name)).map(clusterOf)
  return {
    listeners: listeners.toSorted((a, b) => (a.listener < b.listener ? -1 : 1)),
    ...(others.length > 0 && { clusters: others }),
  }
}

function rulesOf(list: string, config: Config, used: Set<string>): readonly object[] {
  const names = config.rulelists.get(list)?.rules ?? []
  return names.flatMap(name => {
    const rule = config.rules.get(name)
    return rule === undefined ? [] : [ruleOf(rule, config, used)]
  })
}

function ruleOf({ match, action }: Rule, config: Config, used: Set<string>): object {
  const { rewrite, route, apply } = action
  return {
    ...(match !== undefined && { match: inline(match) }),
    ...(rewrite !== undefined && { rewrite: rewrite.map(inline) }),
    ...(apply !== undefined && { apply }),
    ...(route !== undefined && routeOf(route, config, used)),
  }
}

function routeOf(name: string, { routes, clusters }: Config, used: Set<string>): object {
  const route = routes.get(name)
  if (route === undefined) return {}
  const cluster = (of: string) => {
    used.add(of)
    const found = clusters.get(of)
    return found === undefined ? of : clusterOf(found)
  }
  const { destination, ingress, egress, retry } = route
  return {
    destination: cluster(destination),
    ...(ingress.length > 0 && { ingress: ingress.map(cluster) }),
    ...(egress.length > 0 && { egress: egress.map(cluster) }),
    ...(retry.retry_on !== 'never' && { retry: inline(retry) }),
  }
}

function clusterOf({ spec, loadbalancer, endpoints }: Cluster): object {
  return {
    cluster: inline(spec),
    loadbalancer: inline(loadbalancer),
    endpoints: endpoints.map(({ spec: place, weight }) => `${inline(place)}${weight === 1 ? '' : ` weight ${weight}`}`),
  }
}

const inline = (value: object): string => asText(JSON.parse(JSON.stringify(value)))

/** In one line, without unnecessary quotes. */
function asText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(asText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value : JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, part]) => `${key}: ${asText(part)}`)
    .join(', ')}}`
}
