/** Every value of a chart has an effect: changing it changes the rendered objects. */
import { describe, expect, it } from 'vitest'
import { describedValues, type ValueSchema } from '../../helm/scripts/values-table.ts'
import {
  at,
  CHARTS,
  type Chart,
  type Fields,
  merged,
  renderWithoutCrds,
  schemaOf,
  template,
  valuesOf,
} from './support/charts.ts'

type Sample = {
  /** The value to set. Default: another value of the same type. */
  readonly value?: unknown
  /** Other values that it depends on. */
  readonly with?: Fields
}

const container = { name: 'other', image: 'other:1', command: ['other'] }
const toleration = { key: 'other', operator: 'Exists' }

const SAMPLES: Readonly<Record<Chart, Readonly<Record<string, Sample>>>> = {
  'l7mp-operator': {
    imagePullSecrets: { value: [{ name: 'other' }] },
    namespaces: { value: ['other'] },
    extraArgs: { value: ['--other'] },
    'crds.install': { value: true },
    'crds.keep': { value: false, with: { crds: { install: true } } },
    'crds.policy': { with: { crds: { install: true } } },
    'rbac.owners': { value: [{ apiGroup: 'other.example', resource: 'others' }] },
    resources: { value: { limits: { cpu: '7' } } },
    'cleanup.timeoutSeconds': { with: { cleanup: { enabled: true } } },
    tolerations: { value: [toleration] },
    affinity: { value: { nodeAffinity: {} } },
  },
  'l7mp-ingress': {
    imagePullSecrets: { value: [{ name: 'other' }] },
    'l7mpProxy.resources': { value: { limits: { cpu: '7' } } },
    'l7mpProxy.extraVolumeMounts': { value: [{ name: 'other', mountPath: '/other' }] },
    extraContainers: { value: [container] },
    extraVolumes: { value: [{ name: 'other', emptyDir: {} }] },
    'updateStrategy.rollingUpdate': { value: { maxUnavailable: 7 } },
    'service.type': { value: 'LoadBalancer', with: { service: { ports: [{ port: 53 }] } } },
    'service.ports': { value: [{ port: 53 }] },
    'podMonitor.enabled': { with: { l7mpProxy: { prometheus: true } } },
    'podMonitor.interval': { value: '7s', with: { l7mpProxy: { prometheus: true }, podMonitor: { enabled: true } } },
    'podMonitor.labels': { with: { l7mpProxy: { prometheus: true }, podMonitor: { enabled: true } } },
    'networkPolicy.controllerFrom': {
      value: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
      with: { networkPolicy: { enabled: true } },
    },
    tolerations: { value: [toleration] },
    affinity: { value: { nodeAffinity: {} } },
  },
}

const cases = CHARTS.flatMap(chart =>
  describedValues(schemaOf(chart))
    .filter(([path]) => path !== 'global')
    .map(([path, schema]) => [chart, path, schema] as const),
)

describe('values', () => {
  it.each(cases)('%s: %s has an effect', async (chart, path, schema) => {
    const sample = SAMPLES[chart][path] ?? {}
    const before = sample.with ?? {}
    const value = sample.value ?? another(schema, at(valuesOf(chart), path))
    const after = merged(before, nested(path, value))
    expect(await renderWithoutCrds(chart, after)).not.toEqual(await renderWithoutCrds(chart, before))
  })

  it.each(CHARTS)('%s: each has its documented type', async chart => {
    const paths = cases.flatMap(([of, path]) => (of === chart ? [path] : []))
    const wrong = paths.map(path => nested(path, { not: ['this'] })).reduce(merged)
    const { code, stderr } = await template(chart, wrong)
    expect(code).not.toBe(0)
    for (const path of paths) expect(stderr).toContain(`at '/${path.replaceAll('.', '/')}`)
  })
})

function another({ type, enum: choices }: ValueSchema, value: unknown): unknown {
  if (choices !== undefined) return choices.find(choice => choice !== value)
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  if (type === 'string') return 'other'
  if (type === 'object') return { other: 'other' }
  throw new Error('a list requires a sample')
}

function nested(path: string, value: unknown): Fields {
  const [name = '', ...rest] = path.split('.')
  return { [name]: rest.length === 0 ? value : nested(rest.join('.'), value) }
}
