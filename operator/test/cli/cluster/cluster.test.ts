/** The commands that observe a cluster, with a fake API server and fake proxies over real HTTP. */
import { type FakeServer, startFakeProxy } from '@l7mesh/proxy-client/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { VIRTUAL_SERVICE } from '../../support/kinds.ts'
import { operatorPod } from '../support/cluster-manifests.ts'
import { startCluster, type TestCluster } from '../support/cluster-server.ts'
import { echo, folderWith, proxyPod } from '../support/folder.ts'
import { l7mesh } from '../support/process-io.ts'

let proxy: FakeServer
let cluster: TestCluster

beforeEach(async () => {
  proxy = await startFakeProxy()
  onTestFinished(() => proxy.stop())
  cluster = await startCluster()
})

const run = (command: string, ...argv: readonly string[]) =>
  l7mesh([command, '--kubeconfig', cluster.kubeconfig, ...argv])

const steady = (text: string) =>
  text
    .replaceAll(`127.0.0.1:${proxy.port}`, 'PROXY')
    .replaceAll(/@[0-9a-f]{10}/g, '@HASH')
    .replaceAll(/context test of \S+config/g, 'CONTEXT')

/** Programs the proxy with the manifests, as an operator would. */
async function converge(...texts: readonly string[]): Promise<void> {
  const folder = await folderWith({ 'pod.yaml': proxyPod(proxy.port), 'mesh.yaml': texts.join('---\n') })
  expect(await l7mesh(['run', '--source', folder, '--once', '--log', 'pretty'])).toMatchObject({ code: 0 })
}

describe('an operator with other settings', () => {
  it('is followed: its namespaces', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000), echo(9001, 'theirs').replace('namespace: mesh', 'namespace: games'))
    expect((await run('diff')).out).toContain('games/virtualservices/theirs')
    cluster.apply(operatorPod('--namespace=mesh', '--namespace', 'l7mp'))
    expect((await run('diff')).out).not.toContain('games/virtualservices/theirs')
  })

  it('is followed: its selector scope, unless it is given', async () => {
    cluster.apply(
      proxyPod(proxy.port),
      echo(9000).replace('namespace: mesh', 'namespace: games'),
      operatorPod('--selector-scope=namespace'),
    )
    expect(await run('diff')).toMatchObject({ code: 0 })
    expect(await run('diff', '--selector-scope', 'all')).toMatchObject({ code: 1 })
  })
})

describe('diff', () => {
  it('shows the pending calls without making them', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    const { code, out, err } = await run('diff')
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(steady(out)).toContain(
      'mesh/ingress PROXY  needs 5 calls\n  + cluster mesh/virtualservices/echo/cluster@HASH',
    )
    await converge(echo(9000))
    expect(steady((await run('diff')).out)).toBe('mesh/ingress PROXY  converged\n')
  })

  it('reaches the pods directly on request', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    expect((await run('diff', '--via', 'pods')).code).toBe(1)
    expect(cluster.requests.filter(({ path }) => path.includes('/proxy/'))).toEqual([])
    expect((await run('diff', '--via', 'apiserver')).code).toBe(1)
    expect(cluster.requests.filter(({ path }) => path.includes('/proxy/'))).not.toEqual([])
  })

  it('ignores objects of namespaces that may not be read', async () => {
    const theirs = echo(9001, 'theirs').replace('namespace: mesh', 'namespace: games')
    cluster.apply(proxyPod(proxy.port), echo(9000), theirs)
    await converge(echo(9000), theirs)
    cluster.forbid = ({ path }) => !path.includes('/namespaces/mesh/')
    const { code, out, err } = await run('diff')
    expect({ code, out: steady(out) }).toEqual({ code: 0, out: 'mesh/ingress PROXY  converged\n' })
    expect(err).toContain('only namespace mesh may be read')
    cluster.apply(echo(9002))
    expect((await run('diff')).out).not.toContain('games/')
  })

  it('fails if something cannot be read', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    await converge(echo(9000))
    cluster.forbid = ({ path }) => path.endsWith('/virtualservices')
    expect(await run('diff')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('permission denied') })
    cluster.forbid = () => false
    cluster.api.removeKind(VIRTUAL_SERVICE)
    expect(await run('diff')).toMatchObject({ code: 2, err: expect.stringContaining('Install the CRDs') })
  })

  it('explains what to do if there are no proxies', async () => {
    cluster.apply(proxyPod(proxy.port))
    expect((await run('diff', '-n', 'games')).err).toContain('there are no proxies in namespace games')
    expect((await run('diff', '-n', 'games')).err).toContain('Use -A for all namespaces.')
  })

  it('does not mix a folder with a cluster', async () => {
    expect((await run('diff', '/some/folder')).err).toBe(
      'l7mesh: /some/folder is a folder or file, but --kubeconfig requires a cluster\n' +
        '        Omit one of the two.\n',
    )
  })
})

