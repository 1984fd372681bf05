/**
 * Generates the ValidatingAdmissionPolicy with which an API server rejects immediately what the validator rejects and
 * no CRD can: unknown fields of `spec`, and empty selectors (docs/adr/0015).
 *
 * For each kind, a CEL expression walks the object along its schema and returns the errors as text, or an empty text.
 * Fields of the same shape share one expression. CEL cannot count list items while walking them, so a path contains
 * `rules[]` where the validator reports `rules[3]`.
 */
import { stringify } from 'yaml'
import type { CustomResourceDefinition, Schema } from '../src/crd.ts'
import { isRestriction } from '../src/empty.ts'
import type { CrdFile } from './crd.ts'

const HEADER = `# Generated from the CRDs by \`npm run generate\`; changes made here are lost.
#
# With this policy, the API server rejects unknown fields of the resources of l7mesh immediately. Without it, such
# resources are stored but not used, and their status reports it. Requires Kubernetes 1.30 or newer.
`
const NAME = 'unknown-fields.l7mp.io'

/** The maximum length of the message; an API server omits a message of more than 5 KiB. */
const LONGEST_MESSAGE = 1000

export function renderPolicy(files: readonly CrdFile[]): string {
  // The files are part of this package, and a test checks them against the rules of an API server.
  const crds = files.map(({ document }) => document as unknown as CustomResourceDefinition)
  const text = [policy(crds), BINDING].map(object => stringify(object, { lineWidth: 0 })).join('---\n')
  return `${HEADER}${text}`
}

const policy = (crds: readonly CustomResourceDefinition[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: NAME },
  spec: {
    // An object too large for the CEL cost limits is left to the operator.
    failurePolicy: 'Ignore',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['l7mp.io'],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: crds.map(({ spec }) => spec.names.plural),
        },
      ],
    },
    // Metadata of an object that existed before the policy can still be changed.
    matchConditions: [
      { name: 'spec-is-new', expression: 'oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec' },
    ],
    variables: [...crds.map(variable), { name: 'wrong', expression: wrong(crds) }, EMPTIED],
    validations: [
      {
        expression: "variables.wrong == ''",
        message: 'spec has unknown fields, or selectors whose fields have no value',
        messageExpression: `variables.wrong.size() > ${LONGEST_MESSAGE} ? variables.wrong.substring(0, ${LONGEST_MESSAGE}) + ' …' : variables.wrong`,
      },
      {
        expression: '!variables.emptied',
        message:
          'a field of a selector, or a label in one, has no value, so it would restrict nothing; ' +
          'set the value, and indent it below its field; to select every pod, write selector: {}',
      },
    ],
  },
})

/**
 * kubectl apply removes fields without a value before it sends an object, and records the original in an annotation.
 * Later changes by other clients do not update the annotation, so it then says nothing about them.
 */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const OLD_APPLIED = `oldObject.metadata.?annotations['${LAST_APPLIED}'].orValue('')`
const NEW_APPLIED = `object.metadata.?annotations['${LAST_APPLIED}'].orValue('')`
const NO_VALUE = '"selector":[{]("match[A-Za-z]+":null,?)+[}]|"matchLabels":[{][^{}]*:null[,}]'
const EMPTIED = {
  name: 'emptied',
  expression: `(oldObject == null || ${OLD_APPLIED} != ${NEW_APPLIED}) && ${NEW_APPLIED}.matches('${NO_VALUE}')`,
}

const BINDING = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: NAME },
  spec: { policyName: NAME, validationActions: ['Deny'] },
}

const variableName = ({ spec }: CustomResourceDefinition): string => spec.names.singular

/**
 * The errors of an object of this kind. The value is `dyn`, because the type known to the API server has no unknown
 * fields.
 */
function variable(crd: CustomResourceDefinition) {
  const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec
  if (spec === undefined) throw new Error(`${crd.spec.names.kind} has no spec`)
  const expression = `[dyn(object.spec)].map(spec,${walk(spec, { value: 'spec', path: "'spec'", depth: 1 })}).join('')`
  return { name: variableName(crd), expression }
}

const wrong = (crds: readonly CustomResourceDefinition[]): string =>
  crds.reduceRight(
    (rest, crd) => `object.kind == '${crd.spec.names.kind}' ? variables.${variableName(crd)} : ${rest}`,
    "''",
  )

