/** The environment and command line of a container, as Kubernetes defines them. Pure. */
import type { Variables } from '../../variables.ts'
import type { ContainerSpec, EnvVar } from './workload.ts'

/** What a pod's fields say, for `valueFrom.fieldRef`. */
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
 * The variables of a container over those of the machine (`inherited`). `POD_IP` and `HOSTNAME` are there without
 * being asked for; a manifest that also runs in a cluster asks for `POD_IP` by a fieldRef.
 */
export function environmentOf(env: readonly EnvVar[], pod: PodFields, inherited: Variables): Variables {
  return { ...inherited, POD_IP: pod.podIP, HOSTNAME: pod.name, ...ownVariables(env, pod) }
}

/** The command and arguments of a container, expanded with its own variables alone. */
export function commandOf({ command, args, env }: ContainerSpec, pod: PodFields): readonly string[] {
  const variables = ownVariables(env, pod)
  return [...command, ...args].map(word => expand(word, variables))
}

/**
 * What a container needs of the machine: its programs, with the running `node` before all others, and where Node.js keeps
 * what it has compiled, if it is to.
 */
export function inheritedVariables(machine: Variables, nodeFolder: string): Variables {
  const kept = ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'NODE_COMPILE_CACHE', 'SHELL', 'TMPDIR', 'TZ', 'USER']
  const path = `${nodeFolder}:${machine.PATH ?? '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'}`
  const values = kept.flatMap(name => (machine[name] === undefined ? [] : [[name, machine[name]] as const]))
  return { ...Object.fromEntries(values), PATH: path }
}

/** A value may name only the variables that stand before it. */
function ownVariables(env: readonly EnvVar[], pod: PodFields): Variables {
  const own: Record<string, string> = {}
  for (const variable of env) {
    own[variable.name] = 'value' in variable ? expand(variable.value, own) : fieldValue(variable.fieldPath, pod)
  }
  return own
}

/**
 * Replaces `$(NAME)` by the value of NAME and `$$` by `$`. A name that is not defined stays as it is written, and so
 * does every other `$`: the rules of Kubernetes' `expansion` package.
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
