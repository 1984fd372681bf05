import { createCompare, EMPTY_CONFIG } from '@l7mesh/proxy-client'
import { describe, expect, it } from 'vitest'
import { initialState, NO_PROXIES, type ProxyState } from '../../../src/converge/state.ts'
import type { Pod } from '../../../src/kinds/core-types.ts'
import { changeText, trackChanges } from '../../../src/report/live/changes.ts'
import type { AppReport } from '../../../src/report/report.ts'
import type { Manifest } from '../../../src/sources/manifest.ts'
import { EMPTY_SNAPSHOT } from '../../../src/sources/snapshot.ts'

const manifest = (name: string): Manifest => ({
  apiVersion: 'l7mp.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'dns' },
})

const proxy = (phase: ProxyState['phase'], lastRunAt?: number): ProxyState => ({
  ...initialState({
    proxy: { key: 'l7mp/a', uid: '', address: '127.0.0.1', port: 1234 },
    config: EMPTY_CONFIG,
    parts: new Map(),
  }),
  phase,
  lastRun: lastRunAt === undefined ? undefined : { at: lastRunAt, took: 1, calls: 1, cause: 'change' },
})

const pod = (ready: boolean): Pod => ({
  metadata: { name: 'a', namespace: 'dns' },
  spec: { containers: [] },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
})

type Moment = {
  readonly files?: Readonly<Record<string, readonly Manifest[]>>
  readonly proxies?: readonly ProxyState[]
  readonly pods?: readonly Pod[]
  readonly rejected?: AppReport['rejected']
}

const report = ({ files = {}, proxies = [], pods = [], rejected = new Map() }: Moment): AppReport => ({
  snapshot: { ...EMPTY_SNAPSHOT, pods: new Map(pods.map(found => [`dns/${found.metadata.name}`, found])) },
  fleet: undefined,
  leads: true,
  rejected,
  compare: createCompare(),
  problems: [],
  statuses: () => new Map(),
  proxies: new Map(proxies.map((state, i) => [`l7mp/${i}`, state])),
  phases: {
    ...NO_PROXIES,
    ...Object.fromEntries(
      Map.groupBy(proxies, ({ phase }) => phase)
        .entries()
        .map(([phase, all]) => [phase, all.length]),
    ),
  },
  manifests: Object.values(files).flat(),
  located: () =>
    new Map(
      Object.entries(files).flatMap(([file, manifests]) =>
        manifests.map(({ kind, metadata }) => [`l7mp.io/${kind}/dns/${metadata.name}`, `mesh/${file}:1`] as const),
      ),
    ),
})

/** Feeds reports at given times, and returns the changes as text. */
function said(moments: readonly (Moment & { readonly at: number })[], savedAt?: number): readonly string[] {
  let now = 0
  const follow = trackChanges({ now: () => now, savedAt: () => savedAt, folder: './mesh/' })
  return moments.flatMap(moment => {
    now = moment.at
    const change = follow(report(moment))
    return change ? [changeText(change)] : []
  })
}

const before = { a: [manifest('a')] }
const after = { a: [manifest('a')] }

describe('a change is reported when it has been applied', () => {
  it('on all proxies, with the time from saving the file to the last of them', () => {
    const moments = [
      { at: 0, files: before, proxies: [proxy('converged'), proxy('converged')] },
      { at: 103, files: after, proxies: [proxy('converging'), proxy('converging')] },
      { at: 108, files: after, proxies: [proxy('converged', 108), proxy('converging')] },
      { at: 114, files: after, proxies: [proxy('converged', 108), proxy('converged', 114)] },
      { at: 200, files: after, proxies: [proxy('converged', 108), proxy('converged', 114)] },
    ]
    expect(said(moments, 100)).toEqual(['a saved → on 2 proxies in 14 ms'])
  })

  it('measures from the observation if the file has an old date', () => {
    const moments = [
      { at: 0, files: before, proxies: [proxy('converged')] },
      { at: 10_000, files: after, proxies: [proxy('converging')] },
      { at: 10_005, files: after, proxies: [proxy('converged', 10_005)] },
    ]
    expect(said(moments, 100)).toEqual(['a saved → on 1 proxy in 5 ms'])
  })

  it('reports that no proxy needs a change, and how many proxies have not converged', () => {
    expect(
      said([
        { at: 0, files: before, proxies: [proxy('converged')] },
        { at: 5, files: after, proxies: [proxy('converged')] },
      ]),
    ).toEqual(['a saved → no proxy needs a change'])
    expect(
      said([
        { at: 0, files: before, proxies: [proxy('converged'), proxy('converged')] },
        { at: 5, files: after, proxies: [proxy('converged', 6), proxy('failing', 6)] },
      ]),
    ).toEqual(['a saved → on 2 proxies in 1 ms; 1 proxy has not converged'])
  })

  it('merges changes that come before the first has been applied', () => {
    const files = { a: before.a, b: [manifest('b')], c: [manifest('c')] }
    const moments = [
      { at: 0, files: before, proxies: [proxy('converged')] },
      { at: 5, files: { a: after.a, b: files.b }, proxies: [proxy('converging')] },
      { at: 7, files: { a: after.a, b: files.b, c: files.c }, proxies: [proxy('converging')] },
      { at: 9, files: { a: after.a, b: files.b, c: files.c }, proxies: [proxy('converged', 9)] },
    ]
    expect(said(moments)).toEqual(['a saved, b saved and 1 more → on 1 proxy in 4 ms'])
  })

  it('reports deleted objects, and pods that matter to a proxy', () => {
    expect(
      said([
        { at: 0, files: before, proxies: [proxy('converged')] },
        { at: 5, files: {}, proxies: [proxy('converged', 6)] },
      ]),
    ).toEqual(['a saved → on 1 proxy in 1 ms'])
    expect(
      said([
        { at: 0, pods: [pod(false)], proxies: [proxy('converged')] },
        { at: 5, pods: [pod(true)], proxies: [proxy('converging')] },
        { at: 9, pods: [pod(true)], proxies: [proxy('converged', 9)] },
        { at: 20, pods: [], proxies: [proxy('converged', 9)] },
      ]),
    ).toEqual(['pod dns/a ready → on 1 proxy in 4 ms'])
  })

  it('reports a rejected file', () => {
    const finding = { path: 'spec', message: 'is missing', help: 'add it' }
    expect(
      said([
        { at: 0, files: before, proxies: [proxy('converged')] },
        {
          at: 5,
          files: before,
          proxies: [proxy('converged')],
          rejected: new Map([['VirtualService/dns/a', [finding]]]),
        },
        {
          at: 9,
          files: before,
          proxies: [proxy('converged')],
          rejected: new Map([['VirtualService/dns/a', [finding]]]),
        },
      ]),
    ).toEqual(['a rejected → no proxy needs a change'])
  })
})
