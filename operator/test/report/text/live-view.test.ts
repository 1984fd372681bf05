import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Overview } from '../../../src/report/overview.ts'
import type { ResourceCondition } from '../../../src/report/status.ts'
import { type LiveView, viewLines } from '../../../src/report/text/live-view.ts'
import { COLORED, PLAIN } from '../../../src/report/text/style.ts'

const SIZE = { columns: 100, rows: 40 }

const inForce: readonly ResourceCondition[] = [
  { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' },
  { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '' },
  { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'programmed on 1 of 1 proxies' },
  { type: 'EndpointsReady', status: 'True', reason: 'EndpointsReady', message: '1 of 1 endpoints are ready' },
]
const good: Overview = {
  proxies: [
    {
      proxy: 'l7mp/l7mp-ingress-node-1',
      address: '127.0.0.1:1234',
      phase: 'converged',
      objects: 7,
      desired: 7,
      problems: [],
    },
  ],
  pods: [{ pod: 'dns/dns-63d44cafd7-0', address: '127.73.0.1', state: 'ready', ready: true, restarts: 0 }],
  resources: [
    {
      kind: 'VirtualService',
      namespace: 'dns',
      name: 'kube-dns',
      where: 'mesh/dns.yaml:2',
      observedGeneration: 1,
      conditions: inForce,
      proxies: { selected: 1, programmed: 1 },
      endpoints: { ready: 1, total: 1 },
    },
  ],
  problems: [],
}
const view: LiveView = {
  folder: 'mesh',
  overview: good,
  sessions: new Map(),
  lastChange: undefined,
  note: undefined,
  hint: 'dig @127.0.0.1 -p 5053 web.l7mesh.test',
  stage: 'running',
}
const shown = (changed: Partial<LiveView> = {}, size = SIZE) =>
  viewLines({ ...view, ...changed }, size, PLAIN).join('\n')
const withOverview = (changed: Partial<Overview>) => ({ overview: { ...good, ...changed } })

describe('the live view', () => {
  it('shows a mesh with all resources programmed', () => {
    const lastChange = { at: Date.UTC(2026, 0, 1), what: 'dns.yaml saved', proxies: 1, took: 14, missing: 0 }
    const sessions = new Map([['l7mp/l7mp-ingress-node-1', 12]])
    expect(shown({ lastChange, sessions }).replace(/\d\d:\d\d:\d\d/, 'HH:MM:SS')).toMatchInlineSnapshot(`
      "l7mesh up mesh  all resources programmed

      PROXY                     ADDRESS         STATE      OBJECTS  SESSIONS
      l7mp/l7mp-ingress-node-1  127.0.0.1:1234  converged  7/7      12

      RESOURCE                     ACCEPTED  REFS  PROGRAMMED  PROXIES  ENDPOINTS
      VirtualService dns/kube-dns  yes       yes   yes         1/1      1/1

      POD                   ADDRESS     STATE  RESTARTS
      dns/dns-63d44cafd7-0  127.73.0.1  ready  0

      HH:MM:SS dns.yaml saved → on 1 proxy in 14 ms
      Try dig @127.0.0.1 -p 5053 web.l7mesh.test
      Ctrl-C stops the mesh and all of its processes."
    `)
  })

  it('shows what it waits for', () => {
    expect(shown({ overview: undefined })).toContain('l7mesh up mesh  reading the folder')
    expect(shown(withOverview({ proxies: [], pods: [], resources: [] }))).toContain('no pods to run')
    const pending = { pod: 'a/b', address: undefined, state: 'pending', ready: false, restarts: 0 }
    expect(shown(withOverview({ pods: [pending], proxies: [] }))).toContain('l7mesh up mesh  starting')
    expect(shown({ stage: 'stopping' })).toContain('stopping: waiting for the processes to exit')
    expect(shown({ stage: 'stopped' })).toContain('stopped: all processes have exited')
  })

  it('shows problems, with the file and line', () => {
    const conditions: readonly ResourceCondition[] = [
      {
        type: 'Accepted',
        status: 'False',
        reason: 'PortConflict',
        message: 'spec.listener.spec.UDP.port: VirtualService dns/first has UDP port 5053 on l7mp/l7mp-ingress-node-1',
      },
      { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '' },
      { type: 'Programmed', status: 'False', reason: 'NotAccepted', message: 'It is not programmed' },
      { type: 'EndpointsReady', status: 'False', reason: 'NoEndpoints', message: 'spec.cluster: selects no pod' },
    ]
    const [resource] = good.resources
    if (!resource) throw new Error('no resource')
    const overview: Overview = {
      ...good,
      resources: [
        { ...resource, conditions, proxies: { selected: 0, programmed: 0 }, endpoints: { ready: 0, total: 2 } },
      ],
      problems: [
        { where: 'mesh/broken.yaml:7', message: 'Nested mappings are not allowed', help: 'Put it in quotes.' },
      ],
    }
    expect(shown({ overview }, { columns: 70, rows: 40 })).toMatchInlineSnapshot(`
      "l7mesh up mesh  not all resources programmed: see below

      PROXY                     ADDRESS         STATE      OBJECTS
      l7mp/l7mp-ingress-node-1  127.0.0.1:1234  converged  7/7

      RESOURCE                     ACCEPTED      REFS  PROGRAMMED   PROXIES  ENDPOINTS
      VirtualService dns/kube-dns  PortConflict  yes   NotAccepted  0/0      0/2

      POD                   ADDRESS     STATE  RESTARTS
      dns/dns-63d44cafd7-0  127.73.0.1  ready  0

      ✗ mesh/broken.yaml:7
        Nested mappings are not allowed
        Put it in quotes.
      ✗ mesh/dns.yaml:2  VirtualService dns/kube-dns
        Accepted is False, PortConflict: spec.listener.spec.UDP.port:
        VirtualService dns/first has UDP port 5053 on
        l7mp/l7mp-ingress-node-1
      ✗ mesh/dns.yaml:2  VirtualService dns/kube-dns
        EndpointsReady is False, NoEndpoints: spec.cluster: selects no pod

      Try dig @127.0.0.1 -p 5053 web.l7mesh.test
      Ctrl-C stops the mesh and all of its processes."
    `)
  })

  it('shows a problem of both a proxy and a resource once', () => {
    const [proxy] = good.proxies
    const [resource] = good.resources
    if (!proxy || !resource) throw new Error('nothing to show')
    const programmed = (reason: 'PortBusy' | 'ProxyUnreachable', message: string): ResourceCondition => ({
      type: 'Programmed',
      status: 'False',
      reason,
      message: `programmed on 0 of 1 proxies; l7mp/a: ${message}`,
    })
    const busy = shown(
      withOverview({
        proxies: [{ ...proxy, phase: 'failing', problems: ['the port is taken'] }],
        resources: [{ ...resource, conditions: [programmed('PortBusy', 'the port is taken')] }],
      }),
    )
    expect(busy.match(/the port is taken/g)).toHaveLength(1)
    expect(busy).toContain('✗ mesh/dns.yaml:2  VirtualService dns/kube-dns')
    const lost = shown(
      withOverview({
        proxies: [{ ...proxy, phase: 'unreachable', problems: ['it does not answer'] }],
        resources: [{ ...resource, conditions: [programmed('ProxyUnreachable', 'it does not answer')] }],
      }),
    )
    expect(lost.match(/it does not answer/g)).toHaveLength(1)
    expect(lost).toContain('✗ l7mp/l7mp-ingress-node-1\n  it does not answer')
  })

  it.each([6, 8, 10, 14, 20, 30])('fits %i lines, and shows the number of further lines', rows => {
    const pods = Array.from({ length: 50 }, (_, i) => ({
      pod: `dns/dns-${i}`,
      address: '127.1.1.1',
      state: 'ready',
      ready: true,
      restarts: 0,
    }))
    const lines = viewLines({ ...view, ...withOverview({ pods }) }, { columns: 80, rows }, PLAIN)
    expect(lines.length).toBeLessThanOrEqual(rows)
    expect(lines[0]).toBe('l7mesh up mesh  all resources programmed')
    expect(lines.at(-1)).toBe('Ctrl-C stops the mesh and all of its processes.')
    if (rows >= 14) expect(lines.join('\n')).toMatch(/… and \d+ more lines\n/)
  })

  it('has the same text with colors', () => {
    const colored = viewLines(view, SIZE, COLORED).join('\n')
    expect(colored).toContain('\x1b[32mconverged\x1b[39m')
    expect(stripVTControlCharacters(colored)).toBe(shown())
  })
})
