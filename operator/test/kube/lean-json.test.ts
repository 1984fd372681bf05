import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseWithoutManagedFields } from '../../src/kube/lean-json.ts'

/** JSON with tokens that could confuse the scanner. */
const odd = fc.constantFrom('"managedFields":[', '\\', '"', '[', ']', '\\"managedFields\\":[', 'k:{"a":"]"}', 'é')
/** Without backslashes: JSON.parse of Node.js 26 itself may confuse the key `"` with an earlier `\\`. */
const key = fc.oneof(odd, fc.string()).filter(name => !name.includes('\\'))
const anything = fc.letrec(tie => ({
  value: fc.oneof({ maxDepth: 4 }, odd, fc.string(), fc.integer(), tie('list'), tie('record')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  record: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
}))
const object = fc.record({ before: anything.record, managedFields: anything.list, after: anything.record })

test('removes only managed fields, whatever the rest contains', async () => {
  await fc.assert(
    fc.property(fc.array(object, { maxLength: 4 }), objects => {
      const items = (managed: boolean) =>
        objects.map(({ before, managedFields, after }) => ({
          metadata: { before, managedFields: managed ? managedFields : [], after },
        }))
      expect(parseWithoutManagedFields(JSON.stringify({ items: items(true) }))).toEqual({ items: items(false) })
    }),
  )
})

test('throws a SyntaxError for invalid JSON', () => {
  for (const text of ['', '<html>', '{"managedFields":[', '{"managedFields":["]'])
    expect(() => parseWithoutManagedFields(text)).toThrow(SyntaxError)
})
