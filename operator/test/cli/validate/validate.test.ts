import { execFileSync } from 'node:child_process'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { echo, folderWith } from '../support/folder.ts'
import { l7mesh } from '../support/process-io.ts'

it('finds no problems', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(9000) })
  expect(await l7mesh(['validate', folder])).toEqual({
    code: 0,
    out: '1 object in 1 file: no problems\n',
    err: '',
  })
})

it('reports what an API server would reject, with the location', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(90_000), 'more/target.yaml': echo(9000).replace('Virt', 'Vrit') })
  const { code, out } = await l7mesh(['validate', folder])
  expect(code).toBe(1)
  expect(out.replaceAll(folder, 'DIR')).toMatchInlineSnapshot(`
    "DIR/echo.yaml:1: error L7M0103: VirtualService mesh/echo spec.listener.spec.UDP.port: 90000 is too large
        use a number from 1 to 65535
    DIR/more/target.yaml:1: error L7M0003: l7mp.io/v1 has no kind VritualService
        Did you mean VirtualService?
    2 objects in 2 files: 2 errors
    "
  `)
})

it('reports invalid YAML, documents that are not resources, and duplicates', async () => {
  const folder = await folderWith({
    'a.yaml': 'kind: {',
    'b.yaml': 'hello',
    'c.yaml': `${echo(1)}---\n${echo(2)}`,
    'd.json': '[1',
  })
  const { code, out } = await l7mesh(['validate', folder])
  expect(code).toBe(1)
  expect(out.replaceAll(folder, 'DIR')).toMatchInlineSnapshot(`
    "DIR/a.yaml:1: error L7M0002: Flow map in block collection must be sufficiently indented and end with a }
        Align the line with its neighbours: fields of one object start in the same column.
    DIR/b.yaml:1: error L7M0003: not a Kubernetes object
        Write apiVersion, kind and metadata.name.
    DIR/c.yaml:21: error L7M0004: VirtualService mesh/echo: is defined again; the one at DIR/c.yaml:1 is used
        remove one of the two, or rename it
    DIR/d.json:1: error L7M0002: Expected ',' or ']' after array element in JSON
        Write valid JSON: no comments, no trailing comma.
    3 objects in 4 files: 4 errors
    "
  `)
})

it('accepts identical copies of an object', async () => {
  const folder = await folderWith({ 'a.yaml': echo(1), 'b.yaml': echo(1) })
  expect((await l7mesh(['validate', folder])).code).toBe(0)
})

it('rejects unknown fields of spec', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(9000).replace('  listener:', '  listner: {}\n  listener:') })
  const { code, out } = await l7mesh(['validate', folder])
  expect(code).toBe(1)
  expect(out).toContain(': error L7M0110: VirtualService mesh/echo spec.listner: unknown field')
  expect(out).toContain('did you mean listener?')
})

it('warns about unknown fields elsewhere, which are errors with --strict', async () => {
  const folder = await folderWith({ 'echo.yaml': `${echo(9000)}\nstatuss: {}\n` })
  const [lax, strict] = [await l7mesh(['validate', folder]), await l7mesh(['validate', folder, '--strict'])]
  expect([lax.code, strict.code]).toEqual([0, 1])
  expect(lax.out).toContain(': warning L7M0108: VirtualService mesh/echo statuss: ')
  expect(strict.out).toContain(': error L7M0108: VirtualService mesh/echo statuss: ')
})

it('reads the standard input, and single files of any name', async () => {
  const folder = await folderWith({ 'echo.txt': echo(9000) })
  const { code, out } = await l7mesh(['validate', '-', `${folder}/echo.txt`], { stdin: echo(9001, 'other') })
  expect({ code, out }).toEqual({ code: 0, out: '2 objects in 2 files: no problems\n' })
})

it('skips hidden files and installed packages', async () => {
  const folder = await folderWith({ '.git/a.yaml': '{', 'node_modules/x/b.json': '{', 'echo.yaml': echo(9000) })
  expect((await l7mesh(['validate', folder])).out).toBe('1 object in 1 file: no problems\n')
})

