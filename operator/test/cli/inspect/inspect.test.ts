/** The commands that read proxies, with a fake proxy over real HTTP. */
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { l7mesh } from '../support/process-io.ts'

let proxy: FakeServer
let address: string

beforeEach(async () => {
  const server = await startFakeProxy()
  onTestFinished(() => server.stop())
  proxy = server
  address = `127.0.0.1:${server.port}`
})

const meshWith = (...echoes: readonly string[]) =>
  folderWith({ 'pod.yaml': proxyPod(proxy.port), 'echo.yaml': echoes.join('---\n') })

/** Programs the proxy with the folder. */
async function converge(folder: string): Promise<void> {
  const { code, out } = await l7mesh(['run', '--source', folder, '--once', '--log', 'pretty'])
  expect({ code, out }).toMatchObject({ code: 0 })
}

const withoutStatus = (manifest: string) => manifest.slice(0, manifest.indexOf('status:'))

/** Replaces what differs between runs, and hashes of contents. */
const steady = (text: string) =>
  text
    .replaceAll(address, 'PROXY')
    .replaceAll(/@[0-9a-f]{10}/g, '@HASH')
    .replaceAll(/\/[^ ]*l7mesh-cli-[^/\s]*/g, 'DIR')

describe('run --once', () => {
  it('fills the proxy, and logs the changes', async () => {
    const folder = await meshWith(echo(9000))
    const { code, out } = await l7mesh(['run', '--source', folder, '--once', '--log', 'pretty'])
    expect(code).toBe(0)
    expect(steady(out).replaceAll(/^\d\d:\d\d:\d\d/gm, 'HH:MM:SS')).toMatchInlineSnapshot(`
      "HH:MM:SS running DIR
      HH:MM:SS proxy mesh/ingress at PROXY converged: 5 objects
      HH:MM:SS DIR/echo.yaml:1: VirtualService mesh/echo Programmed: programmed on 1 of 1 proxies
      "
    `)
  })

  it('exits with 1 if a resource is not programmed', async () => {
    const folder = await meshWith(echo(9000), echo(9000, 'second'))
    const { code, out } = await l7mesh(['run', '--source', folder, '--once', '--log', 'json'])
    expect(code).toBe(1)
    const lines = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', resource: 'VirtualService mesh/second', reason: 'PortConflict' }),
    )
  })

  it('writes status files, but not into the folder of manifests', async () => {
    const folder = await meshWith(echo(9000))
    expect(await l7mesh(['run', '--source', folder, '--once', '--status-dir', `${folder}/status`])).toMatchObject({
      code: 2,
      err: expect.stringContaining('is inside the folder of manifests'),
    })
  })
})

