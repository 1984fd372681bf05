/** Selectors of pods. All requirements must hold; an empty selector selects every pod. */
import type { FieldRequirement, LabelRequirement, Selector } from '@l7mesh/crds'
import type { Pod } from '../../kinds/core-types.ts'
import type { ProblemCollector } from '../problems.ts'
import { labelProblem } from './labels.ts'

type Predicate = (pod: Pod) => boolean

/** Compiles the requirements on the pod itself; the caller evaluates `matchService`. */
export function compileSelector(selector: Selector, problems: ProblemCollector): Predicate | undefined {
  if (typeof selector !== 'object' || selector === null) return invalid(problems, 'it is not an object')
  const { matchLabels = {}, matchExpressions = [], matchFields = [], matchNamespace } = selector
  const wanted = Object.entries(matchLabels)
  const odd = wanted.map(([key, value]) => labelProblem(key, [value])).find(problem => problem !== undefined)
  if (odd !== undefined) return invalid(problems.at('matchLabels'), odd)
  const predicates = [
    ...matchExpressions.map((requirement, i) => requireLabel(requirement, problems.at('matchExpressions').at(i))),
    ...matchFields.map((requirement, i) =>
      require(requirement, fieldOf(requirement), problems.at('matchFields').at(i)),
    ),
  ]
  const known = predicates.filter(predicate => predicate !== undefined)
  if (known.length < predicates.length) return undefined
  noteEmptyFields(selector, problems)
  return pod =>
    (matchNamespace === undefined || pod.metadata.namespace === matchNamespace) &&
    wanted.every(([key, value]) => own(pod.metadata.labels ?? {}, key) === value) &&
    known.every(predicate => predicate(pod))
}

/** `matchLabels: {}` may be a mistake. (`matchLabels:` without a value certainly is, and is rejected.) */
function noteEmptyFields(selector: Selector, problems: ProblemCollector): void {
  const given = Object.entries(selector)
  const isEmpty = ([, value]: readonly [string, unknown]) =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0
  if (given.length > 0 && given.every(isEmpty))
    problems.note(
      `${given.map(([field]) => field).join(', ')} is empty, so every pod is selected: write {} to make this explicit`,
    )
}

type Value = (pod: Pod) => string | undefined

function requireLabel(requirement: LabelRequirement, problems: ProblemCollector): Predicate | undefined {
  const problem = labelProblem(requirement.key, requirement.values ?? [])
  return problem === undefined ? require(requirement, labelOf(requirement), problems) : invalid(problems, problem)
}

function labelOf({ key }: LabelRequirement): Value {
  return pod => text(own(pod.metadata.labels ?? {}, key))
}

/** A dotted path; its rest may itself be a key with dots, as in `metadata.labels.app.kubernetes.io/name`. */
function fieldOf({ key }: FieldRequirement): Value {
  return pod => text(valueAt(pod, key))
}

function valueAt(value: unknown, path: string): unknown {
  const whole = own(value, path)
  const dot = path.indexOf('.')
  if (whole !== undefined || dot < 0) return whole
  return valueAt(own(value, path.slice(0, dot)), path.slice(dot + 1))
}

function require(
  { operator, values = [] }: LabelRequirement | FieldRequirement,
  value: Value,
  problems: ProblemCollector,
): Predicate | undefined {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) return invalid(problems, `\`${operator}\` requires at least one value in \`values\``)
      return pod => values.includes(value(pod) ?? '\0') === (operator === 'In')
    case 'Exists':
    case 'DoesNotExist':
    case 'DoesNotexist':
      if (values.length > 0) return invalid(problems, `\`${operator}\` takes no \`values\``)
      return pod => (value(pod) !== undefined) === (operator === 'Exists')
    case 'Gt':
    case 'Lt': {
      const bound = values.length === 1 ? integer(values[0]) : undefined
      if (bound === undefined) return invalid(problems, `\`${operator}\` requires one 64-bit integer in \`values\``)
      return pod => compare(integer(value(pod)), operator, bound)
    }
    default:
      return invalid(problems, `the operator ${JSON.stringify(operator)} is unknown`)
  }
}

function compare(value: bigint | undefined, operator: 'Gt' | 'Lt', bound: bigint): boolean {
  if (value === undefined) return false
  return operator === 'Gt' ? value > bound : value < bound
}

/** Integers of 64 bits, as Kubernetes compares them. */
function integer(value: string | undefined): bigint | undefined {
  const [, sign = '', digits] = /^([+-]?)0*(\d{1,19})$/.exec(value ?? '') ?? []
  if (digits === undefined) return undefined
  const number = BigInt(`${sign === '-' ? sign : ''}${digits}`)
  return BigInt.asIntN(64, number) === number ? number : undefined
}

function text(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}

function invalid(problems: ProblemCollector, what: string): undefined {
  return problems.add('InvalidSelector', `The selector selects nothing: ${what}.`)
}
