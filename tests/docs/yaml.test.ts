/** Every block of YAML in the Markdown pages is what it says: resources that are valid, settings, values (tests/helm/docs.test.ts). */
import { createValidator } from '@l7mesh/crds'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { resolveSettings } from '../../operator/src/settings/resolve.ts'
import { PAGES } from './pages.ts'

const blocks = PAGES.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => ['yaml', 'yml', 'json'].includes(language))
    .map(({ code, line }) => ({ place: `${path}:${line}`, code })),
)
const documents = blocks.flatMap(({ place, code }) =>
  parseAllDocuments(code).map(document => ({ place, document, value: document.toJS() as unknown })),
)

/** A resource of l7mesh, even if the page shows only a part. */
function isResource(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'apiVersion' in value && /^l7mp\.io\//.test(`${value.apiVersion}`)
  )
}

const resources = documents.filter(({ value }) => isResource(value))
const settings = blocks.filter(({ code }) => code.startsWith('# l7mesh.yaml'))
const { validate } = createValidator()

describe('YAML of the pages', () => {
  it.each(documents)('$place parses', ({ document }) => {
    expect([...document.errors, ...document.warnings]).toEqual([])
  })

  it.each(resources)('$place is a valid resource', ({ value }) => {
    expect(validate(value).findings).toEqual([])
  })

  it.each(settings)('$place is a settings file', ({ place, code }) => {
    const [document] = parseAllDocuments(code)
    const file = { name: place, values: document?.toJS() ?? {} }
    expect(() => resolveSettings({ flags: {}, variables: {}, file })).not.toThrow()
  })

  it('has resources and settings', () => {
    expect(resources.length).toBeGreaterThan(0)
    expect(settings.length).toBeGreaterThan(0)
  })
})
