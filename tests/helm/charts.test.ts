/** The objects that helm renders from the charts. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { PREFIX } from '@l7mesh/proxy-client'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { staticConfig } from '../../operator/src/local/pod/proxy-command.ts'
import {
  at,
  CHARTS,
  type Chart,
  chartFile,
  chartFolder,
  helm,
  isFields,
  type Manifest,
  one,
  render,
  renderWithoutCrds,
  template,
} from './support/charts.ts'
import { brokenRules } from './support/pod-security.ts'

const KINDS = ['virtualservice', 'target', 'rule', 'route']
const WORKLOAD = { 'l7mp-operator': 'Deployment', 'l7mp-ingress': 'DaemonSet' } as const

const podOf = (manifest: Manifest) => {
  const spec = manifest.kind === 'Pod' ? manifest.spec : at(manifest, 'spec.template.spec')
  if (!isFields(spec)) throw new Error(`${manifest.kind} has no pod`)
  return spec
}
const podsOf = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind }) => ['Deployment', 'DaemonSet', 'Job', 'Pod'].includes(kind))
const rulesOf = ({ rules }: Manifest): readonly unknown[] => (Array.isArray(rules) ? rules : [])

/** Only the first line of programs in a manifest, which have their own tests. */
const withoutPrograms = (_: unknown, value: unknown) =>
  typeof value === 'string' && value.includes("'use strict'") ? `${value.split('\n')[0]} …` : value

describe.each(CHARTS)('%s', chart => {
  it('passes helm lint --strict', async () => {
    const { code, stdout } = await helm(['lint', '--strict', chartFolder(chart)])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('0 chart(s) failed') })
  })

  it('renders these objects with default values', async () => {
    const manifests = await renderWithoutCrds(chart)
    const text = manifests.map(manifest => stringify(manifest, withoutPrograms, { lineWidth: 120 })).join('---\n')
    const golden = new URL(`testdata/${chart}.yaml`, import.meta.url)
    if (process.env.UPDATE_GOLDEN === '1') await writeFile(golden, text)
    expect(text).toBe(await readFile(golden, 'utf8'))
  })

  it('rejects an unknown value', async () => {
    const { code, stderr } = await template(chart, { tolerance: [] })
    expect(code).not.toBe(0)
    expect(stderr).toContain("additional properties 'tolerance' not allowed")
  })

  it('selects its own pods in all selectors', async () => {
    const values = chart === 'l7mp-ingress' ? EVERYTHING : {}
    const manifests = await renderWithoutCrds(chart, values)
    const labels = at(one(manifests, WORKLOAD[chart]), 'spec.template.metadata.labels')
    const selectors = manifests.flatMap(({ kind, spec }) => {
      const path =
        kind === 'Service' ? 'selector' : kind === 'NetworkPolicy' ? 'podSelector.matchLabels' : 'selector.matchLabels'
      const selector = at(spec, path)
      return isFields(selector) ? [selector] : []
    })
    expect(selectors.length).toBeGreaterThan(1)
    for (const selector of selectors) expect(labels).toMatchObject(selector)
  })

  it('can be installed twice', async () => {
    const names = async (release: string, namespace: string) => {
      const args = ['template', release, chartFolder(chart), `--namespace=${namespace}`]
      const { stdout } = await helm(chart === 'l7mp-operator' ? [...args, '--set=crds.install=false'] : args)
      const scoped = stdout.split(/^---$/m).flatMap(text => (text.trim() === '' ? [] : [parse(text)]))
      return scoped.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
    }
    const first = new Set(await names('one', 'mesh'))
    expect((await names('two', 'mesh')).filter(name => first.has(name))).toEqual([])
    expect((await names('one', 'other')).filter(name => first.has(name))).toEqual([])
  })

  it('keeps its labels if labels are added', async () => {
    const podLabels = { 'app.kubernetes.io/name': 'other', app: 'other', team: 'mesh' }
    const labels = at(
      one(await renderWithoutCrds(chart, { podLabels }), WORKLOAD[chart]),
      'spec.template.metadata.labels',
    )
    expect(labels).toMatchObject({ 'app.kubernetes.io/name': chart, team: 'mesh' })
  })
})

/** All optional features. */
const EVERYTHING = {
  l7mpProxy: { prometheus: true },
  podMonitor: { enabled: true },
  networkPolicy: { enabled: true },
}