describe('diff', () => {
  it('shows the pending calls without making them', async () => {
    const folder = await meshWith(echo(9000))
    const { code, out } = await l7mesh(['diff', folder])
    expect(code).toBe(1)
    expect(steady(out)).toMatchInlineSnapshot(`
      "mesh/ingress PROXY  needs 5 calls
        + cluster mesh/virtualservices/echo/cluster@HASH
        + route mesh/virtualservices/echo/route@HASH
        + rule mesh/virtualservices/echo/rule@HASH
        + rulelist mesh/virtualservices/echo/rules
        + listener mesh/virtualservices/echo@HASH
      "
    `)
    expect(proxy.proxy.received.filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('reports that the proxy has converged', async () => {
    const folder = await meshWith(echo(9000))
    await converge(folder)
    const { code, out } = await l7mesh(['diff', folder])
    expect({ code, out: steady(out) }).toEqual({ code: 0, out: 'mesh/ingress PROXY  converged\n' })
  })

  it('shows the differences from the replaced object', async () => {
    await converge(await meshWith(echo(9000)))
    const { out } = await l7mesh(['diff', await meshWith(echo(9001))])
    expect(steady(out)).toContain('/spec/port: 9000 -> 9001')
  })

  it('has the plan for programs, with the steps that end sessions', async () => {
    const { code, out } = await l7mesh(['diff', await meshWith(echo(9000)), '-o', 'json'])
    const { proxies } = JSON.parse(out)
    expect(code).toBe(1)
    expect(proxies).toHaveLength(1)
    expect(proxies[0]).toMatchObject({ proxy: 'mesh/ingress', address })
    expect(proxies[0].steps[0]).toMatchObject({ id: 0, needs: [], call: { op: 'create', kind: 'cluster' } })
    expect(proxies[0].steps.map((step: { endsSessions: boolean }) => step.endsSessions)).not.toContain(true)
  })

  it('lists the sessions that would end first', async () => {
    const call = (port: number, peer: number) =>
      meshWith(echo(port).replace(/port: .*/, `{ port: ${port}, connect: { address: 127.0.0.1, port: ${peer} } }`))
    await converge(await call(9000, 9001))
    const changed = await call(9000, 9002)
    expect(steady((await l7mesh(['diff', changed])).out)).toMatchInlineSnapshot(`
      "mesh/ingress PROXY  needs 2 calls
        ! ends the session of mesh/virtualservices/echo@HASH
        + listener mesh/virtualservices/echo@HASH
            /spec/connect/port: 9001 -> 9002
        - listener mesh/virtualservices/echo@HASH ends sessions
      "
    `)
    expect(steady((await l7mesh(['diff', await call(9003, 9001)])).out)).toMatchInlineSnapshot(`
      "mesh/ingress PROXY  needs 2 calls
        ! ends the session of mesh/virtualservices/echo@HASH
        + listener mesh/virtualservices/echo@HASH
            /spec/port: 9000 -> 9003
        - listener mesh/virtualservices/echo@HASH ends sessions
      "
    `)
    const [found] = JSON.parse((await l7mesh(['diff', changed, '-o', 'json'])).out).proxies
    expect(found.endsSessions).toEqual([{ listener: expect.stringContaining('/echo@'), sessions: 'UDP singleton' }])
    expect(found.steps.filter((step: { endsSessions: boolean }) => step.endsSessions)).toHaveLength(1)
  })

  it('compares a proxy by its address', async () => {
    const folder = await folderWith({ 'pod.yaml': withoutStatus(proxyPod(1)), 'echo.yaml': echo(9000) })
    const { code, out } = await l7mesh(['diff', folder, '--proxy', address])
    expect({ code, out: steady(out) }).toMatchObject({ code: 1, out: expect.stringContaining('+ listener mesh/') })
  })

  it('requires --as if the proxies have different desired configs', async () => {
    const other = proxyPod(2, 'other').replace('app: ingress', 'app: other')
    const folder = await folderWith({ 'pods.yaml': `${proxyPod(1)}---\n${other}`, 'echo.yaml': echo(9000) })
    expect(await l7mesh(['diff', folder, '--proxy', address])).toEqual({
      code: 2,
      out: '',
      err: `l7mesh: cannot tell which proxy ${address} is\n        Name it with --as. The proxies are: mesh/ingress, mesh/other.\n`,
    })
    expect((await l7mesh(['diff', folder, '--proxy', address, '--as', 'mesh/other'])).code).toBe(0)
    expect((await l7mesh(['diff', folder, '--proxy', address, '--as', 'ingress'])).code).toBe(1)
    expect((await l7mesh(['diff', folder, '--proxy', address, '--as', 'a/b'])).err).toContain('proxy a/b not found')
  })

  it('fails if a proxy does not respond', async () => {
    const folder = await meshWith(echo(9000))
    proxy.proxy.faults.add({ on: () => true, fault: { kind: 'answer', done: false, status: 500, body: 'oh' } })
    const { code, out } = await l7mesh(['diff', folder])
    expect({ code, out: steady(out) }).toMatchObject({ code: 2, out: expect.stringContaining('cannot be read: ') })
  })

  it('explains how to start a folder that is not running', async () => {
    const folder = await folderWith({ 'echo.yaml': echo(9000) })
    expect((await l7mesh(['diff', folder])).err).toBe(
      `l7mesh: the proxies of ${folder} are not running\n        Start them with l7mesh up ${folder}, or name a running proxy: --proxy HOST:PORT.\n`,
    )
  })
})

describe('status', () => {
  it('shows that all resources programmed', async () => {
    const folder = await meshWith(echo(9000))
    await converge(folder)
    const { code, out } = await l7mesh(['status', folder])
    expect(code).toBe(0)
    expect(steady(out)).toMatchInlineSnapshot(`
      "PROXY         ADDRESS          STATE      OBJECTS  SESSIONS
      mesh/ingress  PROXY  converged  5/5      0

      RESOURCE                  ACCEPTED  REFS  PROGRAMMED  PROXIES  ENDPOINTS
      VirtualService mesh/echo  yes       yes   yes         1/1      -
      "
    `)
  })

  it('reads the proxy instead of cached state', async () => {
    const folder = await meshWith(echo(9000))
    await converge(folder)
    const fresh = await startFakeProxy()
    onTestFinished(() => fresh.stop())
    const moved = await folderWith({ 'pod.yaml': proxyPod(fresh.port), 'echo.yaml': echo(9000) })
    const { code, out } = await l7mesh(['status', moved])
    expect(code).toBe(1)
    expect(steady(out.replaceAll(`:${fresh.port}`, ':PORT'))).toMatchInlineSnapshot(`
      "PROXY         ADDRESS          STATE       OBJECTS  SESSIONS
      mesh/ingress  127.0.0.1:PORT  converging  0/5      0

      RESOURCE                  ACCEPTED  REFS  PROGRAMMED  PROXIES  ENDPOINTS
      VirtualService mesh/echo  yes       yes   Pending     0/1      -

      Pending calls: l7mesh diff DIR
      "
    `)
  })

  it('reports a destination without endpoints, and exits with 1', async () => {
    const toPods = echo(9000).replace(
      'Echo: {}',
      'UDP: { port: 1 }\n              endpoints: [{ selector: { matchLabels: { app: web } } }]',
    )
    const folder = await meshWith(toPods)
    expect(await l7mesh(['run', '--source', folder, '--once', '--log', 'pretty'])).toMatchObject({ code: 1 })
    const { code, out } = await l7mesh(['status', folder])
    expect(code).toBe(1)
    expect(steady(out)).toMatchInlineSnapshot(`
      "PROXY         ADDRESS          STATE      OBJECTS  SESSIONS
      mesh/ingress  PROXY  converged  5/5      0

      RESOURCE                  ACCEPTED  REFS  PROGRAMMED  PROXIES  ENDPOINTS
      VirtualService mesh/echo  yes       yes   yes         1/1      0/0

      ✗ DIR/echo.yaml:1  VirtualService mesh/echo
        EndpointsReady is False, NoEndpoints: spec.listener.rules[0].action.route.destination: selects no pod: check the
        selector, and that the workload is not scaled to 0
      "
    `)
  })

  it('accepts a stub, which creates no listener', async () => {
    const stub = echo(9001, 'stub')
    const folder = await meshWith(echo(9000), stub.slice(0, stub.indexOf('    rules:')))
    await converge(folder)
    const { code, out } = await l7mesh(['status', folder])
    expect(code).toBe(0)
    expect(out).toMatch(/VirtualService mesh\/stub +yes +yes +yes +0\/0 +-/)
  })

  it('reports a name that does not resolve', async () => {
    const byName = echo(9000).replace(
      'Echo: {}',
      'UDP: { port: 1 }\n              endpoints: [{ spec: { address: turn.example.com } }]',
    )
    const folder = await meshWith(byName)
    await converge(folder)
    const absent = async () => {
      throw Object.assign(new Error(), { code: 'ENOTFOUND' })
    }
    expect(await l7mesh(['status', folder], { lookup: absent })).toMatchObject({
      code: 1,
      out: expect.stringContaining('AddressNotResolved: spec.listener.rules[0].action.route.destination: uses'),
    })
    expect(await l7mesh(['status', folder])).toMatchObject({ code: 0 })
  })

  it('has the same content for programs', async () => {
    const folder = await meshWith(echo(9000))
    await converge(folder)
    const { out } = await l7mesh(['status', folder, '-o', 'json'])
    expect(JSON.parse(out)).toMatchObject({
      proxies: [{ proxy: 'mesh/ingress', address, phase: 'converged' }],
      resources: [{ kind: 'VirtualService', namespace: 'mesh', name: 'echo', where: `${folder}/echo.yaml:1` }],
      problems: [],
    })
  })
})

describe('config', () => {
  it('shows both configs, and whether they are equal', async () => {
    const folder = await meshWith(echo(9000))
    const before = await l7mesh(['config', 'mesh/ingress', folder])
    await converge(folder)
    const after = await l7mesh(['config', address, folder])
    expect([before.code, after.code]).toEqual([1, 0])
    expect(steady(before.out)).toMatchInlineSnapshot(`
      "IN       KIND      NAME                                          CONTENT
      desired  cluster   mesh/virtualservices/echo/cluster@HASH  {"spec":{"protocol":"Echo"},"loadbalancer":{"policy":"Trivial"}}
      desired  route     mesh/virtualservices/echo/route@HASH    {"destination":"mesh/virtualservices/echo/cluster@HASH","ingress":[],"egress":[],"retry":{"retry_on":"never","num_retries":1,"timeout":2000}}
      desired  rule      mesh/virtualservices/echo/rule@HASH     {"action":{"route":"mesh/virtualservices/echo/route@HASH"}}
      desired  rulelist  mesh/virtualservices/echo/rules               {"rules":["mesh/virtualservices/echo/rule@HASH"]}
      desired  listener  mesh/virtualservices/echo@HASH          {"spec":{"protocol":"UDP","port":9000},"options":{"track":0},"rules":"mesh/virtualservices/echo/rules"}
      "
    `)
    expect(steady(after.out)).toMatchInlineSnapshot(`
      "IN    KIND      NAME                                          CONTENT
      both  cluster   mesh/virtualservices/echo/cluster@HASH  {"spec":{"protocol":"Echo"},"loadbalancer":{"policy":"Trivial"}}
      both  route     mesh/virtualservices/echo/route@HASH    {"destination":"mesh/virtualservices/echo/cluster@HASH","ingress":[],"egress":[],"retry":{"retry_on":"never","num_retries":1,"timeout":2000}}
      both  rule      mesh/virtualservices/echo/rule@HASH     {"action":{"route":"mesh/virtualservices/echo/route@HASH"}}
      both  rulelist  mesh/virtualservices/echo/rules               {"rules":["mesh/virtualservices/echo/rule@HASH"]}
      both  listener  mesh/virtualservices/echo@HASH          {"spec":{"protocol":"UDP","port":9000},"options":{"track":0},"rules":"mesh/virtualservices/echo/rules"}
      "
    `)
  })

  it('needs no folder for the live config of an address', async () => {
    const { code, out } = await l7mesh(['config', address, '/no/such/folder', '--live', '-o', 'yaml'])
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('listeners: []') })
  })

  it('needs no proxy for the desired config', async () => {
    const folder = await meshWith(echo(9000))
    proxy.proxy.faults.add({ on: () => true, fault: { kind: 'refuse' } })
    const { code, out } = await l7mesh(['config', 'mesh/ingress', folder, '--desired'])
    expect({ code, out: steady(out) }).toMatchObject({
      code: 0,
      out: expect.stringContaining('mesh/virtualservices/echo'),
    })
  })

  it('reports that the proxy cannot be read', async () => {
    proxy.proxy.faults.add({ on: () => true, fault: { kind: 'refuse' } })
    const { code, err } = await l7mesh(['config', address, '--live'])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('Check the address') })
  })
})

describe('a proxy that requires a token', () => {
  it('gets it from the environment, and never shows it', async () => {
    const locked = await startFakeProxy({ token: 'secret-token' })
    onTestFinished(() => locked.stop())
    const argv = ['config', `127.0.0.1:${locked.port}`, '--live']
    expect((await l7mesh(argv)).err).toContain('Set its token in the variable L7MESH_TOKEN.')
    const { code, out, err } = await l7mesh(argv, { variables: { L7MESH_TOKEN: 'secret-token' } })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).not.toContain('secret-token')
  })
})
