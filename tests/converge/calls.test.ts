/** The calls to a proxy for each kind of edit. */
import { createCompare, difference, EMPTY_CONFIG, type Plan, plan } from '@l7mesh/proxy-client'
import { describe, expect, it } from 'vitest'
import { createTranslator } from '../../operator/src/translate/translate.ts'
import { podOf, snapshotOf } from '../../operator/test/translate/support.ts'
import { EDIT_KINDS, PROXIES, type Service } from '../hitless/edits.ts'

const service: Service = { protocol: 'UDP', port: 9000, backendPorts: [5001, 5002] }
const compare = createCompare()

/** A new rule with the objects below it, created before the old ones are deleted. */
const NEW_RULE = ['create cluster', 'create endpoint', 'create route', 'create rule', 'insert']
const OLD_RULE = ['remove', 'delete rule', 'delete route', 'delete cluster']

const TWO_NEW_RULES = [
  'create cluster',
  'create endpoint',
  'create cluster',
  'create endpoint',
  'create route',
  'create route',
  'create rule',
  'create rule',
  'insert',
  'insert',
]
const BOTH_GONE = ['delete rule', 'delete rule', 'delete route', 'delete route', 'delete cluster', 'delete cluster']

/** From an even number of edits to an odd one, and back. */
const COSTS: { readonly [kind: string]: readonly [there: readonly string[], back: readonly string[]] } = {
  // The two clusters differ only in their endpoints, so both names change.
  'a rule is added and removed': [
    [...TWO_NEW_RULES, ...OLD_RULE],
    [...NEW_RULE, 'remove', 'remove', ...BOTH_GONE],
  ],
  'a rule is changed': [
    ['create rule', 'insert', 'remove', 'delete rule'],
    ['create rule', 'insert', 'remove', 'delete rule'],
  ],
  'rules are moved': [
    ['insert', 'remove'],
    ['insert', 'remove'],
  ],
  'a route is retargeted': [
    ['create endpoint', 'delete endpoint'],
    ['create endpoint', 'delete endpoint'],
  ],
  'a retry is changed': [
    ['create route', 'create rule', 'insert', 'remove', 'delete rule', 'delete route'],
    ['create route', 'create rule', 'insert', 'remove', 'delete rule', 'delete route'],
  ],
  "a cluster's spec is changed": [
    [...NEW_RULE, ...OLD_RULE],
    [...NEW_RULE, ...OLD_RULE],
  ],
  "a cluster's policy is changed": [
    [...NEW_RULE, ...OLD_RULE],
    [...NEW_RULE, ...OLD_RULE],
  ],
  'endpoints are added and removed': [
    ['create endpoint', 'create endpoint'],
    ['delete endpoint', 'delete endpoint'],
  ],
  'all endpoints are replaced': [
    ['create endpoint', 'delete endpoint', 'delete endpoint'],
    ['create endpoint', 'create endpoint', 'delete endpoint'],
  ],
  'a Rule resource is inserted and removed': [NEW_RULE, OLD_RULE],
  'inline rules are swapped for a rulesRef and back': [
    [...NEW_RULE, ...OLD_RULE],
    [...NEW_RULE, ...OLD_RULE],
  ],
  'an inline route is swapped for a routeRef and back': [
    [...NEW_RULE, ...OLD_RULE],
    [...NEW_RULE, ...OLD_RULE],
  ],
  'another VirtualService comes and goes': [
    ['create cluster', 'create route', 'create rule', 'create rulelist', 'create listener'],
    ['delete listener', 'delete rulelist', 'delete rule', 'delete route', 'delete cluster'],
  ],
}

describe('an edit costs a proxy no more than', () => {
  it.each(EDIT_KINDS)('$name', kind => {
    const [before, there, back] = [0, 1, 2].map(n => desired(kind.documents(service, n)))
    expect([callsOf(before, there), callsOf(there, back)]).toEqual(COSTS[kind.name])
  })

  it('an edit that changes nothing: no call', () => {
    const documents = EDIT_KINDS[0]?.documents(service, 0) ?? []
    expect(callsOf(desired(documents), desired(documents))).toEqual([])
  })
})

function desired(documents: Parameters<typeof snapshotOf>[0]) {
  const proxy = podOf({ name: 'proxy', ip: '10.0.0.9', proxy: true, labels: PROXIES })
  const { proxies } = createTranslator()(snapshotOf([proxy, ...documents]))
  return [...proxies.values()][0]?.config ?? EMPTY_CONFIG
}

function callsOf(live = EMPTY_CONFIG, wanted = EMPTY_CONFIG): readonly string[] {
  const { diff, target } = difference(live, wanted, compare)
  return plan({ diff, target, live }).steps.map(told)
}

function told({ call }: Plan['steps'][number]): string {
  return 'kind' in call ? `${call.op} ${call.kind}` : call.op
}
