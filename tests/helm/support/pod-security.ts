/**
 * The `restricted` Pod Security Standard, which includes `baseline`: the rules that a pod spec violates. Only rules for
 * Linux, plus one of l7mesh: a read-only root file system.
 */
import { at, type Fields, isFields } from './charts.ts'

type Rule = { readonly name: string; holds(spec: Fields, container: Fields): boolean }

const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const strings = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const objects = (value: unknown): readonly Fields[] => strings(value).filter(isFields)
/** The setting of a container, or else of its pod. */
const setting = (spec: Fields, container: Fields, path: string) =>
  at(container, `securityContext.${path}`) ?? at(spec, `securityContext.${path}`)

const RULES: readonly Rule[] = [
  { name: 'hostNetwork', holds: spec => spec.hostNetwork !== true },
  { name: 'hostPID', holds: spec => spec.hostPID !== true },
  { name: 'hostIPC', holds: spec => spec.hostIPC !== true },
  { name: 'hostUsers', holds: spec => spec.hostUsers !== true },
  { name: 'sysctls', holds: spec => objects(at(spec, 'securityContext.sysctls')).length === 0 },
  {
    name: 'volumes',
    holds: spec => objects(spec.volumes).every(volume => VOLUMES.some(type => type in volume)),
  },
  { name: 'hostPort', holds: (_, container) => objects(container.ports).every(port => port.hostPort === undefined) },
  { name: 'privileged', holds: (_, container) => at(container, 'securityContext.privileged') !== true },
  { name: 'procMount', holds: (_, container) => at(container, 'securityContext.procMount') === undefined },
  {
    name: 'allowPrivilegeEscalation',
    holds: (_, container) => at(container, 'securityContext.allowPrivilegeEscalation') === false,
  },
  {
    name: 'capabilities.drop',
    holds: (_, container) => strings(at(container, 'securityContext.capabilities.drop')).includes('ALL'),
  },
  {
    name: 'capabilities.add',
    holds: (_, container) =>
      strings(at(container, 'securityContext.capabilities.add')).every(name => name === 'NET_BIND_SERVICE'),
  },
  {
    name: 'seccompProfile',
    holds: (spec, container) =>
      ['RuntimeDefault', 'Localhost'].includes(String(setting(spec, container, 'seccompProfile.type'))),
  },
  { name: 'runAsNonRoot', holds: (spec, container) => setting(spec, container, 'runAsNonRoot') === true },
  { name: 'runAsUser', holds: (spec, container) => setting(spec, container, 'runAsUser') !== 0 },
  {
    name: 'readOnlyRootFilesystem',
    holds: (_, container) => at(container, 'securityContext.readOnlyRootFilesystem') === true,
  },
]

/** The names of the violated rules, each once. */
export function brokenRules(spec: Fields): readonly string[] {
  const containers = [
    ...objects(spec.initContainers),
    ...objects(spec.containers),
    ...objects(spec.ephemeralContainers),
  ]
  return RULES.filter(rule => !containers.every(container => rule.holds(spec, container))).map(({ name }) => name)
}
