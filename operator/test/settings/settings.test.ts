import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it, onTestFinished } from 'vitest'
import { addSettings } from '../../src/cli/options/settings.ts'
import { readSettingsFile } from '../../src/settings/file.ts'
import { resolveSettings, type SettingSources } from '../../src/settings/resolve.ts'
import { flagOf, type RunSettings, SETTING_KEYS, SETTINGS, variableOf } from '../../src/settings/settings-table.ts'
import { l7mesh } from '../cli/support/process-io.ts'

const NOTHING: SettingSources = { flags: {}, variables: {}, file: undefined }
const DEFAULTS = resolveSettings(NOTHING)

/** For each setting, two values other than its default, as written and as parsed. */
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

/** Parses a command line with commander. */
function flagsOf(...args: readonly string[]): SettingSources['flags'] {
  return addSettings(new Command()).parse(args, { from: 'user' }).opts()
}

describe.each(SETTING_KEYS)('the setting %s', key => {
  const [one, meansOne, other, meansOther] = SAMPLES[key]
  const file = (value: string) => ({ name: 'l7mesh.yaml', values: { [key]: value } })

  it('can be set by flag, variable or file, with the same meaning', () => {
    expect(resolveSettings({ ...NOTHING, flags: flagsOf(`${flagOf(key)}=${one}`) })[key]).toEqual(meansOne)
    expect(resolveSettings({ ...NOTHING, variables: { [variableOf(key)]: one } })[key]).toEqual(meansOne)
    expect(resolveSettings({ ...NOTHING, file: file(one) })[key]).toEqual(meansOne)
  })

  it('prefers the flag over the variable, and the variable over the file', () => {
    const flags = flagsOf(`${flagOf(key)}=${one}`)
    const variables = { [variableOf(key)]: other }
    expect(resolveSettings({ flags, variables, file: file(other) })[key]).toEqual(meansOne)
    expect(resolveSettings({ flags: {}, variables, file: file(one) })[key]).toEqual(meansOther)
  })
})

it('accepts a boolean flag without a value', () => {
  expect(resolveSettings({ ...NOTHING, flags: flagsOf('--allow-log-files') }).allowLogFiles).toBe(true)
})

it('accepts a repeated list flag', () => {
  const flags = flagsOf('--namespace', 'shop', '--namespace=games,toys')
  expect(resolveSettings({ ...NOTHING, flags }).namespace).toEqual(['shop', 'games', 'toys'])
})

it('accepts typed values in the file', () => {
  const values = { namespace: ['shop', 'games'], leaderElect: false, statusRate: 5, healthAddress: false, lease: null }
  expect(resolveSettings({ ...NOTHING, file: { name: 'l7mesh.yaml', values } })).toEqual({
    ...DEFAULTS,
    namespace: ['shop', 'games'],
    leaderElect: false,
    statusRate: 5,
    healthAddress: 'off',
  })
})

it('has these defaults', () => {
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

describe('an invalid value', () => {
  it.each([
    ['a flag', { flags: { leaseDuration: '3x' } }, '--lease-duration: "3x" is not valid', 'Write a number and a'],
    ['a variable', { variables: { L7MESH_LOG: 'xml' } }, 'L7MESH_LOG: "xml" is not valid', 'Write auto, json or'],
    ['a value of the file', { file: { name: 'f', values: { statusRate: -1 } } }, 'f: statusRate: -1 is not', 'Write a'],
    ['a key of the file', { file: { name: 'f', values: { leaseDuraton: '1s' } } }, 'unknown setting', 'leaseDuration?'],
    ['a namespace', { flags: { namespace: ['Shop'] } }, '--namespace: ["Shop"] is not valid', 'lower case'],
    ['an address', { flags: { healthAddress: '8081' } }, '--health-address: "8081" is not', 'HOST:PORT'],
    [
      'a renew deadline without a margin',
      { flags: { leaseRenewDeadline: '9s' } },
      'too close to leaseDuration',
      '7000ms',
    ],
    ['a lease duration in half seconds', { flags: { leaseDuration: '10500ms' } }, 'whole number of seconds', '10s'],
    ['a lease that is renewed too rarely', { flags: { leaseRenewEvery: '4s' } }, 'too long for', 'or less'],
  ])('of %s is reported with its source and a suggestion', (_what, sources: Partial<SettingSources>, message, help) => {
    const mistake = { message: expect.stringContaining(message), help: expect.stringContaining(help) }
    expect(() => resolveSettings({ ...NOTHING, ...sources })).toThrow(expect.objectContaining(mistake))
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
    ['- a\n', 'not a mapping of settings'],
    ['a: [', 'l7mesh.yaml: '],
  ])('is rejected: %j', async (text, message) => {
    await expect(readSettingsFile(await written(text))).rejects.toThrow(message)
  })

  it('causes exit code 2 and a message if it is missing', async () => {
    const { code, err } = await l7mesh(['run', '--source', '.', '--config', '/nowhere/l7mesh.yaml'])
    expect(code).toBe(2)
    expect(err).toContain('cannot read /nowhere/l7mesh.yaml')
  })

  it('can be set by a variable', async () => {
    const L7MESH_CONFIG = await written('log: xml\n')
    const { code, err } = await l7mesh(['run', '--source', '.'], { variables: { L7MESH_CONFIG } })
    expect(code).toBe(2)
    expect(err).toContain('l7mesh.yaml: log: "xml" is not valid')
  })
})

it('describes every setting, and has a default or a description of it', () => {
  for (const setting of Object.values(SETTINGS)) {
    expect(setting.about).not.toBe('')
    expect(setting.byDefault ?? ('defaultText' in setting && setting.defaultText)).toBeTruthy()
  }
})
