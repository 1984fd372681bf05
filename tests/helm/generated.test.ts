/** The files that the charts copy or generate are up to date. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { outputs } from '../../helm/scripts/generate.ts'
import { describedValues, type ValueSchema } from '../../helm/scripts/values-table.ts'
import { at, CHARTS, chartFile, isFields, schemaOf, valuesOf } from './support/charts.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFile(new URL(path, root), 'utf8')

describe('generated files', async () => {
  it.each([...(await outputs())])('include an up-to-date helm/%s (npm run generate)', async (path, text) => {
    expect(await read(`helm/${path}`)).toBe(text)
  })
})

describe('versions', () => {
  it('of the charts equal those of the packages', async () => {
    const operator = JSON.parse(await read('operator/package.json'))
    const { catalog } = parse(await read('pnpm-workspace.yaml'))
    expect(parse(chartFile('l7mp-operator', 'Chart.yaml')).appVersion).toBe(operator.version)
    expect(parse(chartFile('l7mp-ingress', 'Chart.yaml')).appVersion).toBe(catalog['@l7mp/l7mp'])
  })
})

describe.each(CHARTS)('the schema of %s', chart => {
  const schema = schemaOf(chart)

  it('describes every value, and allows no others', () => {
    const loose = undescribed(schema)
    expect(loose).toEqual([])
  })

  it('has exactly the values of values.yaml', () => {
    const described = describedValues(schema).flatMap(([path]) => (path === 'global' ? [] : [path]))
    const values = valuesOf(chart)
    for (const path of described) expect(at(values, path), path).toBeDefined()
    expect(leaves(values, schema)).toEqual([...described].sort())
  })
})

/** Paths without a description, or with a free-form value. */
function undescribed(
  schema: ValueSchema & { readonly additionalProperties?: unknown },
  path = 'values',
): readonly string[] {
  if (schema.properties === undefined) return schema.description === undefined ? [path] : []
  const open = schema.additionalProperties === false ? [] : [path]
  if (schema.description !== undefined) return open
  return [
    ...open,
    ...Object.entries(schema.properties).flatMap(([name, inner]) => undescribed(inner, `${path}.${name}`)),
  ]
}

/** The paths of values, as deep as the schema. */
function leaves(values: unknown, schema: ValueSchema | undefined): readonly string[] {
  if (!isFields(values)) return []
  return Object.entries(values)
    .flatMap(([name, value]) => {
      const inner = schema?.properties?.[name]
      return inner?.properties && inner.description === undefined
        ? leaves(value, inner).map(path => `${name}.${path}`)
        : [name]
    })
    .sort()
}
