/**
 * Everything that can be set of an operator, in one table. Each setting is a flag of `l7mesh run` (`--lease-duration`), a
 * variable (`L7MESH_LEASE_DURATION`) and a key of the file that `--config` names (`leaseDuration`); the documentation is
 * made of this table too. Pure.
 */
import {
  choice,
  duration,
  listenAddress,
  objectName,
  objectNames,
  rate,
  type SettingType,
  text,
  yesOrNo,
} from './value-types.ts'

export type Setting<T> = {
  readonly kind: SettingType<T>
  /** As one writes it; undefined where there is none, or no fixed one. */
  readonly byDefault: string | undefined
  /** What the default is where it is no fixed one, for people. */
  readonly defaultText?: string
  readonly about: string
}

export const SETTINGS = {
  source: {
    kind: text('source'),
    byDefault: undefined,
    defaultText: '`kubernetes` in a pod',
    about: 'where resources come from: `kubernetes`, or a folder of manifests',
  },
  namespace: {
    kind: objectNames('name'),
    byDefault: undefined,
    defaultText: 'all',
    about: 'the namespaces that the operator looks at; then Roles in them are enough',
  },
  kubeconfig: {
    kind: text('file'),
    byDefault: undefined,
    defaultText: '`$KUBECONFIG`, else the service account of the pod, else `~/.kube/config`',
    about: 'the kubeconfig file',
  },
  context: {
    kind: text('name'),
    byDefault: undefined,
    defaultText: 'the current one',
    about: 'the context of the kubeconfig file',
  },
  selectorScope: {
    kind: choice('all', 'namespace'),
    byDefault: 'all',
    about: "whether a selector reaches pods of all namespaces or of the resource's own",
  },
  allowControllerDestination: {
    kind: yesOrNo,
    byDefault: 'false',
    about: 'let resources hand out the REST API of a proxy (L7mpController)',
  },
  allowLogFiles: {
    kind: yesOrNo,
    byDefault: 'false',
    about: 'let resources write log files where the proxies run (Logger)',
  },
  leaderElect: {
    kind: yesOrNo,
    byDefault: 'true',
    about: 'in a cluster, write only while holding the lease; without it, run one operator and no more',
  },
  lease: { kind: objectName('name'), byDefault: 'l7mesh', about: 'the name of the Lease' },
  leaseNamespace: {
    kind: objectName('name'),
    byDefault: undefined,
    defaultText: 'that of the pod, else of the context, else `default`',
    about: 'the namespace of the Lease',
  },
  leaseDuration: {
    kind: duration,
    byDefault: '10s',
    about: 'how long a standby waits for a sign of life of the leader before it takes over',
  },
  leaseRenewDeadline: {
    kind: duration,
    byDefault: '7s',
    about: 'how long a leader goes on after the last renewal that succeeded; well below the duration',
  },
  leaseRenewEvery: { kind: duration, byDefault: '2s', about: 'how often the leader renews the lease' },
  healthAddress: {
    kind: listenAddress,
    byDefault: undefined,
    defaultText: '`:8081` in a pod, else `off`',
    about: 'where `/healthz` and `/readyz` are served: `HOST:PORT`, `:PORT` or `off`',
  },
  auditInterval: {
    kind: duration,
    byDefault: '60s',
    about: 'how often all of a proxy is read, to find what others changed',
  },
  statusRate: { kind: rate, byDefault: '50', about: 'writes of statuses to the API server, a second at most' },
  eventRate: { kind: rate, byDefault: '2', about: 'writes of events to the API server, a second at most' },
  tokenFile: {
    kind: text('file'),
    byDefault: undefined,
    defaultText: '`$L7MESH_TOKEN`',
    about: 'the file with the bearer token for the REST API of the proxies',
  },
  log: {
    kind: choice('auto', 'json', 'pretty'),
    byDefault: 'auto',
    about: 'the format of the log; auto is pretty on a terminal, else JSON lines',
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>

export type SettingKey = keyof typeof SETTINGS

type ValueOf<S> = S extends Setting<infer T> ? (S extends { byDefault: string } ? T : T | undefined) : never

/** The value of each setting; undefined where nothing was said and there is no fixed default. */
export type RunSettings = { readonly [K in SettingKey]: ValueOf<(typeof SETTINGS)[K]> }

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[]

/** `--lease-duration` */
export function flagOf(key: SettingKey): string {
  return `--${dashed(key, '-')}`
}

/** `L7MESH_LEASE_DURATION` */
export function variableOf(key: SettingKey): string {
  return `L7MESH_${dashed(key, '_').toUpperCase()}`
}

function dashed(key: string, dash: string): string {
  return key.replace(/[A-Z]/g, letter => `${dash}${letter.toLowerCase()}`)
}