describe('l7mp-operator', () => {
  const chart: Chart = 'l7mp-operator'

  it('runs pods that comply with the restricted Pod Security Standard', async () => {
    const pods = podsOf(await renderWithoutCrds(chart, { cleanup: { enabled: true } }))
    expect(pods.map(({ kind }) => kind)).toEqual(['Deployment', 'Job'])
    for (const pod of pods) expect(brokenRules(podOf(pod))).toEqual([])
  })

  it('contains the CRDs of this repository', async () => {
    const crds = (await render(chart)).filter(({ kind }) => kind === 'CustomResourceDefinition')
    const sources = await Promise.all(
      KINDS.map(kind => readFile(new URL(`../../crds/crds/${kind}.yaml`, import.meta.url), 'utf8')),
    )
    const specs = sources.map(text => parse(text, { maxAliasCount: -1 })).map(({ spec }) => spec)
    expect(new Set(crds.map(({ spec }) => spec))).toEqual(new Set(specs))
  }, 60_000)

  it('contains their policy if Kubernetes supports it', async () => {
    const policies = async (...args: readonly string[]) => {
      const { stdout } = await helm(['template', chart, chartFolder(chart), ...args])
      return parseAllDocuments(stdout)
        .map(document => document.toJS())
        .filter(({ kind }) => kind.startsWith('ValidatingAdmission'))
    }
    const source = await readFile(new URL('../../crds/policies/unknown-fields.yaml', import.meta.url), 'utf8')
    const specs = parseAllDocuments(source).map(document => document.toJS().spec)
    expect((await policies('--kube-version=1.30.0-eks-1')).map(({ spec }) => spec)).toEqual(specs)
    expect(await policies('--kube-version=1.29.9')).toEqual([])
    expect(await policies('--set=crds.policy=false')).toEqual([])
    expect(await policies('--set=crds.install=false')).toEqual([])
  }, 60_000)

  it.each([true, false])('makes helm keep the lease, and the CRDs if requested (%s)', async keep => {
    const { stdout } = await template(chart, { crds: { keep } })
    expect(stdout.match(/helm.sh\/resource-policy: keep/g) ?? []).toHaveLength(keep ? KINDS.length + 1 : 1)
  })

  it('has only the documented permissions', async () => {
    const { mesh, definitions, lease } = parse(chartFile(chart, 'files/rbac.yaml'))
    const granted = (await renderWithoutCrds(chart)).flatMap(rulesOf)
    const named = (rule: Record<string, unknown>) => {
      const { why: _, ...rest } = rule
      return Array.isArray(rest.resourceNames) && rest.resourceNames[0] === 'lease'
        ? { ...rest, resourceNames: ['l7mp-operator'] }
        : rest
    }
    expect(granted).toEqual([...mesh, ...definitions, ...lease].map(named))
    expect(JSON.stringify(granted)).not.toMatch(/"\*"|secrets|"delete/)
  })

  it('uses Roles instead of a ClusterRole if namespaces are set, and passes them to the operator', async () => {
    const manifests = await renderWithoutCrds(chart, { namespaces: ['one', 'two'], cleanup: { enabled: true } })
    expect(manifests.filter(({ kind }) => kind.startsWith('Cluster'))).toEqual([])
    const roles = manifests.filter(({ kind }) => kind === 'Role').map(({ metadata }) => at(metadata, 'namespace'))
    expect(roles.sort()).toEqual(['mesh', 'mesh', 'one', 'one', 'two', 'two'])
    for (const pod of podsOf(manifests)) {
      expect(at(podOf(pod), 'containers.0.args')).toEqual(
        expect.arrayContaining(['--namespace=one', '--namespace=two']),
      )
    }
  })

  it('binds every role to the service account of its pods', async () => {
    const manifests = await renderWithoutCrds(chart, { cleanup: { enabled: true } })
    const roles = manifests.filter(({ kind }) => /^(Cluster)?Role$/.test(kind))
    const bindings = manifests.filter(({ kind }) => kind.endsWith('Binding'))
    expect(bindings.map(binding => at(binding, 'roleRef.name'))).toEqual(roles.map(({ metadata }) => metadata.name))
    const accounts = podsOf(manifests).map(pod => podOf(pod).serviceAccountName)
    for (const binding of bindings) expect(accounts).toContain(at(binding, 'subjects.0.name'))
  })

  it('uses the lease that it has permission to write', async () => {
    const values = { fullnameOverride: 'boss' }
    const manifests = await renderWithoutCrds(chart, values)
    const named = manifests.flatMap(manifest => at(manifest, 'rules.1.resourceNames') ?? [])
    expect(named).toEqual(['boss'])
    expect(at(podOf(one(manifests, 'Deployment')), 'containers.0.args')).toContain('--lease=boss')
  })

  it('cleans up with separate service accounts, after everything else is deleted', async () => {
    const plain = await renderWithoutCrds(chart)
    const manifests = await renderWithoutCrds(chart, { cleanup: { enabled: true } })
    const hooks = manifests.slice(plain.length)
    expect(manifests.slice(0, plain.length)).toEqual(plain)
    expect(hooks.map(({ metadata }) => metadata.annotations?.['helm.sh/hook'])).toEqual(hooks.map(() => 'post-delete'))
    const order = hooks.map(({ kind, metadata }) => [kind, Number(metadata.annotations?.['helm.sh/hook-weight'])])
    expect(Object.fromEntries(order)).toEqual({
      ServiceAccount: 0,
      ClusterRole: 0,
      Role: 0,
      ClusterRoleBinding: 1,
      RoleBinding: 1,
      Job: 2,
    })
  })

  it('uses the configured service account', async () => {
    const manifests = await renderWithoutCrds(chart, {
      serviceAccount: { create: false, name: 'mine' },
      rbac: { create: false },
      cleanup: { enabled: true },
    })
    expect(manifests.map(({ kind }) => kind)).toEqual(['PodDisruptionBudget', 'Deployment', 'Lease', 'Job'])
    for (const pod of podsOf(manifests)) expect(podOf(pod).serviceAccountName).toBe('mine')
  })
})

describe('l7mp-ingress', () => {
  const chart: Chart = 'l7mp-ingress'
  const configOf = (manifests: readonly Manifest[]) => {
    const text = at(one(manifests, 'ConfigMap'), 'data')
    return isFields(text) ? text : {}
  }

  it('violates only the unavoidable rules of the restricted Pod Security Standard', async () => {
    const [proxies, test] = podsOf(await render(chart)).map(pod => brokenRules(podOf(pod)))
    expect(proxies).toEqual(['hostNetwork'])
    expect(test).toEqual([])
    const low = one(await render(chart, { l7mpProxy: { lowPorts: true } }), 'DaemonSet')
    expect(brokenRules(podOf(low))).toEqual(['hostNetwork', 'runAsNonRoot', 'runAsUser'])
    expect(at(podOf(low), 'containers.0.securityContext.capabilities')).toEqual({
      drop: ['ALL'],
      add: ['NET_BIND_SERVICE'],
    })
  })

  it('starts a proxy like `l7mesh up`', async () => {
    const config = JSON.parse(String(configOf(await render(chart))['l7mp.json']))
    expect(config).toEqual(staticConfig(1234))
  })

  it('starts a hardened proxy with the preload', async () => {
    const manifests = await render(chart)
    const folder = new URL('../../operator/src/local/preload/', import.meta.url)
    const guards = (await readdir(folder)).filter(name => /^(harden|fix-.*)\.cjs$/.test(name))
    for (const name of guards)
      expect(configOf(manifests)[name], name).toBe(await readFile(new URL(name, folder), 'utf8'))
    expect(at(podOf(one(manifests, 'DaemonSet')), 'containers.0.command')).toContain('--require=/etc/l7mesh/harden.cjs')
    expect(String(configOf(manifests)['l7mp.json'])).toContain(`${PREFIX}hardened`)
  })

  it('has pods that VirtualServices select and the operator finds', async () => {
    const set = one(await render(chart, { l7mpProxy: { controllerPort: 4321 } }), 'DaemonSet')
    expect(at(set, 'spec.template.metadata.labels.app')).toBe('l7mp-ingress')
    expect(podOf(set)).toMatchObject({
      hostNetwork: true,
      dnsPolicy: 'ClusterFirstWithHostNet',
      containers: [{ name: 'l7mp', ports: [{ name: 'controller', containerPort: 4321 }] }],
    })
  })

  it('restarts proxies only if their startup configuration changes', async () => {
    const templateOf = async (values: Parameters<typeof render>[1]) =>
      at(one(await render(chart, values), 'DaemonSet'), 'spec.template')
    expect(await templateOf({ l7mpProxy: { logLevel: 'info' } })).not.toEqual(await templateOf({}))
    expect(
      await templateOf({ ...EVERYTHING, l7mpProxy: {}, podMonitor: {}, service: { ports: [{ port: 53 }] } }),
    ).toEqual(await templateOf({}))
  })

  it('keeps the label `app` for VirtualServices if labels are added', async () => {
    const set = one(await render(chart, { podLabels: { app: 'other' } }), 'DaemonSet')
    expect(at(set, 'spec.template.metadata.labels.app')).toBe('l7mp-ingress')
  })

  it('serves metrics at a named port', async () => {
    const manifests = await render(chart, EVERYTHING)
    expect(at(podOf(one(manifests, 'DaemonSet')), 'containers.0.ports.1')).toEqual({
      name: 'metrics',
      containerPort: 8080,
    })
    expect(at(one(manifests, 'PodMonitor'), 'spec.podMetricsEndpoints.0.port')).toBe('metrics')
    expect(JSON.parse(String(configOf(manifests)['l7mp.json'])).listeners).toHaveLength(2)
  })

  it('has no PodMonitor if metrics are not served', async () => {
    const { code, stderr } = await template(chart, { podMonitor: { enabled: true } })
    expect(code).not.toBe(0)
    expect(stderr).toContain('podMonitor.enabled needs l7mpProxy.prometheus: true')
  })

  it.each([2, 1234, 65534])('closes only the REST port %i', async controllerPort => {
    const policy = one(
      await render(chart, { ...EVERYTHING, l7mpProxy: { controllerPort, prometheus: true } }),
      'NetworkPolicy',
    )
    const [operator, everyone] = [at(policy, 'spec.ingress.0'), at(policy, 'spec.ingress.1')]
    expect(at(operator, 'ports')).toEqual([{ protocol: 'TCP', port: controllerPort }])
    expect(at(operator, 'from.0.podSelector.matchLabels')).toEqual({ 'app.kubernetes.io/name': 'l7mp-operator' })
    expect(at(everyone, 'ports')).toEqual([
      { protocol: 'UDP' },
      { protocol: 'TCP', port: 1, endPort: controllerPort - 1 },
      { protocol: 'TCP', port: controllerPort + 1, endPort: 65535 },
    ])
  })
})
