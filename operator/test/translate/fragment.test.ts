/** Fragments of an API for tests: listeners, the fragments that they need, and the resources that they vary with. */
import { EMPTY_CONFIG, type Listener } from '@l7mesh/proxy-client'
import { describe, expect, it } from 'vitest'
import { EMPTY_SNAPSHOT, type Snapshot } from '../../src/sources/snapshot.ts'
import { createFleet } from '../../src/translate/fleet/fleet.ts'
import {
  defineFragments,
  EMPTY_FRAGMENT,
  type FragmentFactory,
  type FragmentMaker,
} from '../../src/translate/fragment.ts'
import { createChanges } from '../../src/translate/incremental/indexes.ts'
import { createMemo, sameList } from '../../src/translate/incremental/memo.ts'
import { EMPTY_INDEXED_SNAPSHOT, indexSnapshot } from '../../src/translate/lookup/indexed-snapshot.ts'
import { createLookup } from '../../src/translate/lookup/lookup.ts'
import { resourceKey } from '../../src/translate/names.ts'
import { ProblemCollector } from '../../src/translate/problems.ts'
import { podOf, snapshotOf } from './support.ts'

/** Here, Routes open a socket, and Targets set how it is tracked on the proxies that they select. */
const createToys: FragmentFactory = (memo, lookup) => {
  const select = (labels: Record<string, string> | undefined) =>
    labels && lookup.select({ matchLabels: { app: labels.on ?? '' } }, 'default', new ProblemCollector())
  const labels = (key: string) => lookup.routes.get(key)?.metadata.labels
  const listener = (key: string, track = 0): Listener => ({
    name: `${key}@${track}`,
    spec: { protocol: 'UDP', port: Number(labels(key)?.port) },
    options: { track },
    rules: 'common',
  })
  const common: FragmentMaker = {
    kind: 'Common',
    variesWith: () => [],
    fragment: name => ({
      ...EMPTY_FRAGMENT,
      config: { ...EMPTY_CONFIG, rulelists: new Map([[name, { name, rules: [] }]]) },
    }),
  }
  return [
    defineFragments(memo, {
      kind: 'Route',
      keys: lookup.routes.keys,
      selection: key => select(labels(key)),
      claim: key => ({
        holder: `Toy ${key}`,
        resource: resourceKey('Route', key),
        created: '',
        listener: listener(key),
        path: 'metadata.labels.port',
      }),
      variesWith: memo.query(() => lookup.targets.keys().map(key => resourceKey('Target', key)), sameList),
      fragment(key, present) {
        const made = listener(key, present.size)
        return {
          config: { ...EMPTY_CONFIG, listeners: new Map([[made.name, made]]) },
          parts: new Map([[resourceKey('Route', key), [{ kind: 'listener', name: made.name }]]]),
          needs: [{ maker: common, key: 'common' }],
        }
      },
      verdict: key => ({ problems: [], notes: [key] }),
    }),
    defineFragments(memo, {
      kind: 'Target',
      keys: lookup.targets.keys,
      selection: key => select(lookup.targets.get(key)?.metadata.labels),
      verdict: () => ({ problems: [], notes: [] }),
    }),
  ]
}

function toyTranslator() {
  let indexed = EMPTY_INDEXED_SNAPSHOT
  const [memo, changes] = [createMemo(), createChanges()]
  const lookup = createLookup({ memo, indexed: () => indexed, changes }, { selectorScope: 'all' })
  const fleet = createFleet(memo, lookup, createToys(memo, lookup, undefined))
  return (snapshot: Snapshot) => {
    indexed = indexSnapshot(snapshot, indexed, changes)
    return memo.round(fleet)
  }
}

const toy = (kind: 'Route' | 'Target', name: string, on: string, port = 1) => ({
  kind,
  metadata: { name, labels: { on, port: `${port}` } },
})
const proxies = [
  podOf({ name: 'a', ip: '10.0.0.1', labels: { app: 'x' }, proxy: true }),
  podOf({ name: 'b', ip: '10.0.0.2', labels: { app: 'y' }, proxy: true }),
]

/** The names of listeners and rulelists, by proxy. */
function held(snapshot: Snapshot) {
  const { proxies: all } = toyTranslator()(snapshot)
  return Object.fromEntries(
    [...all].map(([key, { config }]) => [key, [...config.listeners.keys(), ...config.rulelists.keys()]]),
  )
}

describe('fragments of any API', () => {
  it('go to the proxies that their resources select, with what they need', () => {
    expect(held(snapshotOf([...proxies, toy('Route', 'r', 'x')]))).toEqual({
      'default/a': ['default/r@0', 'common'],
      'default/b': [],
    })
  })

  it('vary with the resources that are present on a proxy', () => {
    const resources = [toy('Route', 'r', 'x'), toy('Route', 's', 'y', 2), toy('Target', 't', 'y')]
    expect(held(snapshotOf([...proxies, ...resources]))).toEqual({
      'default/a': ['default/r@0', 'common'],
      'default/b': ['default/s@1', 'common'],
    })
  })

  it('share no socket: the verdict of the loser has a conflict', () => {
    const fleet = toyTranslator()(snapshotOf([...proxies, toy('Route', 'r', 'x'), toy('Route', 's', 'x')]))
    expect([...(fleet.proxies.get('default/a')?.config.listeners.keys() ?? [])]).toEqual(['default/r@0'])
    expect(fleet.verdicts.get('Route/default/s')).toEqual({
      problems: [
        {
          condition: 'Accepted',
          reason: 'PortConflict',
          path: 'metadata.labels.port',
          message:
            'The socket udp:1 is in use by Toy default/r, which comes first by name at equal age. Choose another one, or free it.',
        },
      ],
      notes: ['default/s'],
    })
  })

  it('are absent without resources', () => {
    expect(toyTranslator()(EMPTY_SNAPSHOT)).toEqual({
      proxies: new Map(),
      verdicts: new Map(),
      destinations: new Map(),
    })
    expect(held(snapshotOf(proxies))).toEqual({ 'default/a': [], 'default/b': [] })
  })
})
