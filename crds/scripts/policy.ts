/**
 * Makes the ValidatingAdmissionPolicy that has an API server refuse at once what the validator refuses and no CRD can:
 * unknown fields of `spec`, and selectors of which nothing is left (docs/adr/0015).
 *
 * Of each kind a CEL expression walks the object along its schema and gives a text: what is wrong, or nothing. Fields with
 * the same shape are walked by the same words. CEL cannot count the items of a list as it walks them, so that a path has
 * `rules[]` where the validator has `rules[3]`.
 */
import { stringify } from 'yaml'
import type { CustomResourceDefinition, Schema } from '../src/crd.ts'
import { isRestriction } from '../src/empty.ts'
import type { CrdFile } from './crd.ts'

const HEADER = `# Generated from the CRDs by \`npm run generate\`; changes made here are lost.
#
# Has the API server refuse unknown fields of the resources of l7mesh at once. Without it they are accepted, are not in
# force, and the status says so. For Kubernetes 1.30 or newer.
`
const NAME = 'unknown-fields.l7mp.io'

/** Of what is wrong as much is said; an API server would leave out a message of more than 5 KiB. */
const LONGEST_MESSAGE = 1000

export function renderPolicy(files: readonly CrdFile[]): string {
  // The files are this package's own, and a test holds them against an API server's rules.
  const crds = files.map(({ document }) => document as unknown as CustomResourceDefinition)
  const text = [policy(crds), BINDING].map(object => stringify(object, { lineWidth: 0 })).join('---\n')
  return `${HEADER}${text}`
}

const policy = (crds: readonly CustomResourceDefinition[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: NAME },
  spec: {
    // An object that is too large to be walked within the limits of CEL is left to the operator.
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
    // Labels and finalizers of an object that was there before the policy can be changed.
    matchConditions: [
      { name: 'spec-is-new', expression: 'oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec' },
    ],
    variables: [...crds.map(variable), { name: 'wrong', expression: wrong(crds) }, EMPTIED],
    validations: [
      {
        expression: "variables.wrong == ''",
        message: 'there are unknown fields in spec, or selectors whose fields have no value',
        messageExpression: `variables.wrong.size() > ${LONGEST_MESSAGE} ? variables.wrong.substring(0, ${LONGEST_MESSAGE}) + ' …' : variables.wrong`,
      },
      {
        expression: '!variables.emptied',
        message:
          'a field of a selector, or a label in one, has no value, and so would restrict nothing; ' +
          'give the value, and see that it stands further in than its field; to select every pod write selector: {}',
      },
    ],
  },
})

/**
 * kubectl apply leaves out what has no value before it sends the rest, and writes down in an annotation what it was given.
 * What another client changes later does not touch the annotation, which says nothing of that.
 */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const OF_OLD = `oldObject.metadata.?annotations['${LAST_APPLIED}'].orValue('')`
const OF_NEW = `object.metadata.?annotations['${LAST_APPLIED}'].orValue('')`
const NO_VALUE = '"selector":[{]("match[A-Za-z]+":null,?)+[}]|"matchLabels":[{][^{}]*:null[,}]'
const EMPTIED = {
  name: 'emptied',
  expression: `(oldObject == null || ${OF_OLD} != ${OF_NEW}) && ${OF_NEW}.matches('${NO_VALUE}')`,
}

const BINDING = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: NAME },
  spec: { policyName: NAME, validationActions: ['Deny'] },
}

const variableName = ({ spec }: CustomResourceDefinition): string => spec.names.singular

/** What is wrong with an object of that kind. Without the type that an API server knows of it, which has no unknown fields. */
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

/** Two CEL expressions, for a value and for its path as text. Variables are numbered by depth. */
type Place = { readonly value: string; readonly path: string; readonly depth: number }

/** The expression for what is wrong with an object and all in it. */
function walk(schema: Schema, place: Place): string {
  const parts = [...unknownFields(schema, place), ...emptiness(schema, place), ...below(schema, place)]
  const indent = '  '.repeat(place.depth)
  return `\n${indent}${parts.join(` +\n${indent}`)}`
}

function unknownFields({ properties }: Schema, { value, path, depth }: Place): readonly string[] {
  if (properties === undefined) return []
  const fields = Object.keys(properties)
  const key = `k${depth}`
  const help = fields.length === 0 ? 'it takes no fields' : `the fields here are ${fields.join(', ')}`
  const said = text(path, "'.'", key, `': there is no such field; ${help}. '`)
  return [`${value}.map(${key}, ${fields.length === 0 ? 'true' : `!(${key} in ${list(fields)})`}, ${said}).join('')`]
}

function emptiness(schema: Schema, { value, path, depth }: Place): readonly string[] {
  const key = `k${depth}`
  if (isRestriction(schema)) {
    const known = `${key} in ${list(Object.keys(schema.properties ?? {}))}`
    const isEmpty = `${known} && (${value}[${key}] == null || size(${value}[${key}]) == 0)`
    const said = text(
      path,
      `': its fields are empty, so that every pod would be selected; to select every pod write {}. '`,
    )
    const isSlip = `${known} && (${value}[${key}] == null || ${value}[${key}] == '')`
    return [`(${value}.exists(${key}, ${isSlip}) && ${value}.all(${key}, ${isEmpty}) ? ${said} : '')`]
  }
  if (schema.additionalProperties?.nullable !== true) return []
  const said = text(path, "'.'", key, `': the label has no value; give it, or "" for an empty one. '`)
  return [`${value}.map(${key}, ${value}[${key}] == null, ${said}).join('')`]
}

/** The fields of an object that hold something to walk, those of one shape together. */
function below(schema: Schema, place: Place): readonly string[] {
  const groups = Map.groupBy(Object.entries(schema.properties ?? {}), ([, field]) => shapeOf(field))
  return [...groups].flatMap(([shape, members]) => {
    const [name, field] = members[0] ?? []
    if (shape === '' || name === undefined || field === undefined) return []
    return members.length === 1 ? [one(name, field, place)] : [several(list(members.map(([of]) => of)), field, place)]
  })
}

function one(name: string, field: Schema, { value, path, depth }: Place): string {
  const inner = { value: `${value}.${name}`, path: text(path, `'.${name}'`), depth: depth + 1 }
  return `('${name}' in ${value} && ${inner.value} != null ?${whole(field, inner)} : '')`
}

function several(names: string, field: Schema, { value, path, depth }: Place): string {
  const name = `f${depth}`
  const inner = { value: `${value}[${name}]`, path: text(path, "'.'", name), depth: depth + 1 }
  return `${names}.map(${name}, ${name} in ${value} && ${inner.value} != null,${whole(field, inner)}).join('')`
}

function whole({ items, ...schema }: Schema, place: Place): string {
  if (items === undefined) return walk(schema, place)
  const item = `i${place.depth}`
  const inner = { ...place, value: item, path: text(place.path, "'[]'") }
  return ` ${place.value}.map(${item},${walk(items, inner)}).join('')`
}

/** The same text for fields that are walked alike; empty where there is nothing to walk. */
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

/** The sum of texts, where literals that meet become one. */
const text = (...parts: readonly string[]): string => parts.join(' + ').replaceAll("' + '", '')
