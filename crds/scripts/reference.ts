/** Renders the reference of the resources: a section per kind, a table row per field. Each shape is shown once. */
import type { CustomResourceDefinition, Schema } from '../src/crd.ts'
import type { CrdFile } from './crd.ts'

const INTRODUCTION = `# Resource reference

Generated from the CRDs by \`npm run generate\`. All kinds are of \`apiVersion: l7mp.io/v1\` and namespaced. Required
fields are marked with a star. A shape that occurs several times is shown at its first occurrence.
`

export function renderReference(files: readonly CrdFile[]): string {
  const page = new Page()
  return [INTRODUCTION, ...files.map(file => page.kind(file))].join('\n')
}

class Page {
  /** The first occurrence of each shape. Shared parts of the CRDs are the same value, so identity identifies them. */
  readonly #shown = new Map<Schema, string>()

  kind({ document }: CrdFile): string {
    // The files are part of this package, and a test checks them against the rules of an API server.
    const { names, versions } = (document as unknown as CustomResourceDefinition).spec
    const schema = versions[0]?.schema.openAPIV3Schema
    const spec = schema?.properties?.spec
    const short = names.shortNames ? `, \`${names.shortNames.join('`, `')}\`` : ''
    const title = `## ${names.kind}\n\n\`kubectl get ${names.plural}\`${short}. ${schema?.description ?? ''}\n`
    return [title, spec ? this.#table(`spec`, names.kind, spec) : ''].join('\n')
  }

  #table(path: string, kind: string, schema: Schema): string {
    const rows = this.#rows(path, kind, schema, '')
    const rules = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `- ${message}`)
    const head = '| field | type | meaning |\n| --- | --- | --- |'
    return [head, ...rows, '', ...rules, ...(rules.length > 0 ? [''] : [])].join('\n')
  }

  #rows(path: string, kind: string, schema: Schema, indent: string): readonly string[] {
    return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
      const star = schema.required?.includes(name) ? '*' : ''
      const inner = innerOf(field)
      const before = inner && this.#shown.get(inner)
      const reference = before ? ` As \`${before}\`.` : ''
      const row = `| ${indent}\`${name}\`${star} | ${typeOf(field)} | ${cell(field.description)}${reference} |`
      return inner && !before ? [row, ...this.#inside(`${path}.${name}`, kind, inner, indent)] : [row]
    })
  }

  #inside(path: string, kind: string, schema: Schema, indent: string): readonly string[] {
    this.#shown.set(schema, `${kind} ${path}`)
    return this.#rows(path, kind, schema, `${indent}\u00a0\u00a0`)
  }
}

/** The schema that defines the fields of an object, or of the items of a list of objects. */
function innerOf(schema: Schema): Schema | undefined {
  const inner = schema.type === 'array' ? schema.items : schema
  return inner?.properties ? inner : undefined
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map(value => `\`${value}\``).join(' \\| ')
  if (schema.type === 'array') return schema.items ? `list of ${typeOf(schema.items)}` : 'list'
  if (schema['x-kubernetes-preserve-unknown-fields'] && !schema.properties) return 'any object'
  if (schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}`
  if (schema.minimum !== undefined && schema.maximum !== undefined)
    return `${schema.type} ${schema.minimum} to ${schema.maximum}`
  return schema.type
}

function cell(text = ''): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim()
}
