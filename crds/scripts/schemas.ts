/**
 * Generates `src/schemas.gen.ts`: the CRDs as values, so that a single-file bundle contains them. A shape that occurs
 * several times becomes one constant.
 */
import { at, type CrdFile, isObject, type Json } from './crd.ts'

const HEADER = `/**
 * The CRDs, as values. Generated from the files in \`crds/\` by \`npm run generate\`; changes made here are lost.
 */
import type { CustomResourceDefinition, Schema } from './crd.ts'

`

export function renderSchemas(files: readonly CrdFile[]): string {
  const kinds = files.map(file => String(at(file.document, 'spec', 'names', 'kind')))
  const parts = files.map((file, index) => constants(file, `${kinds[index]}_`))
  const members = kinds.map(kind => `  ${kind}: ${kind}_CRD,`).join('\n')
  return `${HEADER}${parts.join('\n')}
/** The CRDs by kind, ready to be sent to an API server. */
export const CRDS = {
${members}
} as const
`
}

function constants(file: CrdFile, prefix: string): string {
  const names = new Map<Json, string>()
  const lines: string[] = []
  const write = (value: Json, indent: string): string => {
    const name = names.get(value)
    if (name !== undefined) return name
    if (Array.isArray(value)) return `[${value.map(item => write(item, indent)).join(', ')}]`
    if (!isObject(value)) return JSON.stringify(value)
    const inner = `${indent}  `
    const members = Object.entries(value).map(
      ([key, member]) => `${inner}${JSON.stringify(key)}: ${write(member, inner)},`,
    )
    return members.length === 0 ? '{}' : `{\n${members.join('\n')}\n${indent}}`
  }
  for (const [name, shape] of file.shapes) {
    if (!isObject(shape)) continue
    lines.push(`const ${prefix}${name}: Schema = ${write(shape, '')}`)
    names.set(shape, `${prefix}${name}`)
  }
  lines.push(`const ${prefix}CRD: CustomResourceDefinition = ${write(file.document, '')}`)
  return `${lines.join('\n')}\n`
}