it('does not block on a pipe in a folder', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(9000) })
  execFileSync('mkfifo', [`${folder}/pipe.yaml`])
  await symlink('pipe.yaml', `${folder}/link.yaml`)
  expect((await l7mesh(['validate', folder])).out).toBe('1 object in 1 file: no problems\n')
})

it('has the same content for programs', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(0) })
  const { code, out } = await l7mesh(['validate', folder, '-o', 'json'])
  const { findings, ...summary } = JSON.parse(out)
  expect(code).toBe(1)
  expect(summary).toEqual({ files: 1, objects: 1, errors: findings.length, warnings: 0 })
  expect(findings[0]).toMatchObject({
    code: 'L7M0103',
    severity: 'error',
    where: `${folder}/echo.yaml:1`,
    object: 'VirtualService mesh/echo',
    path: 'spec.listener.spec.UDP.port',
  })
})

it('fails if a path does not exist', async () => {
  const folder = await folderWith({ 'a.txt': '' })
  expect((await l7mesh(['validate', `${folder}/b.yaml`])).err).toContain(' does not exist')
  expect(await l7mesh(['validate', folder])).toMatchObject({
    code: 2,
    err: `l7mesh: no manifests in ${folder}\n        Manifests are files that end in .yaml, .yml or .json, or any files that are given as arguments.\n`,
  })
})

const DAEMONSET = `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: ingress
  namespace: mesh
spec:
  selector:
    matchLabels:
      app: ingress
  template:
    metadata:
      labels:
        app: ingress
    spec:
      containers:
        - name: l7mp
          image: l7mp/l7mp:0.5.7
`

it('reports what would not work on the simulated proxies of workloads', async () => {
  const folder = await folderWith({
    'ingress.yaml': DAEMONSET,
    'echo.yaml': `${echo(9000)}---\n${echo(9000, 'second')}`,
    'lost.yaml': echo(9002, 'lost')
      .replace('destination:', 'destinationRef: nowhere')
      .replace(/\n +spec:\n +Echo: {}/, ''),
  })
  const { code, out } = await l7mesh(['validate', folder])
  expect(code).toBe(1)
  expect(out.replaceAll(folder, 'DIR')).toMatchInlineSnapshot(`
    "DIR/echo.yaml:21: error L7M0204: VirtualService mesh/second spec.listener.spec: The socket udp:9000 is in use by VirtualService mesh/echo, which comes first by name at equal age. Choose another one, or free it.
    DIR/lost.yaml:1: warning L7M0301: VirtualService mesh/lost spec.listener.rules[0].action.route.destinationRef: Target, VirtualService or Service mesh/nowhere not found. l7mesh does not see clusters in a proxy's own config file: create a Target of that name.
    4 objects in 3 files: 1 error, 1 warning
    "
  `)
})

it('reads UTF-16, as written by PowerShell, and ignores what is not a file', async () => {
  const folder = await folderWith({ 'echo.yaml': echo(9000) })
  const little = Buffer.from(`\uFEFF${echo(9001, 'little')}---\n${echo(9001, 'second')}`, 'utf16le')
  await writeFile(join(folder, 'little.yaml'), little)
  await writeFile(join(folder, 'big.yaml'), Buffer.from(`\uFEFF${echo(90_000, 'big')}`, 'utf16le').swap16())
  execFileSync('sh', ['-c', 'mkfifo pipe.yaml'], { cwd: folder })
  await symlink('pipe.yaml', join(folder, 'link.yaml'))
  const { code, out } = await l7mesh(['validate', folder])
  expect(code).toBe(1)
  expect(out.replaceAll(folder, 'DIR')).toMatchInlineSnapshot(`
    "DIR/big.yaml:1: error L7M0103: VirtualService mesh/big spec.listener.spec.UDP.port: 90000 is too large
        use a number from 1 to 65535
    4 objects in 3 files: 1 error
    "
  `)
})
