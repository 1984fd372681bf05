import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addSettings } from '../../src/cli/options/settings.ts'
import { readSettingsFile } from '../../src/settings/file.ts'
import { type Places, resolveSettings } from '../../src/settings/resolve.ts'
import { flagOf, type RunSettings, SETTING_KEYS, SETTINGS, variableOf } from '../../src/settings/settings-table.ts'
import { l7mesh } from '../cli/support/process-io.ts'

const NOTHING: Places = { flags: {}, variables: {}, file: undefined }
const DEFAULTS = resolveSettings(NOTHING)

/** For each setting two ways to write it that are not its default, and what they mean. */
const SAMPLES: { readonly [K in keyof RunSettings]: readonly [string, RunSettings[K], string, RunSettings[K]] } = {
  source: ['kubernetes', 'kubernetes', './mesh', './mesh'],
  namespace: ['shop', ['shop'], 'shop,games', ['shop', 'games']],
  kubeconfig: ['/a', '/a', '/b', '/b'],
  context: ['dev', 'dev', 'prod@eu', 'prod@eu'],
  selectorScope: ['namespace', 'namespace', 'all', 'all'],
  allowControllerDestination: ['true', true, 'false', false],
  allowLogFiles: ['true', true, 'false', false],
  leaderElect: ['false', false, 'true', true],
  lease: ['mine', 'mine', 'yours', 'yours'],
  leaseNamespace: ['mesh', 'mesh', 'other', 'other'],
  leaseDuration: ['30s', 30_000, '1m', 60_000],
  leaseRenewDeadline: ['6s', 6000, '5500ms', 5500],
  leaseRenewEvery: ['1s', 1000, '1.5s', 1500],
  healthAddress: [':9000', { host: undefined, port: 9000 }, '[::1]:80', { host: '::1', port: 80 }],
  auditInterval: ['5m', 300_000, '1h', 3_600_000],
  statusRate: ['5', 5, '0.5', 0.5],
  eventRate: ['5', 5, '0.5', 0.5],
  tokenFile: ['/token', '/token', '/other', '/other'],
  log: ['json', 'json', 'pretty', 'pretty'],
}

/** As commander makes them of a command line. */
function flagsOf(...args: readonly string[]): Places['flags'] {
  return addSettings(new Command()).parse(args, { from: 'user' }).opts()
}

describe.each(SETTING_KEYS)('the setting %s', key => {
  const [one, meansOne, other, meansOther] = SAMPLES[key]
  const file = (value: string) => ({ name: 'l7mesh.yaml', values: { [key]: value } })

  it('can be a flag, a variable or a key of the file, with the same meaning', () => {
    expect(resolveSettings({ ...NOTHING, flags: flagsOf(`${flagOf(key)}=${one}`) })[key]).toEqual(meansOne)
    expect(resolveSettings({ ...NOTHING, variables: { [variableOf(key)]: one } })[key]).toEqual(meansOne)
    expect(resolveSettings({ ...NOTHING, file: file(one) })[key]).toEqual(meansOne)
  })

  it('is taken from the flag before the variable, from that before the file', () => {
    const flags = flagsOf(`${flagOf(key)}=${one}`)
    const variables = { [variableOf(key)]: other }
    expect(resolveSettings({ flags, variables, file: file(other) })[key]).toEqual(meansOne)
    expect(resolveSettings({ flags: {}, variables, file: file(one) })[key]).toEqual(meansOther)
  })
})

it('a flag that is true or false may stand alone', () => {
  expect(resolveSettings({ ...NOTHING, flags: flagsOf('--allow-log-files') }).allowLogFiles).toBe(true)
})

it('a flag with a list may be given several times', () => {
  const flags = flagsOf('--namespace', 'shop', '--namespace=games,toys')
  expect(resolveSettings({ ...NOTHING, flags }).namespace).toEqual(['shop', 'games', 'toys'])
})

