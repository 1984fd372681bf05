/** The environment and command line of a container, as Kubernetes defines them. Pure. */
import type { Variables } from '../../variables.ts'
import type { ContainerSpec, EnvVar } from './workload.ts'

/** The values of a pod's fields, for `valueFrom.fieldRef`. */
export type PodFields = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly nodeName: string
  readonly hostNetwork: boolean
  readonly podIP: string
  readonly hostIP: string
}

/**
 * The variables of a container, on top of those of the machine (`inherited`). `POD_IP` and `HOSTNAME` are always set; a
 * manifest that also runs in a cluster should set `POD_IP` by a fieldRef.
 */
export function environmentOf(env: readonly EnvVar[], pod: PodFields, inherited: Variables): Variables {
  return { ...inherited, POD_IP: pod.podIP, HOSTNAME: pod.name, ...ownVariables(env, pod) }
}

/** The command and arguments of a container, expanded with the variables of its `env` only. */
export function commandOf({ command, args, env }: ContainerSpec, pod: PodFields): readonly string[] {
  const variables = ownVariables(env, pod)
  return [...command, ...args].map(word => expand(word, variables))
}

/**
 * The variables that a container inherits: the PATH, with the running `node` first, and the compile cache of Node.js if
 * one is set.
 */
export function inheritedVariables(machine: Variables, nodeFolder: string): Variables {
  const kept = ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'NODE_COMPILE_CACHE', 'SHELL', 'TMPDIR', 'TZ', 'USER']
  const path = `${nodeFolder}:${machine.PATH ?? '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'}`
  const values = kept.flatMap(name => (machine[name] === undefined ? [] : [[name, machine[name]] as const]))
  return { ...Object.fromEntries(values), PATH: path }
}

/** A value can refer only to variables that are defined before it. */
function ownVariables(env: readonly EnvVar[], pod: PodFields): Variables {
  const own: Record<string, string> = {}
  for (const variable of env) {
    own[variable.name] = 'value' in variable ? expand(variable.value, own) : fieldValue(variable.fieldPath, pod)
  }
  return own
}

/**
 * Replaces `$(NAME)` by the value of NAME and `$$` by `$`. References to undefined names, and every other `$`, are kept
 * verbatim: the rules of Kubernetes' `expansion` package.
 */
export function expand(text: string, variables: Variables): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (written: string, name: string | undefined) => {
    if (name === undefined) return '$'
    return Object.hasOwn(variables, name) ? (variables[name] ?? written) : written
  })
}

export function fieldValue(path: string, pod: PodFields): string {
  const [, kind, key] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? []
  if (key !== undefined) return (kind === 'labels' ? pod.labels : pod.annotations)[key] ?? ''
  const values: Variables = {
    'metadata.name': pod.name,
    'metadata.namespace': pod.namespace,
    'metadata.uid': pod.uid,
    'spec.nodeName': pod.nodeName,
    'spec.hostNetwork': String(pod.hostNetwork),
    'spec.serviceAccountName': 'default',
    'status.podIP': pod.podIP,
    'status.podIPs': pod.podIP,
    'status.hostIP': pod.hostIP,
    'status.hostIPs': pod.hostIP,
  }
  return values[path] ?? ''
}
