/** Completion in real shells: the test of a shell that is not installed is skipped, and reported. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isInstalled } from '../../../scripts/suites.ts'
import { l7mesh } from './support/process-io.ts'

/** The completions of a shell for the last word of a command line; a single completion may be inserted. */
type Offer = (script: string, line: string) => readonly string[]

const SHELLS: readonly { readonly shell: string; readonly offer: Offer }[] = [
  { shell: 'bash', offer: offeredByBash },
  { shell: 'zsh', offer: offeredByZsh },
  { shell: 'fish', offer: offeredByFish },
]

describe.each(SHELLS)('completion in $shell', ({ shell, offer }) => {
  it.skipIf(!isInstalled(shell)).each([
    ['a command', 'l7mesh va', 'validate'],
    ['another command', 'l7mesh ver', 'version'],
    ['an option', 'l7mesh up --st', '--status-dir'],
    ['the value of an option', 'l7mesh status --output j', 'json'],
    ['the value of the short form of an option', 'l7mesh status -o j', 'json'],
    ['the value of an argument', 'l7mesh completion f', 'fish'],
  ])(`completes %s (needs ${shell})`, async (_what, line, word) => {
    const { out } = await l7mesh(['completion', shell])
    expect(offer(out, line)).toEqual([word])
  })
})

/** A fake kubectl with the commands that completion uses. */
const KUBECTL: Readonly<Record<string, string>> = {
  bash: 'kubectl() { test $1 = get && echo namespace/games || echo prod; }\n',
  zsh: 'kubectl() { test $1 = get && echo namespace/games || echo prod; }\n',
  fish: 'function kubectl; test $argv[1] = get; and echo namespace/games; or echo prod; end\n',
}

describe.each(SHELLS)('completion in $shell asks kubectl', ({ shell, offer }) => {
  it.skipIf(!isInstalled(shell)).each([
    ['for namespaces', 'l7mesh status --namespace g', 'games'],
    ['for namespaces, with the short form', 'l7mesh cleanup -n ga', 'games'],
    ['for contexts', 'l7mesh diff --context p', 'prod'],
  ])(`%s (needs ${shell})`, async (_what, line, word) => {
    const { out } = await l7mesh(['completion', shell])
    expect(offer(`${KUBECTL[shell]}${out}`, line)).toEqual([word])
  })
})

it('offers all values of an option in bash', async () => {
  const { out } = await l7mesh(['completion', 'bash'])
  expect(offeredByBash(out, 'l7mesh status --output ')).toEqual(['table', 'json', 'yaml'])
})

function offeredByBash(script: string, line: string): readonly string[] {
  const words = line.split(' ')
  const quoted = words.map(word => `'${word}'`).join(' ')
  const asked = `COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1}\n_l7mesh\nprintf '%s\\n' "\${COMPREPLY[@]}"`
  return linesOf('bash', ['-c', `${script}\n${asked}`])
}

/** Types the line and a tab into a shell on its own terminal, and returns the screen content. */
function offeredByZsh(script: string, line: string): readonly string[] {
  const setUp = `PS1=; autoload -U compinit; compinit -u -D; source <(print -r -- "$SCRIPT")
    show() { print -r -- "<$BUFFER>" }; zle -N show; bindkey '^X' show; print rea""dy`
  const session = `zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "$SETUP"
    zpty -r shell heard $'*ready\r\n*'
    zpty -w -n shell "$LINE"$'\t\x18'
    zpty -r shell heard '*<*>*'
    print -r -- "\${\${heard##*<}%%>*}"
    zpty -d shell`
  const [typed = ''] = linesOf('zsh', ['-f', '-c', session], { SCRIPT: script, SETUP: setUp, LINE: line, TERM: 'dumb' })
  return typed.trim().split(' ').slice(-1)
}

function offeredByFish(script: string, line: string): readonly string[] {
  const offers = linesOf('fish', ['--no-config', '-c', `${script}\ncomplete -C '${line}'`])
  return offers.map(offer => offer.split('\t', 1)[0] ?? '')
}

function linesOf(
  shell: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): readonly string[] {
  const { stdout, stderr } = spawnSync(shell, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 20_000,
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(line => line !== '')
}

it.each(['bash', 'zsh', 'fish'])('completes all commands in %s', async shell => {
  const { code, out } = await l7mesh(['completion', shell])
  expect(code).toBe(0)
  for (const command of [
    'up',
    'run',
    'status',
    'diff',
    'config',
    'validate',
    'collect',
    'cleanup',
    'version',
    'completion',
  ])
    expect(out).toMatch(new RegExp(`\\b${command}\\b`))
})

it('lists the supported shells', async () => {
  expect((await l7mesh(['completion', 'tcsh'])).err).toContain('Allowed choices are bash, zsh, fish.')
})
