/** What the pages for operators tell people to type: values that the charts take, files and pages that are there. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CHARTS, type Chart, chartFolder, helm, template } from './support/charts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const PAGES = [
  'docs/install.md',
  'docs/upgrade.md',
  'docs/uninstall.md',
  'docs/operations.md',
  'docs/reference/rbac.md',
  'docs/adr/0007-harden-proxies-from-the-chart.md',
  'helm/l7mp-operator/README.md',
  'helm/l7mp-ingress/README.md',
]
const text = (page: string) => readFileSync(join(root, page), 'utf8')
const found = (pattern: RegExp) =>
  PAGES.flatMap(page => [...text(page).matchAll(pattern)].map(match => [page, match] as const))

const values = found(/```yaml\n# values.yaml of (\S+)\n([^`]*)```/g).map(([page, [, chart, yaml]]) => ({
  page,
  chart,
  yaml,
}))
/** `helm install NAME CHART FLAGS`, of which those that set values count. */
const commands = found(/^ *(helm (?:install|upgrade) \S+ helm\/(\S+) .*)$/gm).map(
  ([page, [, command = '', chart]]) => ({
    page,
    chart,
    sets: [...command.matchAll(/--set[ =]'?([^ ']+)'?/g)].map(([, set]) => `--set=${set}`),
  }),
)
const links = found(/\]\(([^)#]+)(?:#[^)]*)?\)/g)
  .map(([page, [, target = '']]) => ({ page, target }))
  .filter(({ target }) => !target.startsWith('http'))
const paths = found(/(?<=[\s`])(?:helm|examples|crds|operator)\/[\w./-]+/g).map(([page, [path]]) => ({ page, path }))

const chartNamed = (name: string | undefined): Chart => {
  const chart = CHARTS.find(chart => chart === name)
  if (!chart) throw new Error(`there is no chart ${name}`)
  return chart
}

describe('the pages for operators', () => {
  it.each(values)('$page: $chart takes these values', async ({ chart, yaml }) => {
    expect(await template(chartNamed(chart), parse(yaml ?? ''))).toMatchObject({ code: 0, stderr: '' })
  })

  it.each(commands)('$page: $chart takes $sets', async ({ chart, sets }) => {
    const { code, stderr } = await helm(['template', 'x', chartFolder(chartNamed(chart)), ...sets])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it.each(links)('$page: there is $target', ({ page, target }) => {
    expect(existsSync(join(root, dirname(page), target))).toBe(true)
  })

  it.each(paths)('$page: there is $path', ({ path }) => {
    expect(existsSync(join(root, path.replace(/\.$/, '')))).toBe(true)
  })

  it('name nothing of one cloud, machine or person', () => {
    for (const page of PAGES) expect(text(page)).not.toMatch(/\/tmp\/|localhost:/)
  })
})