describe('config', () => {
  it('shows both configs of a pod', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    expect(await run('config', 'ingress')).toMatchObject({ code: 1, out: expect.stringContaining('desired  listener') })
    await converge(echo(9000))
    const { code, out } = await run('config', 'mesh/ingress', '-n', 'games')
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('both  listener') })
  })

  it('shows the config of a proxy that is not ready', async () => {
    cluster.apply(proxyPod(proxy.port).replaceAll("'True'", "'False'"), echo(9000))
    await converge(echo(9000))
    expect(await run('config', 'ingress', '--live')).toMatchObject({
      code: 0,
      out: expect.stringContaining('mesh/virtualservices/echo'),
    })
  })

  it('lists the proxies', async () => {
    cluster.apply(proxyPod(proxy.port))
    expect(await run('config', 'other')).toMatchObject({
      code: 2,
      err: 'l7mesh: proxy other not found\n        The proxies are: mesh/ingress.\n',
    })
  })
})

describe('validate', () => {
  it('finds no problems', async () => {
    cluster.apply(proxyPod(proxy.port), echo(9000))
    expect(await run('validate')).toEqual({ code: 0, err: '', out: '1 object in namespace mesh: no problems\n' })
  })

  it('finds violations of the schema, and what does not work', async () => {
    cluster.apply(proxyPod(proxy.port))
    cluster.apply(echo(90_000), echo(9001, 'a'), echo(9001, 'b'), echo(9002, 'c').replace('spec:', 'spec:\n  extra: 1'))
    const { code, out } = await run('validate', '-A')
    expect(code).toBe(1)
    expect(out).toMatchInlineSnapshot(`
      "VirtualService mesh/b: error L7M0204: spec.listener.spec: The socket udp:9001 is in use by VirtualService mesh/a, which comes first by name at equal age. Choose another one, or free it.
      VirtualService mesh/c: error L7M0110: spec.extra: unknown field
          the fields here are selector, listener, options, updateOwners
      VirtualService mesh/echo: error L7M0103: spec.listener.spec.UDP.port: 90000 is too large
          use a number from 1 to 65535
      4 objects in all namespaces: 3 errors
      "
    `)
  })
})

describe('a cluster that cannot be used', () => {
  it.each([
    [['--context', 'other'], 'has no context other', 'Give one of these with --context: test.'],
    [['--kubeconfig', '/no/such/file'], 'cannot read the kubeconfig /no/such/file', 'Give another one'],
  ])('%s', async (argv, message, help) => {
    const { code, err } = await run('status', ...argv)
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) })
    expect(err).toContain(help)
  })

  it('is unavailable', async () => {
    const folder = await folderWith({
      config: JSON.stringify({
        clusters: [{ name: 'x', cluster: { server: 'http://127.0.0.1:1' } }],
        users: [],
        contexts: [{ name: 'x', context: { cluster: 'x', user: '' } }],
        'current-context': 'x',
      }),
    })
    const { code, err } = await l7mesh(['diff', '--kubeconfig', `${folder}/config`])
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('http://127.0.0.1:1 cannot be used') })
    expect(err).toContain('Check that the cluster runs')
  })

  it('does not exist', async () => {
    expect(await l7mesh(['diff'], { variables: { HOME: '/no/such/home' } })).toEqual({
      code: 2,
      out: '',
      err:
        'l7mesh: no kubeconfig found\n' +
        '        Give one with --kubeconfig, or set KUBECONFIG. To use a folder of manifests, name it.\n',
    })
  })

  it('rejects the credentials', async () => {
    cluster.api.fault = () => ({ type: 'status', status: 401, message: 'Unauthorized' })
    expect((await run('status')).err).toContain('Log in again, or give another --context.')
  })
})
