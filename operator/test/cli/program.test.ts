import { expect, it } from 'vitest'
import { folderWith } from './support/folder.ts'
import { l7mesh } from './support/process-io.ts'

const SEE = '        See l7mesh --help, or l7mesh help COMMAND.\n'

it('shows the help without a command', async () => {
  const { code, err } = await l7mesh([])
  expect(code).toBe(2)
  expect(err).toContain('Usage: l7mesh [options] [command]')
})

it('shows its help on request', async () => {
  const { code, out, err } = await l7mesh(['--help'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const text of ['up [options] <dir>', 'Exit codes:', '  1             success, but there are', 'NO_COLOR'])
    expect(out).toContain(text)
})

it.each([
  [['stauts'], "unknown command 'stauts' (Did you mean status?)"],
  [['up'], "missing required argument 'dir'"],
  [['status', '--outptu', 'json'], "unknown option '--outptu' (Did you mean --output?)"],
  [
    ['status', '-o', 'xml'],
    "option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are table, json, yaml.",
  ],
  [['up', 'x', '--nodes', '0'], "option '--nodes <count>' argument '0' is invalid. Write a number from 1 to 64."],
  [['version', 'x'], "too many arguments for 'version'. Expected 0 arguments but got 1: x."],
  [['config', 'a/b', '--live', '--desired'], "option '--desired' cannot be used with option '--live'"],
])('reports in one line the mistake in %j', async (argv, message) => {
  expect(await l7mesh(argv)).toEqual({ code: 2, out: '', err: `l7mesh: ${message}\n${SEE}` })
})

it('requires a source', async () => {
  const err =
    'l7mesh: no source is given\n        Give the source of resources: --source DIR, or --source kubernetes.\n'
  expect(await l7mesh(['run'])).toEqual({ code: 2, out: '', err })
})

it.each(['up', 'status', 'diff'])('%s reports that the folder does not exist', async command => {
  expect(await l7mesh([command, '/no/such/folder'])).toEqual({
    code: 2,
    out: '',
    err: 'l7mesh: folder /no/such/folder does not exist\n        Give the folder that contains your manifests.\n',
  })
})

it.each(['up', 'status', 'diff'])('%s reports that a file is not a folder', async command => {
  const folder = await folderWith({ 'a.yaml': '' })
  const { code, err } = await l7mesh([command, `${folder}/a.yaml`])
  expect(code).toBe(2)
  expect(err).toContain('a.yaml is not a folder\n        Give the folder that contains the file.')
})

it.each(['up', 'status', 'diff'])('%s reports that a folder is empty', async command => {
  const { code, err } = await l7mesh([command, await folderWith({})])
  expect(code).toBe(2)
  expect(err).toContain('contains no manifests\n        Put Kubernetes manifests in it (*.yaml, *.yml or *.json)')
})

it('requires separate networks for several nodes', async () => {
  const { code, err } = await l7mesh(['up', await folderWith({ 'a.yaml': 'kind: x' }), '--nodes', '2'])
  expect(code).toBe(2)
  expect(err).toBe('l7mesh: several nodes require separate networks\n        Add --netns.\n')
})

it('shows versions for people and programs', async () => {
  expect(await l7mesh(['--version'])).toEqual(await l7mesh(['version']))
  expect((await l7mesh(['version'])).out).toMatch(
    /^l7mesh \d+\.\d+\.\d+ \(Node\.js v\d+\.\d+\.\d+, for l7mp 0\.5\.7\)\n$/,
  )
  const { out } = await l7mesh(['version', '-o', 'json'])
  expect(JSON.parse(out)).toEqual({ l7mesh: '0.1.0', node: process.version, l7mp: '0.5.7' })
})

const TERMINAL = { columns: 80, rows: 24 }

it.each([
  ['a terminal', { terminal: TERMINAL }, true],
  ['no terminal', {}, false],
  ['a terminal with NO_COLOR', { terminal: TERMINAL, variables: { NO_COLOR: '1' } }, false],
  ['a dumb terminal', { terminal: TERMINAL, variables: { TERM: 'dumb' } }, false],
  ['no terminal with FORCE_COLOR', { variables: { FORCE_COLOR: '1' } }, true],
  ['both NO_COLOR and FORCE_COLOR', { variables: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
] as const)('colours for %s: %j', async (_, options, isColored) => {
  expect((await l7mesh(['status', '/no/such/folder'], options)).err.includes('\x1b[')).toBe(isColored)
})
