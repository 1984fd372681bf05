import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { l7mesh } from './world.ts'

/** What bash offers for the last word of a command line. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { out } = await l7mesh(['completion', 'bash'])
  const line = words.map(word => `'${word}'`).join(' ')
  const script = `${out}\nCOMP_WORDS=(${line}) COMP_CWORD=${words.length - 1}\n_l7mesh\nprintf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(word => word !== '')
}

it('completes commands in bash', async () => {
  expect(await offered('l7mesh', 'va')).toEqual(['validate'])
  expect(await offered('l7mesh', 'ver')).toEqual(['version'])
})

it('completes options and their values in bash', async () => {
  expect(await offered('l7mesh', 'up', '--st')).toEqual(['--status-dir'])
  expect(await offered('l7mesh', 'status', '--output', '')).toEqual(['table', 'json', 'yaml'])
  expect(await offered('l7mesh', 'status', '-o', 'j')).toEqual(['json'])
  expect(await offered('l7mesh', 'completion', 'f')).toEqual(['fish'])
})

it.each(['bash', 'zsh', 'fish'])('knows all commands in %s', async shell => {
  const { code, out } = await l7mesh(['completion', shell])
  expect(code).toBe(0)
  for (const command of ['up', 'run', 'status', 'diff', 'config', 'validate', 'collect', 'cleanup', 'version', 'completion'])
    expect(out).toMatch(new RegExp(`\\b${command}\\b`))
})

it('says which shells there are', async () => {
  expect((await l7mesh(['completion', 'tcsh'])).err).toContain('Allowed choices are bash, zsh, fish.')
})
