/** Every command in the Markdown pages is run by a test, or checked against what it calls (coverage.ts). */
import { describe, expect, it } from 'vitest'
import { l7meshFlags, misuse } from './cli.ts'
import { HELM_FLAGS, ROWS, rowFor } from './coverage.ts'
import { PAGES, pageOf } from './pages.ts'
import { commandsOf, placeOf } from './shell.ts'

const commands = PAGES.flatMap(commandsOf)
const named = commands.map(command => ({ name: placeOf(command), command }))

const ADVICE = 'no row of tests/docs/coverage.ts covers this command: correct it, or add a row with a test that runs it'

describe('commands of the pages', () => {
  it.each(named)('$name', ({ command }) => {
    const row = rowFor(command)
    if (!row) expect.fail(ADVICE)
    expect(row.check?.(command), row.how).toBe(undefined)
  })

  it.each(ROWS)('a command of the row "$name" exists', row => {
    expect(commands.some(command => rowFor(command) === row)).toBe(true)
  })
})

describe('flags of the pages', () => {
  const flags = PAGES.flatMap(({ path, spans }) =>
    spans.filter(({ text }) => /^--[a-z]/.test(text)).map(({ text, line }) => ({ text, place: `${path}:${line}` })),
  )
  const known = l7meshFlags()

  it.each(flags)('$place $text is a flag of l7mesh or helm', ({ text }) => {
    const names = text.match(/(?<!\S)--[a-z][\w-]*/g) ?? []
    for (const name of names) expect(known.has(name) || HELM_FLAGS.has(name) || name === '--allow-', name).toBe(true)
  })
})

describe('the check of commands', () => {
  const planted = (language: string, code: string) => pageOf('docs/planted.md', `\`\`\`${language}\n${code}\n\`\`\`\n`)
  const problem = (block: string) => {
    return commandsOf(planted('sh', block)).map(command => {
      const row = rowFor(command)
      return row ? (row.check?.(command) ?? '') : ADVICE
    })
  }

  it.each([
    ['make install', ADVICE],
    ['npx l7mesh up DIR', ADVICE],
    ['npm run tests', 'no script'],
    ['npm test -- unity', 'no suite'],
    ['GOLDEN_OF_NONE=1 npm test', 'nothing reads'],
    ['npm run bench -- speed', 'speed'],
    ['npm run l7mesh -- up DIR --nets', 'unknown option'],
    ['npm run l7mesh -- up examples/none', 'there is no examples/none'],
    ['helm install l7mp-operator helm/l7mp-operator --atomic', 'none of'],
    ['kubectl apply -f examples/none', 'there is no examples/none'],
    ['docker build --file operator/Dockerfiles --tag x .', 'there is no operator/Dockerfiles'],
    ['node examples/none.mjs', 'there is no examples/none.mjs'],
    ['dig @127.0.0.1 -p 5999 web.l7mesh.test', '5999'],
  ])('refuses %s', (block, message) => {
    expect(problem(block)).toEqual([expect.stringContaining(message)])
  })

  it('parses a command of several lines as one, and omits comments and output', () => {
    const loop = 'for i in 1 2; do\n  echo "# $i" |\n    cat\ndone'
    const document = "docker build -f - . <<'END'\nFROM x\nEND"
    const texts = (language: string, code: string) => commandsOf(planted(language, code)).map(({ text }) => text)
    expect(texts('sh', `${loop}\n${document}\nhelm list \\\n  -A # all`)).toEqual([
      loop,
      document,
      'helm list \\\n  -A # all',
    ])
    expect(texts('console', '$ npm test   # all\npassed\n$ npm start')).toEqual(['npm test', 'npm start'])
  })
})

describe('the check of l7mesh commands', () => {
  it.each([
    ['upp DIR', 'unknown command'],
    ['up', 'missing required argument'],
    ['up DIR --nodess 3', 'unknown option'],
    ['status DIR more', 'too many arguments'],
    ['status DIR -o toml', 'Allowed choices are'],
    ['run --audit-interval=often', 'often'],
  ])('refuses l7mesh %s', (line, message) => {
    expect(misuse(line.split(' '), { mention: false })).toContain(message)
  })

  it('accepts the name of a command in a sentence, and help', () => {
    expect(misuse(['up'], { mention: true })).toBe(undefined)
    expect(misuse(['--help'], { mention: false })).toBe(undefined)
    expect(misuse(['help', 'COMMAND'], { mention: false })).toBe(undefined)
  })
})
