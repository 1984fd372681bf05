/** What the pages say of the charts: values that they take, flags that helm has. Other checks of pages: tests/docs. */
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { HELM_FLAGS } from '../docs/coverage.ts'
import { PAGES } from '../docs/pages.ts'
import { commandsOf, placeOf } from '../docs/shell.ts'
import { CHARTS, type Chart, chartFolder, helm, template } from './support/charts.ts'

const VALUES_OF = /^# values\.yaml of (\S+)\n/

const blocks = PAGES.flatMap(({ path, blocks }) =>
  blocks.flatMap(({ code, line }) => {
    const chart = VALUES_OF.exec(code)?.[1]
    return chart === undefined ? [] : [{ place: `${path}:${line}`, chart, code }]
  }),
)

/** `helm install NAME CHART FLAGS`, of which those that set values count. */
const commands = PAGES.flatMap(commandsOf).flatMap(command => {
  const [program, verb = '', , folder = ''] = command.words
  if (program !== 'helm' || !['install', 'upgrade'].includes(verb) || !folder.startsWith('helm/')) return []
  const sets = command.words.filter((_, at) => command.words[at - 1] === '--set').map(set => `--set=${set}`)
  return [{ place: placeOf(command), chart: folder.slice('helm/'.length), sets }]
})

/** `--set NAME=VALUE` in a sentence. The names of values differ between the charts, so one of them takes it. */
const alone = PAGES.flatMap(({ path, spans }) =>
  spans.flatMap(({ text, line }) => {
    const set = /^--set (\S+=\S+)$/.exec(text)?.[1]
    return set === undefined ? [] : [{ place: `${path}:${line}`, set }]
  }),
)

const chartNamed = (name: string): Chart => {
  const chart = CHARTS.find(candidate => candidate === name)
  if (!chart) throw new Error(`there is no chart ${name}`)
  return chart
}

async function problem(chart: Chart, sets: readonly string[]): Promise<string | undefined> {
  const { code, stderr } = await helm(['template', 'x', chartFolder(chart), ...sets])
  return code === 0 && stderr === '' ? undefined : stderr
}

describe('statements of the pages about the charts', () => {
  it.each(blocks)('$place: $chart takes these values', async ({ chart, code }) => {
    expect(await template(chartNamed(chart), parse(code))).toMatchObject({ code: 0, stderr: '' })
  })

  it.each(commands)('$place: $chart takes $sets', async ({ chart, sets }) => {
    expect(await problem(chartNamed(chart), sets)).toBe(undefined)
  })

  it.each(alone)('$place: a chart takes $set', async ({ set }) => {
    const problems = await Promise.all(CHARTS.map(chart => problem(chart, [`--set=${set}`])))
    expect(problems, problems.join('\n')).toContain(undefined)
  })

  it('include values, commands and single values', () => {
    for (const found of [blocks, commands, alone]) expect(found.length).toBeGreaterThan(2)
  })

  it('use only flags of helm', async () => {
    const helps = await Promise.all(['install', 'test'].map(verb => helm([verb, '--help'])))
    const known = helps.map(({ stdout }) => stdout).join('\n')
    for (const flag of HELM_FLAGS) expect(known).toMatch(new RegExp(`${flag}\\b`))
  })

  it('contain no names of a cloud, machine or person', () => {
    for (const { path, text } of PAGES) expect(text, path).not.toMatch(/\/tmp\/|localhost:/)
  })
})
