/** `l7mesh completion`: generates a shell script from the definitions of the commands. */
import { Argument, Command } from 'commander'
import type { Cli } from './process/command.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

export function completionCommand({ io, exit }: Cli, program: Command): Command {
  return new Command('completion')
    .summary('Print the completion script of a shell.')
    .description('Print a script for a shell that completes commands and options.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `\nTo use it:\n${Object.values(USE)
        .map(line => `  ${line}`)
        .join('\n')}`,
    )
    .action((shell: Shell) => {
      io.stdout.write(completionScript(program, shell))
      exit(0)
    })
}

const USE: Readonly<Record<Shell, string>> = {
  bash: 'bash: source <(l7mesh completion bash)',
  zsh: 'zsh:  source <(l7mesh completion zsh)',
  fish: 'fish: l7mesh completion fish | source',
}

export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(describe)
  switch (shell) {
    case 'bash':
      return bash(commands)
    case 'zsh':
      return zsh(commands)
    case 'fish':
      return fish(commands)
  }
}

type Described = {
  readonly name: string
  readonly text: string
  readonly options: readonly DescribedOption[]
  /** The known values of the first argument; if empty, it is a path. */
  readonly values: readonly string[]
}

type DescribedOption = {
  /** The long flag and, if it exists, the short one. */
  readonly flags: readonly string[]
  readonly flag: string
  readonly text: string
  readonly values: readonly string[]
  /** A shell command that prints the values; undefined if there is none. */
  readonly valueCommand: string | undefined
}

/** Users of a cluster have kubectl, which finds the cluster in the same way. */
const VALUE_COMMANDS: Readonly<Record<string, string>> = {
  '--context': 'kubectl config get-contexts -o name 2>/dev/null',
  '--namespace': 'kubectl get namespaces -o name 2>/dev/null | cut -d/ -f2',
  '--lease-namespace': 'kubectl get namespaces -o name 2>/dev/null | cut -d/ -f2',
}

function describe(command: Command): Described {
  return {
    name: command.name(),
    text: firstSentence(command.description()),
    options: command.options.map(({ long, short, description, argChoices }) => ({
      flags: [long, short].filter(flag => flag !== undefined),
      flag: long ?? '',
      text: description,
      values: argChoices ?? [],
      valueCommand: VALUE_COMMANDS[long ?? ''],
    })),
    values: command.registeredArguments[0]?.argChoices ?? [],
  }
}

function firstSentence(text: string): string {
  return /^[^.:]*/.exec(text)?.[0] ?? text
}

function bash(commands: readonly Described[]): string {
  const cases = commands.map(({ name, options, values }) => {
    const words = [...options.map(({ flag }) => flag), ...values, '--help'].join(' ')
    return `    ${name}) words='${words}' ;;`
  })
  return `_l7mesh() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help --help' -- "$current"))
    return
  fi
  case $previous in
${optionCases(commands)}
  esac
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _l7mesh l7mesh
`
}

function optionCases(commands: readonly Described[]): string {
  const words = new Map(
    commands.flatMap(({ options }) => options.map(option => [option.flags.join('|'), bashWords(option)] as const)),
  )
  return [...words]
    .filter(([, found]) => found !== undefined)
    .map(([flag, found]) => `    ${flag}) COMPREPLY=($(compgen -W ${found} -- "$current")); return ;;`)
    .join('\n')
}

function bashWords({ values, valueCommand }: DescribedOption): string | undefined {
  if (values.length > 0) return `'${values.join(' ')}'`
  return valueCommand === undefined ? undefined : `"$(${valueCommand})"`
}

function zsh(commands: readonly Described[]): string {
  const cases = commands.map(({ name, options, values }) => {
    const flags = options.map(({ flags: all, text, values: known, valueCommand }) => {
      const dynamicValue = valueCommand === undefined ? '' : `:value:{compadd -- $(${valueCommand})}`
      const value = known.length > 0 ? `:value:(${known.join(' ')})` : dynamicValue
      // The two forms of an option exclude each other.
      const forms = all.length > 1 ? `'(${all.join(' ')})'{${all.join(',')}}` : all.join('')
      return `        ${forms}'[${quoted(text)}]${value}'`
    })
    const argument = values.length > 0 ? `'1:value:(${values.join(' ')})'` : "'*:file:_files'"
    return `      ${name}) _arguments \\\n${[...flags, `        ${argument}`].join(' \\\n')} ;;`
  })
  return `#compdef l7mesh
_l7mesh() {
  local -a commands=(
${commands.map(({ name, text }) => `    '${name}:${quoted(text)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    shift words
    (( CURRENT-- ))
    case $words[1] in
${cases.join('\n')}
    esac
  fi
}
compdef _l7mesh l7mesh
`
}

function quoted(text: string): string {
  return text.replaceAll("'", "'\\''").replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:')
}

function fish(commands: readonly Described[]): string {
  const lines = commands.flatMap(({ name, text, options, values }) => [
    `complete -c l7mesh -n __fish_use_subcommand -a ${name} -d '${escaped(text)}'`,
    ...options.map(option => {
      const forms = option.flags.map(flag => flag.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s ')).join(' ')
      const { values: known, valueCommand } = option
      const dynamicValue = valueCommand === undefined ? '' : ` -x -a '(${valueCommand})'`
      const choices = known.length > 0 ? ` -x -a '${known.join(' ')}'` : dynamicValue
      return `complete -c l7mesh -n '__fish_seen_subcommand_from ${name}' ${forms}${choices} -d '${escaped(option.text)}'`
    }),
    ...(values.length > 0
      ? [`complete -c l7mesh -n '__fish_seen_subcommand_from ${name}' -x -a '${values.join(' ')}'`]
      : []),
  ])
  return `${lines.join('\n')}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
}
