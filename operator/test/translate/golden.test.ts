/**
 * Golden pairs in `testdata`, in folders by subject. NAME.in.yaml holds resources; NAME.out.yaml holds the desired config of
 * each proxy and the verdict on each resource, in the form of `golden-form.ts`. Each pair shows one behaviour, after which
 * it is named. To add a case, write its input: the test writes the output, or all outputs with `UPDATE_GOLDEN=1`. Read an
 * output before you commit it. With `CI` set, nothing is written.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { goldenForm } from './golden-form.ts'
import { readCase, translated } from './support.ts'

const folder = new URL('testdata/', import.meta.url)
const named = (end: string) =>
  globSync(`**/*${end}`, { cwd: fileURLToPath(folder) })
    .map(path => path.slice(0, -end.length))
    .toSorted()
const cases = named('.in.yaml')
const expected = named('.out.yaml')
const mayWrite = process.env.CI === undefined
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')

/** Cases whose names are pinned; they have objects of all kinds. */
const NAMED = [
  'endpoints/selector-selects-ready-pods',
  'routes/inline-clusters-differ-in-endpoints-only',
  'rules/apply-a-rulelist',
  'services/endpoints-with-different-ports',
  'targets/virtual-service-as-destination-implies-a-target',
]

describe('translation', () => {
  it.each(cases)('%s', name => {
    const { snapshot, options } = readCase(read(`${name}.in.yaml`))
    const out = goldenForm(translated(snapshot, options))
    const isMissing = !expected.includes(name)
    if (mayWrite && (process.env.UPDATE_GOLDEN === '1' || isMissing))
      writeFileSync(new URL(`${name}.out.yaml`, folder), out)
    expect(out).toBe(read(`${name}.out.yaml`))
  })

  // The golden files omit hashes. If a hash changes, an upgrade of the operator replaces the object on every proxy.
  it('names objects by the hash of their content', () => {
    const names = NAMED.flatMap(name => {
      const { snapshot, options } = readCase(read(`${name}.in.yaml`))
      return JSON.stringify(translated(snapshot, options).proxies).match(/\/apis\/[^" ]*@[^" ]*/g) ?? []
    })
    expect([...new Set(names)].sort()).toMatchInlineSnapshot(`
      [
        "/apis/l7mp.io/v1/namespaces/default/rules/a@97c04f000d",
        "/apis/l7mp.io/v1/namespaces/default/rules/b/cluster@6f92339875",
        "/apis/l7mp.io/v1/namespaces/default/rules/b/route@5b2ec50750",
        "/apis/l7mp.io/v1/namespaces/default/rules/b@407d402593",
        "/apis/l7mp.io/v1/namespaces/default/services/s:5060@62977d7321",
        "/apis/l7mp.io/v1/namespaces/default/services/s:5060@62977d7321/pod/10.1.0.1@p5060",
        "/apis/l7mp.io/v1/namespaces/default/services/s:5060@62977d7321/pod/10.1.0.2",
        "/apis/l7mp.io/v1/namespaces/default/services/s:5060@62977d7321/pod/10.1.0.3",
        "/apis/l7mp.io/v1/namespaces/default/targets/t@768e5623ba",
        "/apis/l7mp.io/v1/namespaces/default/targets/t@768e5623ba/pod/10.1.0.1@w3",
        "/apis/l7mp.io/v1/namespaces/default/targets/t@768e5623ba/pod/10.1.0.2@w3",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/stub/target@01e2486963",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/stub/target@01e2486963/pod/10.0.1.1",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/cluster@48278f6365",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/cluster@48278f6365/b.example",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/cluster@b1b0df6564",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/cluster@b1b0df6564/c.example",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/route@02ab57f89b",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/route@0716212730",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/route@339844fb00",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/route@ad878b88ad",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/rule@1159a2875d",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/rule@2487e6ff4e",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/rule@26f2bc1d38",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/rule@300bc34f9a",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v/rule@c5b5b598a0",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v@2ee685cf75",
        "/apis/l7mp.io/v1/namespaces/default/virtualservices/v@bbf2279627",
      ]
    `)
  })

  it('has an input for every expected output', () => {
    expect(expected.filter(name => !cases.includes(name))).toEqual([])
  })
})
