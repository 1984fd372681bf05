/**
 * The table of all settings of an operator. Each setting is a flag of `l7mesh run` (`--lease-duration`), an environment
 * variable (`L7MESH_LEASE_DURATION`) and a key of the file given by `--config` (`leaseDuration`); the documentation is
 * generated from this table. Pure.
 */
import {
  bool,
  choice,
  duration,
  listenAddress,
  objectName,
  objectNames,
  rate,
  type SettingType,
  text,
} from './value-types.ts'

export type Setting<T> = {
  readonly kind: SettingType<T>
  /** As written by users; undefined if there is no default, or no constant one. */
  readonly byDefault: string | undefined
  /** The description of a default that is not constant. */
  readonly defaultText?: string
  readonly about: string
}

export const SETTINGS = {
  source: {
    kind: text('source'),
    byDefault: undefined,
    defaultText: '`kubernetes` in a pod',
    about: 'the source of resources: `kubernetes`, or a folder of manifests',
  },
  namespace: {
    kind: objectNames('name'),
    byDefault: undefined,
    defaultText: 'all',
    about: 'the namespaces to watch; Roles in them are then sufficient',
  },
  kubeconfig: {
    kind: text('file'),
    byDefault: undefined,
    defaultText: '`$KUBECONFIG`, or else the service account of the pod, or else `~/.kube/config`',
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
    about: "whether selectors select pods in all namespaces or in the resource's own namespace",
  },
  allowControllerDestination: {
    kind: bool,
    byDefault: 'false',
    about: 'allow resources to expose the REST API of a proxy (L7mpController)',
  },
  allowLogFiles: {
    kind: bool,
    byDefault: 'false',
    about: 'allow resources to write log files on the nodes of the proxies (Logger)',
  },
  leaderElect: {
    kind: bool,
    byDefault: 'true',
    about: 'in a cluster, write only while holding the lease; if false, run at most one operator',
  },
  lease: { kind: objectName('name'), byDefault: 'l7mesh', about: 'the name of the Lease' },
  leaseNamespace: {
    kind: objectName('name'),
    byDefault: undefined,
    defaultText: 'that of the pod, or else of the context, or else `default`',
    about: 'the namespace of the Lease',
  },
  leaseDuration: {
    kind: duration,
    byDefault: '10s',
    about: 'how long a standby waits for a renewal before it takes over',
  },
  leaseRenewDeadline: {
    kind: duration,
    byDefault: '7s',
    about: 'how long a leader continues after its last successful renewal; must be well below the lease duration',
  },
  leaseRenewEvery: { kind: duration, byDefault: '2s', about: 'how often the leader renews the lease' },
  healthAddress: {
    kind: listenAddress,
    byDefault: undefined,
    defaultText: '`:8081` in a pod, or else `off`',
    about: 'the address that serves `/healthz` and `/readyz`: `HOST:PORT`, `:PORT` or `off`',
  },
  auditInterval: {
    kind: duration,
    byDefault: '60s',
    about:
      'how often the whole config of each proxy is read, to detect drift; less often where that would take more than 3 % of a core',
  },
  statusRate: {
    kind: rate,
    byDefault: '50',
    about: 'the maximum number of status writes to the API server per second',
  },
  eventRate: { kind: rate, byDefault: '2', about: 'the maximum number of event writes to the API server per second' },
  tokenFile: {
    kind: text('file'),
    byDefault: undefined,
    defaultText: '`$L7MESH_TOKEN`',
    about: 'the file with the bearer token for the REST API of the proxies',
  },
  log: {
    kind: choice('auto', 'json', 'pretty'),
    byDefault: 'auto',
    about: 'the log format; auto is pretty on a terminal and JSON lines otherwise',
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>

export type SettingKey = keyof typeof SETTINGS

type ValueOf<S> = S extends Setting<infer T> ? (S extends { byDefault: string } ? T : T | undefined) : never

/** The value of each setting; undefined if it is not set and has no constant default. */
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