it('the file has values of its own types', () => {
  const values = { namespace: ['shop', 'games'], leaderElect: false, statusRate: 5, healthAddress: false, lease: null }
  expect(resolveSettings({ ...NOTHING, file: { name: 'l7mesh.yaml', values } })).toEqual({
    ...DEFAULTS,
    namespace: ['shop', 'games'],
    leaderElect: false,
    statusRate: 5,
    healthAddress: 'off',
  })
})

it('the defaults', () => {
  expect(DEFAULTS).toMatchInlineSnapshot(`
    {
      "allowControllerDestination": false,
      "allowLogFiles": false,
      "auditInterval": 60000,
      "context": undefined,
      "eventRate": 2,
      "healthAddress": undefined,
      "kubeconfig": undefined,
      "leaderElect": true,
      "lease": "l7mesh",
      "leaseDuration": 10000,
      "leaseNamespace": undefined,
      "leaseRenewDeadline": 7000,
      "leaseRenewEvery": 2000,
      "log": "auto",
      "namespace": undefined,
      "selectorScope": "all",
      "source": undefined,
      "statusRate": 50,
      "tokenFile": undefined,
    }
  `)
})

describe('a mistake', () => {
  it.each([
    ['a flag', { flags: { leaseDuration: '3x' } }, '--lease-duration: "3x" is not understood', 'Write a number and a'],
    ['a variable', { variables: { L7MESH_LOG: 'xml' } }, 'L7MESH_LOG: "xml" is not understood', 'Write auto, json or'],
    ['a value of the file', { file: { name: 'f', values: { statusRate: -1 } } }, 'f: statusRate: -1 is not', 'Write a'],
    [
      'a key of the file',
      { file: { name: 'f', values: { leaseDuraton: '1s' } } },
      'there is no setting',
      'leaseDuration?',
    ],
    ['a namespace', { flags: { namespace: ['Shop'] } }, '--namespace: ["Shop"] is not understood', 'lower case'],
    ['an address', { flags: { healthAddress: '8081' } }, '--health-address: "8081" is not', 'HOST:PORT'],
    ['a lease without a margin', { flags: { leaseRenewDeadline: '9s' } }, 'too near to its duration', '7000ms'],
    ['a lease of half seconds', { flags: { leaseDuration: '10500ms' } }, 'whole seconds', '10s'],
    ['a lease renewed too seldom', { flags: { leaseRenewEvery: '4s' } }, 'too seldom', 'or less'],
  ])('in %s is said with its place and with what to write', (_what, places: Partial<Places>, message, help) => {
    const mistake = { message: expect.stringContaining(message), help: expect.stringContaining(help) }
    expect(() => resolveSettings({ ...NOTHING, ...places })).toThrow(expect.objectContaining(mistake))
  })
})

describe('the file of --config', () => {
  async function written(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'l7mesh-settings-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'l7mesh.yaml'), text)
    return join(folder, 'l7mesh.yaml')
  }

  it('may be empty', async () => {
    expect((await readSettingsFile(await written('# nothing\n'))).values).toEqual({})
  })

  it.each([
    ['- a\n', 'not settings by their names'],
    ['a: [', 'l7mesh.yaml: '],
  ])('%j is refused', async (text, message) => {
    await expect(readSettingsFile(await written(text))).rejects.toThrow(message)
  })

  it('that is missing ends the command with exit code 2 and a line that says so', async () => {
    const { code, err } = await l7mesh(['run', '--source', '.', '--config', '/nowhere/l7mesh.yaml'])
    expect(code).toBe(2)
    expect(err).toContain('cannot read /nowhere/l7mesh.yaml')
  })

  it('counts also where a variable names it', async () => {
    const L7MESH_CONFIG = await written('log: xml\n')
    const { code, err } = await l7mesh(['run', '--source', '.'], { variables: { L7MESH_CONFIG } })
    expect(code).toBe(2)
    expect(err).toContain('l7mesh.yaml: log: "xml" is not understood')
  })
})

it('every setting says what it is about, and has a default or says why not', () => {
  for (const setting of Object.values(SETTINGS)) {
    expect(setting.about).not.toBe('')
    expect(setting.byDefault ?? ('defaultText' in setting && setting.defaultText)).toBeTruthy()
  }
})