/** Two CEL expressions: a value, and its path as text. Variables are numbered by depth. */
type Location = { readonly value: string; readonly path: string; readonly depth: number }

/** The expression for the errors of an object and everything in it. */
function walk(schema: Schema, location: Location): string {
  const parts = [...unknownFields(schema, location), ...emptiness(schema, location), ...below(schema, location)]
  const indent = '  '.repeat(location.depth)
  return `\n${indent}${parts.join(` +\n${indent}`)}`
}

function unknownFields({ properties }: Schema, { value, path, depth }: Location): readonly string[] {
  if (properties === undefined) return []
  const fields = Object.keys(properties)
  const key = `k${depth}`
  const help = fields.length === 0 ? 'the object takes no fields' : `the fields here are ${fields.join(', ')}`
  const message = text(path, "'.'", key, `': unknown field; ${help}. '`)
  return [`${value}.map(${key}, ${fields.length === 0 ? 'true' : `!(${key} in ${list(fields)})`}, ${message}).join('')`]
}

function emptiness(schema: Schema, { value, path, depth }: Location): readonly string[] {
  const key = `k${depth}`
  if (isRestriction(schema)) {
    const known = `${key} in ${list(Object.keys(schema.properties ?? {}))}`
    const isEmpty = `${known} && (${value}[${key}] == null || size(${value}[${key}]) == 0)`
    const message = text(
      path,
      `': its fields are empty, so every pod would be selected; to select every pod, write {}. '`,
    )
    const isSlip = `${known} && (${value}[${key}] == null || ${value}[${key}] == '')`
    return [`(${value}.exists(${key}, ${isSlip}) && ${value}.all(${key}, ${isEmpty}) ? ${message} : '')`]
  }
  if (schema.additionalProperties?.nullable !== true) return []
  const message = text(path, "'.'", key, `': the label has no value; set it, or "" for an empty one. '`)
  return [`${value}.map(${key}, ${value}[${key}] == null, ${message}).join('')`]
}

/** The fields that need walking, grouped by shape. */
function below(schema: Schema, location: Location): readonly string[] {
  const groups = Map.groupBy(Object.entries(schema.properties ?? {}), ([, field]) => shapeOf(field))
  return [...groups].flatMap(([shape, members]) => {
    const [name, field] = members[0] ?? []
    if (shape === '' || name === undefined || field === undefined) return []
    return members.length === 1
      ? [one(name, field, location)]
      : [several(list(members.map(([of]) => of)), field, location)]
  })
}

function one(name: string, field: Schema, { value, path, depth }: Location): string {
  const inner = { value: `${value}.${name}`, path: text(path, `'.${name}'`), depth: depth + 1 }
  return `('${name}' in ${value} && ${inner.value} != null ?${whole(field, inner)} : '')`
}

function several(names: string, field: Schema, { value, path, depth }: Location): string {
  const name = `f${depth}`
  const inner = { value: `${value}[${name}]`, path: text(path, "'.'", name), depth: depth + 1 }
  return `${names}.map(${name}, ${name} in ${value} && ${inner.value} != null,${whole(field, inner)}).join('')`
}

function whole({ items, ...schema }: Schema, location: Location): string {
  if (items === undefined) return walk(schema, location)
  const item = `i${location.depth}`
  const inner = { ...location, value: item, path: text(location.path, "'[]'") }
  return ` ${location.value}.map(${item},${walk(items, inner)}).join('')`
}

/** A key that is equal for fields with the same walk; empty if there is nothing to walk. */
function shapeOf({ items, properties, additionalProperties, ...schema }: Schema): string {
  if (items !== undefined) {
    const inner = shapeOf(items)
    return inner === '' ? '' : `[${inner}]`
  }
  if (additionalProperties?.nullable === true) return 'labels'
  if (properties === undefined) return ''
  const fields = Object.entries(properties).map(([name, field]) => `${name}: ${shapeOf(field)}`)
  return `{${fields.join(', ')}}${isRestriction({ ...schema, properties })}`
}

const list = (words: readonly string[]): string => `[${words.map(word => `'${word}'`).join(', ')}]`

/** Concatenates expressions, merging adjacent literals. */
const text = (...parts: readonly string[]): string => parts.join(' + ').replaceAll("' + '", '')
